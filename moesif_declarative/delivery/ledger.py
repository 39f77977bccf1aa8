"""What is held in memory, within its bounds, and the count of everything that ever was.

Flows in: what was put, and what became of it. Flows out: entries in order, and the counts. At any
moment captured = skipped + sampled out + queued + spooled + sent + dropped.

A `Ledger` has a lock of its own, held for a microsecond at a time: a put waits for nothing else.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

from moesif_declarative.delivery.entry import KINDS, Entry, Kind
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.tally import End, Tally

T = TypeVar("T")

QUEUE_FULL = "queue full"
CLOSED = "closed"


class Ledger(Generic[T]):
    """Holds what is not final and counts the rest.

    Args:
        options: The bounds, and what goes when they are reached.

    Attributes:
        held_bytes: The bytes of the entries in memory that are not final.
        events: The counts of events.
        profiles: The counts of profiles.
        recovered: The counts of events that an earlier run left in the spool.
        unsaid: Losses by reason that no log line has told yet.
        closed: Whether everything put is dropped.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._queue_size, self._queue_bytes = options.queue_size, options.queue_bytes
        self._lock = threading.Lock()
        self._number = 0
        # Number, time of the put, size, what was put: an `Entry` is made when it is taken, so
        # that a put stays cheap.
        self._lines: dict[Kind, deque[tuple[int, float, int, Any]]] = {
            kind: deque() for kind in KINDS
        }
        self._line_bytes: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        self._taken: dict[int, Entry[T]] = {}
        self._resting: dict[int, Entry[T]] = {}
        self._fixed_bytes = 0  # of those that are taken and do not rest
        self._alarm_count: float = 1
        self._alarm_bytes: float = 0
        self.held_bytes = 0
        self.events = Tally()
        self.profiles = Tally()
        self.recovered = Tally()
        self.unsaid: Counter[str] = Counter()
        self.closed = False

    @property
    def lock(self) -> threading.Lock:
        """Whoever holds it sees all counts of one moment."""
        return self._lock

    @property
    def held(self) -> int:
        """How many entries in memory are not final."""
        return self.events.queued + self.profiles.queued

    @property
    def last_number(self) -> int:
        """The number of the entry put last; 0 before the first."""
        return self._number

    def put(self, kind: Kind, size: int, now: float, thing: Any) -> bool:
        """Take something in, dropping what `OVERFLOW` says when there is no room.

        Args:
            kind: What it is.
            size: About how many bytes it holds.
            now: Monotonic seconds.
            thing: A captured call, or a profile's document.

        Returns:
            Whether someone is to be woken for it (see `arm`).
        """
        with self._lock:
            events = self.events
            tally = events if kind == "event" else self.profiles
            tally.captured += 1
            if self.closed:
                self._drop(tally, CLOSED)
                return False
            if (
                events.queued + self.profiles.queued >= self._queue_size
                or self.held_bytes + size > self._queue_bytes
            ) and not self._make_room(size):
                self._drop(tally, QUEUE_FULL)
                return False
            self._number = number = self._number + 1
            tally.queued += 1
            self.held_bytes += size
            line = self._lines[kind]
            line.append((number, now, size, thing))
            self._line_bytes[kind] = waiting_bytes = self._line_bytes[kind] + size
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
        with self._lock:
            if len(self._lines["event"]) != waiting:
                return False
            self._alarm_count, self._alarm_bytes = count, size
            return True

    def count(self, kind: Kind, end: End, reason: str) -> None:
        """Count something that was final before it was put."""
        with self._lock:
            tally = self._tally(kind)
            tally.captured += 1
            self._end(tally, end, reason)

    def waiting(self, kind: Kind) -> int:
        """How many entries of a kind are not taken yet."""
        return len(self._lines[kind])

    def waiting_bytes(self, kind: Kind) -> int:
        """The bytes of the entries of a kind that are not taken yet."""
        return self._line_bytes[kind]

    def head(self, kind: Kind) -> tuple[int, float] | None:
        """The number and the time of the put of the oldest of a kind that is not taken yet."""
        with self._lock:
            line = self._lines[kind]
            return line[0][:2] if line else None

    def take(self, kind: Kind, count: int, size: int) -> list[Entry[T]]:
        """Take the oldest entries of a kind to work on; overflow no longer reaches them.

        Args:
            kind: Which.
            count: How many at most.
            size: How many bytes at most; one entry is taken whatever its size.
        """
        taken: list[Entry[T]] = []
        with self._lock:
            line = self._lines[kind]
            while line and len(taken) < count and (not taken or line[0][2] <= size):
                number, put_at, held, thing = line.popleft()
                item, document = (thing, None) if kind == "event" else (None, thing)
                entry = Entry(kind, number, put_at, held, item, document)
                size -= held
                self._line_bytes[kind] -= held
                self._taken[number] = entry
                self._fixed_bytes += held
                taken.append(entry)
        return taken

    def encoded(self, entry: Entry[T], payload: bytes) -> None:
        """Replace what was put by what will be sent."""
        with self._lock:
            entry.item = None
            entry.payload = payload
            if not entry.final:
                growth = len(payload) - entry.size
                self._fixed_bytes += growth
                self.held_bytes += growth
                entry.size = len(payload)
                while self.held_bytes > self._queue_bytes and self._evict():
                    pass

    def rest(self, entries: Iterable[Entry[T]]) -> None:
        """Let overflow reach events that were taken: they wait for another try."""
        with self._lock:
            for entry in entries:
                if not entry.final and entry.kind == "event":
                    self._resting[entry.number] = entry
                    self._fixed_bytes -= entry.size

    def claim(self, entries: Iterable[Entry[T]]) -> list[Entry[T]]:
        """Take entries again that rested; gives those that are not final."""
        with self._lock:
            living = [entry for entry in entries if not entry.final]
            for entry in living:
                if self._resting.pop(entry.number, None) is not None:
                    self._fixed_bytes += entry.size
            return living

    def settle(self, entries: Iterable[Entry[T]], end: End, reason: str = "") -> None:
        """Make taken entries final; each once only."""
        with self._lock:
            for entry in entries:
                if not entry.final:
                    self._release(entry)
                    entry.final = True
                    self._end(self._tally(entry.kind), end, reason)

    def spool(self, entries: Sequence[Entry[T]]) -> bool:
        """Count taken entries as spooled; they are no longer held here.

        Returns:
            False, with nothing changed, when they have become final meanwhile.
        """
        with self._lock:
            if any(entry.final for entry in entries):
                return False
            for entry in entries:
                self._release(entry)
            self.events.spooled += len(entries)
            return True

    def recover(self, count: int) -> None:
        """Count events that were found in the spool."""
        with self._lock:
            self.recovered.captured += count
            self.recovered.spooled += count

    def settle_spooled(self, count: int, end: End, reason: str, *, recovered: bool) -> None:
        """Make events in the spool final."""
        with self._lock:
            tally = self.recovered if recovered else self.events
            tally.spooled -= count
            self._end(tally, end, reason, count)

    def abandon(self, reason: str) -> int:
        """Drop everything in memory that is not final.

        Returns:
            How many that were.
        """
        with self._lock:
            lost = self.held
            for entry in list(self._taken.values()):
                self._release(entry)
                entry.final = True
                self._drop(self._tally(entry.kind), reason)
            for kind, line in self._lines.items():
                while line:
                    self._drop_waiting(kind, line.popleft()[2], reason)
            return lost

    def holds_up_to(self, number: int) -> bool:
        """Whether any entry in memory up to this number is not final."""
        with self._lock:
            return any(line[0][0] <= number for line in self._lines.values() if line) or any(
                taken <= number for taken in self._taken
            )

    def oldest_put_at(self) -> float | None:
        """When the oldest entry in memory was put, in monotonic seconds; `lock` is held."""
        times = [line[0][1] for line in self._lines.values() if line]
        times += [entry.put_at for entry in self._taken.values()]
        return min(times, default=None)

    def _tally(self, kind: Kind) -> Tally:
        return self.events if kind == "event" else self.profiles

    def _release(self, entry: Entry[T]) -> None:
        del self._taken[entry.number]
        if self._resting.pop(entry.number, None) is None:
            self._fixed_bytes -= entry.size
        self.held_bytes -= entry.size
        entry.item = None
        self._tally(entry.kind).queued -= 1

    def _end(self, tally: Tally, end: End, reason: str, count: int = 1) -> None:
        if end == "dropped":
            self._drop(tally, reason, count)
        else:
            tally.add(end, reason, count)

    def _drop(self, tally: Tally, reason: str, count: int = 1) -> None:
        tally.add("dropped", reason, count)
        self.unsaid[reason] += count

    def _drop_waiting(self, kind: Kind, size: int, reason: str) -> None:
        self._line_bytes[kind] -= size
        self.held_bytes -= size
        self._tally(kind).queued -= 1
        self._drop(self._tally(kind), reason)

    def _make_room(self, size: int) -> bool:
        # What is being worked on cannot go: where it leaves no room, nothing else is to be lost
        # for a newcomer.
        fixed = len(self._taken) - len(self._resting)
        if fixed >= self._queue_size or self._fixed_bytes + size > self._queue_bytes:
            return False
        while self.held >= self._queue_size or self.held_bytes + size > self._queue_bytes:
            if self._options.overflow == "drop_newest" or not self._evict():
                return False
        return True

    def _evict(self) -> bool:
        """Drop the entry that `OVERFLOW` names; profiles only when no event is left."""
        newest = self._options.overflow == "drop_newest"
        if self._resting and not (newest and self._lines["event"]):
            # Taken in this order, so nearly in the order of their puts.
            entry = self._resting[next(reversed(self._resting) if newest else iter(self._resting))]
            self._release(entry)
            entry.final = True
            self._drop(self.events, QUEUE_FULL)
            return True
        filled = [kind for kind, line in self._lines.items() if line]
        kinds: list[Kind] = ["event"] if "event" in filled else filled
        if not kinds:
            return False
        if newest:
            kind = max(kinds, key=lambda kind: self._lines[kind][-1][0])
            size = self._lines[kind].pop()[2]
        else:
            kind = min(kinds, key=lambda kind: self._lines[kind][0][0])
            size = self._lines[kind].popleft()[2]
        self._drop_waiting(kind, size, QUEUE_FULL)
        return True
