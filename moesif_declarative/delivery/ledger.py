"""What is held in memory, within its bounds, and the count of everything that ever was.

Flows in: what was put, and what became of it. Flows out: entries in order, and the counts. At any
moment captured = skipped + sampled out + queued + spooled + sent + dropped.

A `Ledger` has a lock of its own, held for a microsecond at a time: a put waits for nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from moesif_declarative.delivery.counts import Counts
from moesif_declarative.delivery.entry import Entry, Kind
from moesif_declarative.delivery.lines import Lines
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.taken import Taken
from moesif_declarative.delivery.tally import End

T = TypeVar("T")

QUEUE_FULL = "queue full"
CLOSED = "closed"

Told: TypeAlias = Callable[[bool], None]


def _tell(told: Told | None, *, delivered: bool = False) -> None:
    if told is not None:
        told(delivered)


class Ledger(Counts, Generic[T]):
    """Holds what is not final and counts the rest.

    Args:
        options: The bounds, and what goes when they are reached.

    Attributes:
        held_bytes: The bytes of the entries in memory that are not final.
        closed: Whether everything put is dropped.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        super().__init__()
        self._options = options
        self._queue_size, self._queue_bytes = options.queue_size, options.queue_bytes
        self._number = 0
        self._lines = Lines()
        self._taken: Taken[T] = Taken()
        self._alarm_count: float = 1
        self._alarm_bytes: float = 0
        self.held_bytes = 0
        self.closed = False
        self._told: dict[int, Told] = {}

    @property
    def held(self) -> int:
        """How many entries in memory are not final."""
        return self.events.queued + self.profiles.queued

    @property
    def last_number(self) -> int:
        """The number of the entry put last; 0 before the first."""
        return self._number

    def put(self, kind: Kind, size: int, now: float, thing: Any, told: Told | None = None) -> bool:
        """Take something in, dropping what `OVERFLOW` says when there is no room.

        Args:
            kind: What it is.
            size: About how many bytes it holds.
            now: Monotonic seconds.
            thing: A captured call, or a profile's document.
            told: Called once it is final, with whether it was delivered; under the lock, in
                whatever thread that happens, so it must return at once and not raise.

        Returns:
            Whether someone is to be woken for it (see `arm`).
        """
        with self.lock:
            events = self.events
            tally = events if kind == "event" else self.profiles
            tally.captured += 1
            if self.closed:
                self._drop(tally, CLOSED)
                _tell(told)
                return False
            if (
                events.queued + self.profiles.queued >= self._queue_size
                or self.held_bytes + size > self._queue_bytes
            ) and not self._make_room(size):
                self._drop(tally, QUEUE_FULL)
                _tell(told)
                return False
            self._number = number = self._number + 1
            if told is not None:
                self._told[number] = told
            tally.queued += 1
            self.held_bytes += size
            lines = self._lines
            line = lines.waiting[kind]
            line.append((number, now, size, thing))
            lines.sizes[kind] = waiting_bytes = lines.sizes[kind] + size
            if kind == "event" and (
                len(line) < self._alarm_count and waiting_bytes < self._alarm_bytes
            ):
                return False
            self._alarm_count = self._alarm_bytes = math.inf
            return True

    def arm(self, waiting: int, count: float, size: float) -> bool:
        """Say when a put of an event is a reason to wake someone.

        Args:
            waiting: How many events the caller saw waiting.
            count: Wake when so many wait.
            size: Wake when they have so many bytes.

        Returns:
            False, with nothing armed, when another number of them waits by now.
        """
        with self.lock:
            if len(self._lines.waiting["event"]) != waiting:
                return False
            self._alarm_count, self._alarm_bytes = count, size
            return True

    def waiting(self, kind: Kind) -> int:
        """How many entries of a kind are not taken yet."""
        return len(self._lines.waiting[kind])

    def waiting_bytes(self, kind: Kind) -> int:
        """The bytes of the entries of a kind that are not taken yet."""
        return self._lines.sizes[kind]

    def head(self, kind: Kind) -> tuple[int, float] | None:
        """The number and the time of the put of the oldest of a kind that is not taken yet."""
        with self.lock:
            return self._lines.head(kind)

    def take(self, kind: Kind, count: int, size: int) -> list[Entry[T]]:
        """Take the oldest entries of a kind to work on; overflow no longer reaches them.

        Args:
            kind: Which.
            count: How many at most.
            size: How many bytes at most; one entry is taken whatever its size.
        """
        taken: list[Entry[T]] = []
        with self.lock:
            for number, put_at, held, thing in self._lines.take(kind, count, size):
                item, document = (thing, None) if kind == "event" else (None, thing)
                entry = Entry(kind, number, put_at, held, item, document)
                self._taken.add(entry)
                taken.append(entry)
        return taken

    def encoded(self, entry: Entry[T], payload: bytes) -> None:
        """Replace what was put by what will be sent."""
        with self.lock:
            entry.item = None
            entry.payload = payload
            if not entry.final:
                self.held_bytes += len(payload) - entry.size
                self._taken.resize(entry, len(payload))
                while self.held_bytes > self._queue_bytes and self._evict():
                    pass

    def rest(self, entries: Iterable[Entry[T]]) -> None:
        """Let overflow reach events that were taken: they wait for another try."""
        with self.lock:
            for entry in entries:
                if not entry.final and entry.kind == "event":
                    self._taken.rest(entry)

    def claim(self, entries: Iterable[Entry[T]]) -> list[Entry[T]]:
        """Take entries again that rested; gives those that are not final."""
        with self.lock:
            living = [entry for entry in entries if not entry.final]
            for entry in living:
                self._taken.claim(entry)
            return living

    def settle(self, entries: Iterable[Entry[T]], end: End, reason: str = "") -> None:
        """Make taken entries final; each once only."""
        with self.lock:
            for entry in entries:
                if not entry.final:
                    self._release(entry, delivered=end == "sent")
                    entry.final = True
                    self._end(self._tally(entry.kind), end, reason)

    def spool(self, entries: Sequence[Entry[T]]) -> bool:
        """Count taken entries as spooled; they are no longer held here.

        Returns:
            False, with nothing changed, when they have become final meanwhile.
        """
        with self.lock:
            if any(entry.final for entry in entries):
                return False
            for entry in entries:
                self._release(entry)
            self.events.spooled += len(entries)
            return True

    def abandon(self, reason: str) -> int:
        """Drop everything in memory that is not final.

        Returns:
            How many that were.
        """
        with self.lock:
            lost = self.held
            for entry in self._taken:
                self._release(entry)
                entry.final = True
                self._drop(self._tally(entry.kind), reason)
            while self._drop_waiting(reason, newest=False):
                pass
            return lost

    def holds_up_to(self, number: int) -> bool:
        """Whether any entry in memory up to this number is not final."""
        with self.lock:
            return self._lines.up_to(number) or self._taken.up_to(number)

    def oldest_put_at(self) -> float | None:
        """When the oldest entry in memory was put, in monotonic seconds; `lock` is held."""
        times = [entry.put_at for entry in self._taken]
        return min([*times, *self._lines.put_times()], default=None)

    def _release(self, entry: Entry[T], *, delivered: bool = False) -> None:
        if self._told:
            _tell(self._told.pop(entry.number, None), delivered=delivered)
        self._taken.remove(entry)
        self.held_bytes -= entry.size
        entry.item = None
        self._tally(entry.kind).queued -= 1

    def _drop_waiting(self, reason: str, *, newest: bool) -> bool:
        found = self._lines.drop(newest=newest)
        if found is None:
            return False
        kind, number, size = found
        _tell(self._told.pop(number, None))
        self.held_bytes -= size
        self._tally(kind).queued -= 1
        self._drop(self._tally(kind), reason)
        return True

    def _make_room(self, size: int) -> bool:
        # What is being worked on cannot go: where it leaves no room, nothing else is to be lost
        # for a newcomer.
        taken = self._taken
        if taken.fixed >= self._queue_size or taken.fixed_bytes + size > self._queue_bytes:
            return False
        while self.held >= self._queue_size or self.held_bytes + size > self._queue_bytes:
            if self._options.overflow == "drop_newest" or not self._evict():
                return False
        return True

    def _evict(self) -> bool:
        """Drop the entry that `OVERFLOW` names; profiles only when no event is left."""
        newest = self._options.overflow == "drop_newest"
        entry = self._taken.resting(newest=newest)
        if entry is None or (newest and self._lines.waiting["event"]):
            return self._drop_waiting(QUEUE_FULL, newest=newest)
        self._release(entry)
        entry.final = True
        self._drop(self.events, QUEUE_FULL)
        return True
