"""How events are delivered: bounds, sizes and times.

Flows in: the typed settings. Flows out: one frozen value for the delivery stage.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from moesif_declarative.schema.settings import Settings


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The options of one delivery.

    Attributes:
        batch_size: Events in a batch at most (``BATCH_SIZE``).
        batch_timeout_s: Seconds until a partial batch goes (``EVENT_BATCH_TIMEOUT``).
        queue_size: Events held at most, those in flight included (``EVENT_QUEUE_SIZE``).
        queue_bytes: Bytes held at most, those in flight included (``EVENT_QUEUE_BYTES``).
        overflow: Which event is lost when the queue is full (``OVERFLOW``); the oldest means
            the oldest that is not in flight.
        batch_bytes: JSON bytes in a batch at most, before compression. Far below the 50 MB that
            Moesif takes: a request of this size passes a slow uplink within its timeout.
        event_bytes: JSON bytes of one event at most; Moesif takes 1 MB.
        in_flight: Requests at most that are under way at once.
        spool_dir: The folder where batches wait on disk (``SPOOL_DIR``); None for none.
        spool_max_bytes: Bytes at most in that folder, all its processes together
            (``SPOOL_MAX_BYTES``).
        spool_owner: Stands for the application id in the folder's names: a process takes over
            what was left there for its own id alone.
    """

    batch_size: int = 25
    batch_timeout_s: float = 2.0
    queue_size: int = 100_000
    queue_bytes: int = 64 * 1024 * 1024
    overflow: Literal["drop_oldest", "drop_newest"] = "drop_oldest"
    batch_bytes: int = 2_000_000
    event_bytes: int = 1_000_000
    in_flight: int = 4
    spool_dir: str | None = None
    spool_max_bytes: int = 256 * 1024 * 1024
    spool_owner: str = "any"


def options_from(settings: Settings) -> DeliveryOptions:
    """Pick the delivery's options out of the settings.

    Local sinks get one batch at a time, so that their lines keep the order of the events, and no
    spool: what they are given is on disk, or needs no delivery.
    """
    remote = settings.sink == "moesif" and settings.enabled
    return DeliveryOptions(
        batch_size=settings.batch_size,
        batch_timeout_s=settings.event_batch_timeout,
        queue_size=settings.event_queue_size,
        queue_bytes=settings.event_queue_bytes,
        overflow=settings.overflow,
        in_flight=4 if remote else 1,
        spool_dir=settings.spool_dir if remote else None,
        spool_max_bytes=settings.spool_max_bytes,
        # An id that differs must differ here; nobody can find the id from it.
        spool_owner=hashlib.sha256(settings.application_id.encode()).hexdigest()[:16],
    )
