"""When a batch goes, and what goes into it; pure.

Flows in: entries that are encoded, the options, the time. Flows out: groups of entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from moesif_declarative.delivery.entry import Batch, Entry
from moesif_declarative.delivery.options import DeliveryOptions

T = TypeVar("T")


def enough(count: int, size: int, options: DeliveryOptions) -> bool:
    """Whether entries are worth a batch without waiting for more.

    A queue smaller than a batch, by count or bytes, goes when it is full or half full.

    Args:
        count: How many wait.
        size: Their bytes together.
        options: The bounds.
    """
    return count >= min(options.batch_size, options.queue_size) or size >= min(
        options.batch_bytes, options.queue_bytes // 2
    )


def cut(
    entries: Sequence[Entry[T]], options: DeliveryOptions, *, partial: bool
) -> tuple[list[list[Entry[T]]], list[Entry[T]]]:
    """Cut encoded entries into batches, in order.

    Args:
        entries: Encoded entries, oldest first.
        options: How large a batch may be.
        partial: Whether the last batch goes even if it is not full.

    Returns:
        The batches, and the entries that wait for more.
    """
    batches: list[list[Entry[T]]] = []
    current: list[Entry[T]] = []
    size = 0
    for entry in entries:
        if current and size + entry.size > options.batch_bytes:
            batches.append(current)
            current, size = [], 0
        current.append(entry)
        size += entry.size
        if len(current) >= options.batch_size:
            batches.append(current)
            current, size = [], 0
    if partial and current:
        batches.append(current)
        current = []
    return batches, current


def halves(batch: Batch[T], now: float) -> tuple[Batch[T], Batch[T]]:
    """Halve a batch of two entries or more; both halves may go at once, in order."""
    middle = len(batch.entries) // 2
    first, second = batch.entries[:middle], batch.entries[middle:]
    return (
        Batch(batch.kind, first, now, batch.attempt, stored=batch.stored, pinned=True),
        Batch(batch.kind, second, now, batch.attempt, stored=batch.stored, pinned=True),
    )
