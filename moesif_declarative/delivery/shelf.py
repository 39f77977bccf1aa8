"""The spool as the lanes use it: whatever goes wrong with the disk, the work goes on.

Flows in: batches. Flows out: files and their events again, notices of what is wrong. What cannot
be written stays in memory; what cannot be read is counted as lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from moesif_declarative.delivery.entry import Entry, Stored
from moesif_declarative.delivery.notices import NoticeKind
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.spool import Spool, SpoolFullError, UnreadableError
from moesif_declarative.delivery.spool_left import Left

Written: TypeAlias = Stored | Literal["full", "failed"]
Note: TypeAlias = Callable[[NoticeKind, str], None]

FULL: Final = "full"
FAILED: Final = "failed"


class Shelf:
    """Keeps batches on disk, where there is a spool.

    Args:
        spool: The spool; None where there is none: then nothing here is ever called but `close`.
        note: Takes what the log should say.
    """

    def __init__(self, spool: Spool | None, note: Note) -> None:
        self._spool = spool
        self._note = note
        self._failing = False

    def adopt(self) -> Left:
        """Take over what an earlier run, or a process that has died, left; oldest first."""
        if self._spool is None:
            return Left()
        try:
            left = self._spool.adopt()
        except OSError as error:
            self._failed(error)
            return Left()
        if left.batches:
            events = sum(stored.left for stored in left.batches)
            self._note("adopted", f"{events} events that were left in the spool are sent now")
        return left

    def write(self, events: Sequence[bytes]) -> Written:
        """Put a batch on disk.

        Returns:
            Its file; ``full`` when there is no room within `SPOOL_MAX_BYTES`; ``failed`` when
            it cannot be written, which the log is told once, until it can be again.
        """
        if self._spool is None:
            return FAILED
        try:
            stored = self._spool.write(events)
        except SpoolFullError:
            return FULL
        except OSError as error:
            self._failed(error)
            return FAILED
        if self._failing:
            self._failing = False
            self._note("spool", "the spool can be written again")
        return stored

    def read(self, stored: Stored) -> list[Entry[Any]] | None:
        """Read a batch.

        Returns:
            Its events; none when they can never be had, None when they cannot be had at
            present. The log is told.
        """
        if self._spool is None:
            return []
        try:
            events = self._spool.read(stored)
        except UnreadableError as error:
            self._note("unreadable", f"a batch in the spool cannot be read: {error}")
            return []
        except OSError as error:
            self._note("unreadable", f"the spool cannot be read at present ({error.strerror})")
            return None
        return [
            Entry("event", stored.number, stored.put_at, len(event), payload=event)
            for event in events
        ]

    def remove(self, stored: Stored) -> None:
        """Take a batch off the disk."""
        if self._spool is not None:
            self._spool.remove(stored)

    def close(self) -> None:
        """Leave what is on disk to others."""
        if self._spool is not None:
            self._spool.close()

    def _failed(self, error: OSError) -> None:
        if not self._failing:
            self._failing = True
            why = error.strerror or str(error)
            text = f"the spool cannot be used ({why}): events wait in memory alone"
            self._note("spool", text)


def open_shelf(options: DeliveryOptions, note: Note) -> Shelf:
    """Make the shelf that the options ask for; the disk is not touched yet.

    Args:
        options: Where the spool is, and its bound.
        note: Takes what the log should say.
    """
    if options.spool_dir is None:
        return Shelf(None, note)
    folder = Path(options.spool_dir).absolute()
    return Shelf(Spool(folder, options.spool_max_bytes, options.spool_owner), note)
