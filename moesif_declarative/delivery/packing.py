"""From what was put to batches: encoded, cut, and given to the disk or to the backlog.

Flows in: the ledger's entries, the outcomes of encoding. Flows out: what is to be encoded next,
and batches.

Only one batch of events is encoded at a time, so that events keep their order and the callable
that builds them never runs twice at once. Where there is a spool, a batch is on disk before it
may be sent.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

from moesif_declarative.delivery.backlog import Backlog
from moesif_declarative.delivery.batching import cut, enough
from moesif_declarative.delivery.entry import PROFILE_KINDS, Batch, Entry, Kind
from moesif_declarative.delivery.haste import Haste
from moesif_declarative.delivery.ledger import Ledger
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Dropped, Encoded, Outcome, Skipped

T = TypeVar("T")

SPOOL_AGAIN_S = 10.0
"""How long batches stay in memory after one could not be written."""

_WRITES = 2


class Packing(Generic[T]):
    """What is between a put and the backlog.

    Args:
        options: Sizes, bounds and times.
        ledger: What is held.
        backlog: Where batches go that may be sent.
        haste: What is not to wait for a full batch.
    """

    def __init__(
        self, options: DeliveryOptions, ledger: Ledger[T], backlog: Backlog[T], haste: Haste
    ) -> None:
        self._options = options
        self._ledger = ledger
        self._backlog = backlog
        self._haste = haste
        self._packed: list[Entry[T]] = []
        self._encoding = False
        self._writing = 0
        self._unwritten: list[Batch[T]] = []
        self._spool_at = 0.0 if options.spool_dir is not None else math.inf

    def may_spool(self, now: float) -> bool:
        """Whether batches go to the disk at present."""
        return now >= self._spool_at

    def to_encode(self, now: float) -> list[Entry[T]]:
        """Take what is to be encoded now; `encoded` takes what that gives."""
        ledger, options = self._ledger, self._options
        if not (self._may_pack(now) and ledger.waiting("event") and self._ready("event", now)):
            return []
        self._encoding = True
        return ledger.take("event", options.batch_size - len(self._packed), options.batch_bytes)

    def encoded(self, outcomes: list[tuple[Entry[T], Outcome]]) -> None:
        """Take in what encoding gave."""
        self._encoding = False
        for entry, outcome in outcomes:
            match outcome:
                case Encoded(payload):
                    if not entry.final:
                        self._ledger.encoded(entry, payload)
                        self._packed.append(entry)
                case Skipped(rule):
                    self._ledger.settle([entry], "skipped", rule)
                case Dropped(reason):
                    self._ledger.settle([entry], "dropped", reason)
                case _:
                    self._ledger.settle([entry], "sampled_out")

    def form_batches(self, now: float) -> None:
        """Make batches of what is encoded, and of profiles, as far as they are due."""
        options = self._options
        for kind in PROFILE_KINDS:
            if not self._backlog.has(kind) and self._ready(kind, now):
                taken = self._ledger.take(kind, options.batch_size, options.batch_bytes)
                self._backlog.add(Batch(kind, taken, now))
        if self._packed and self._may_pack(now):
            partial = not self._ledger.waiting("event") and self._ready("event", now)
            groups, self._packed = cut(self._packed, options, partial=partial)
            for group in groups:
                batch = Batch("event", group, now)
                if self.may_spool(now):
                    self._unwritten.append(batch)
                else:
                    self._backlog.add(batch)

    def to_write(self) -> Batch[T] | None:
        """Take the batch that is to be written to the spool; `written` is told of its end."""
        if not self._unwritten:
            return None
        self._writing += 1
        return self._unwritten.pop(0)

    def written(self) -> None:
        """Note that writing a batch has ended, well or not."""
        self._writing -= 1

    def spare_the_disk(self, now: float) -> None:
        """Keep the next batches in memory for a while: one could not be written."""
        self._spool_at = now + SPOOL_AGAIN_S

    def arm(self, waiting: int, now: float) -> bool:
        """Have the ledger say when there is enough for a batch (see `Ledger.arm`)."""
        count: float = math.inf
        size: float = math.inf
        if self._may_pack(now):
            options, packed = self._options, sum(entry.size for entry in self._packed)
            first = not waiting and not self._packed
            count = min(options.batch_size, options.queue_size) - len(self._packed)
            count = 1 if first else count
            size = min(options.batch_bytes, options.queue_bytes // 2) - packed
        return self._ledger.arm(waiting, count, size)

    def dues(self, now: float) -> list[float]:
        """When a batch of each kind is due that does not become full, in monotonic seconds."""
        if not self._may_pack(now):
            return []
        heads = [self._head("event"), *map(self._ledger.head, PROFILE_KINDS)]
        return [put_at + self._options.batch_timeout_s for _, put_at in filter(None, heads)]

    def clear(self) -> None:
        """Forget all that is no batch of the backlog yet."""
        self._packed.clear()
        self._unwritten.clear()

    def _may_pack(self, now: float) -> bool:
        if self._encoding:
            return False
        if self.may_spool(now):
            return self._writing + len(self._unwritten) < _WRITES
        return self._backlog.has_room()

    def _ready(self, kind: Kind, now: float) -> bool:
        head = self._head(kind)
        if head is None:
            return False
        packed = self._packed if kind == "event" else ()
        count = self._ledger.waiting(kind) + len(packed)
        size = self._ledger.waiting_bytes(kind) + sum(entry.size for entry in packed)
        return (
            enough(count, size, self._options)
            or now >= head[1] + self._options.batch_timeout_s
            or self._haste.reaches(head[0])
        )

    def _head(self, kind: Kind) -> tuple[int, float] | None:
        if kind == "event" and self._packed:
            return self._packed[0].number, self._packed[0].put_at
        return self._ledger.head(kind)
