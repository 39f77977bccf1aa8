"""The counts of everything that ever was, under one lock.

Flows in: what became of what. Flows out: numbers that add up at any moment: captured = skipped +
sampled out + queued + spooled + sent + dropped.
"""

from __future__ import annotations

import threading
from collections import Counter

from moesif_declarative.delivery.entry import Kind
from moesif_declarative.delivery.tally import End, Tally


class Counts:
    """Counts events, profiles, and events that an earlier run left.

    Attributes:
        lock: Whoever holds it sees all counts of one moment; it is held for a microsecond at a
            time.
        events: The counts of events.
        profiles: The counts of profiles.
        recovered: The counts of events that an earlier run left in the spool.
        unsaid: Losses by reason that no log line has told yet.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.events = Tally()
        self.profiles = Tally()
        self.recovered = Tally()
        self.unsaid: Counter[str] = Counter()

    def count(self, kind: Kind, end: End, reason: str) -> None:
        """Count something that was final before it was put."""
        with self.lock:
            tally = self._tally(kind)
            tally.captured += 1
            self._end(tally, end, reason)

    def recover(self, count: int) -> None:
        """Count events that were found in the spool."""
        with self.lock:
            self.recovered.captured += count
            self.recovered.spooled += count

    def settle_spooled(self, count: int, end: End, reason: str, *, recovered: bool) -> None:
        """Make events in the spool final, if there are any."""
        with self.lock:
            tally = self.recovered if recovered else self.events
            tally.spooled -= count
            if count:
                self._end(tally, end, reason, count)

    def _tally(self, kind: Kind) -> Tally:
        return self.events if kind == "event" else self.profiles

    def _end(self, tally: Tally, end: End, reason: str, count: int = 1) -> None:
        if end == "dropped":
            self._drop(tally, reason, count)
        else:
            tally.add(end, reason, count)

    def _drop(self, tally: Tally, reason: str, count: int = 1) -> None:
        tally.add("dropped", reason, count)
        self.unsaid[reason] += count
