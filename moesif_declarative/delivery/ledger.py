"""What is held, within its bounds, and the count of everything that ever was.

Flows in: what was put, and what became of it. Flows out: entries in order, and the counts. At any
moment captured = skipped + sampled out + queued + spooled + sent + dropped.

A `Ledger` is not thread-safe: the worker guards it with its lock.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from moesif_declarative.delivery.entry import KINDS, Entry, Kind
from moesif_declarative.delivery.options import DeliveryOptions

T = TypeVar("T")

End: TypeAlias = Literal["sent", "skipped", "sampled_out", "dropped"]

QUEUE_FULL = "queue full"


@dataclass(slots=True)
class Tally:
    """Counts of one sort of thing: events, or profiles."""

    captured: int = 0
    queued: int = 0
    sent: int = 0
    sampled_out: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def add(self, end: End, reason: str) -> None:
        """Count one that is final."""
        if end == "sent":
            self.sent += 1
        elif end == "sampled_out":
            self.sampled_out += 1
        elif end == "skipped":
            self.skipped[reason] += 1
        else:
            self.dropped[reason] += 1


class Ledger(Generic[T]):
    """Holds what is not final and counts the rest.

    Args:
        options: The bounds, and what goes when they are reached.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._number = 0
        self._waiting: dict[Kind, deque[Entry[T]]] = {kind: deque() for kind in KINDS}
        self._waiting_bytes: Counter[Kind] = Counter()
        self._taken: dict[int, Entry[T]] = {}
        self._taken_bytes = 0
        self.held_bytes = 0
        """The bytes of the entries that are not final."""
        self.events = Tally()
        self.profiles = Tally()
        self.unsaid: Counter[str] = Counter()
        """Losses by reason that no log line has told yet."""

    @property
    def held(self) -> int:
        """How many entries are not final."""
        return self.events.queued + self.profiles.queued

    @property
    def last_number(self) -> int:
        """The number of the entry put last; 0 before the first."""
        return self._number

    def put(
        self,
        kind: Kind,
        size: int,
        now: float,
        *,
        item: T | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> bool:
        """Take something in, dropping what `OVERFLOW` says when there is no room.

        Args:
            kind: What it is.
            size: About how many bytes it holds.
            now: Monotonic seconds.
            item: A captured call.
            document: A profile.

        Returns:
            Whether it was taken in; if not, it is counted as dropped.
        """
        self._tally(kind).captured += 1
        if not self._make_room(size):
            self._drop(kind, QUEUE_FULL)
            return False
        self._number += 1
        entry = Entry(kind, self._number, now, size, item, document)
        self._waiting[kind].append(entry)
        self._waiting_bytes[kind] += size
        self.held_bytes += size
        self._tally(kind).queued += 1
        return True

    def count(self, kind: Kind, end: End, reason: str) -> None:
        """Count something that was final before it was put."""
        self._tally(kind).captured += 1
        self._end(kind, end, reason)

    def waiting(self, kind: Kind) -> int:
        """How many entries of a kind are not taken yet."""
        return len(self._waiting[kind])

    def waiting_bytes(self, kind: Kind) -> int:
        """The bytes of the entries of a kind that are not taken yet."""
        return self._waiting_bytes[kind]

    def head(self, kind: Kind) -> Entry[T] | None:
        """The oldest entry of a kind that is not taken yet."""
        line = self._waiting[kind]
        return line[0] if line else None

    def take(self, kind: Kind, count: int, size: int) -> list[Entry[T]]:
        """Take the oldest entries of a kind to work on; overflow no longer reaches them.

        Args:
            kind: Which.
            count: How many at most.
            size: How many bytes at most; one entry is taken whatever its size.
        """
        line = self._waiting[kind]
        taken: list[Entry[T]] = []
        while line and len(taken) < count and (not taken or line[0].size <= size):
            entry = line.popleft()
            size -= entry.size
            self._waiting_bytes[kind] -= entry.size
            self._taken[entry.number] = entry
            self._taken_bytes += entry.size
            taken.append(entry)
        return taken

    def encoded(self, entry: Entry[T], payload: bytes) -> None:
        """Replace what was put by what will be sent."""
        entry.item = None
        entry.payload = payload
        if not entry.final:
            self._taken_bytes += len(payload) - entry.size
            self.held_bytes += len(payload) - entry.size
            entry.size = len(payload)
            while self.held_bytes > self._options.queue_bytes and self._evict():
                pass

    def settle(self, entry: Entry[T], end: End, reason: str = "") -> None:
        """Make a taken entry final; once only."""
        if entry.final:
            return
        del self._taken[entry.number]
        self._taken_bytes -= entry.size
        self._finish(entry, end, reason)

    def abandon(self, reason: str) -> int:
        """Drop everything that is not final.

        Returns:
            How many that were.
        """
        lost = self.held
        for entry in list(self._taken.values()):
            self.settle(entry, "dropped", reason)
        for line in self._waiting.values():
            while line:
                self._finish(line.popleft(), "dropped", reason)
        self._waiting_bytes.clear()
        return lost

    def holds_up_to(self, number: int) -> bool:
        """Whether any entry up to this number is not final."""
        return any(line[0].number <= number for line in self._waiting.values() if line) or any(
            taken <= number for taken in self._taken
        )

    def oldest_put_at(self) -> float | None:
        """When the oldest entry that is not final was put, in monotonic seconds."""
        times = [line[0].put_at for line in self._waiting.values() if line]
        times += [entry.put_at for entry in self._taken.values()]
        return min(times, default=None)

    def _tally(self, kind: Kind) -> Tally:
        return self.events if kind == "event" else self.profiles

    def _finish(self, entry: Entry[T], end: End, reason: str) -> None:
        self.held_bytes -= entry.size
        entry.final = True
        entry.item = entry.smaller = None
        self._tally(entry.kind).queued -= 1
        self._end(entry.kind, end, reason)

    def _end(self, kind: Kind, end: End, reason: str) -> None:
        if end == "dropped":
            self._drop(kind, reason)
        else:
            self._tally(kind).add(end, reason)

    def _drop(self, kind: Kind, reason: str) -> None:
        self._tally(kind).add("dropped", reason)
        self.unsaid[reason] += 1

    def _make_room(self, size: int) -> bool:
        options = self._options
        # What is in flight cannot go: where it leaves no room, nothing else is to be lost for it.
        if len(self._taken) >= options.queue_size or self._taken_bytes + size > options.queue_bytes:
            return False
        while self.held >= options.queue_size or self.held_bytes + size > options.queue_bytes:
            if options.overflow == "drop_newest" or not self._evict():
                return False
        return True

    def _evict(self) -> bool:
        """Drop the entry that `OVERFLOW` names; profiles only when no event is left."""
        newest = self._options.overflow == "drop_newest"
        lines = [line for kind, line in self._waiting.items() if line and kind == "event"]
        lines = lines or [line for line in self._waiting.values() if line]
        if not lines:
            return False
        if newest:
            entry = max(lines, key=lambda line: line[-1].number).pop()
        else:
            entry = min(lines, key=lambda line: line[0].number).popleft()
        self._waiting_bytes[entry.kind] -= entry.size
        self._finish(entry, "dropped", QUEUE_FULL)
        return True
