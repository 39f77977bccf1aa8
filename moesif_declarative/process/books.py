"""What became of the events that were given to a helper, as far as the application knows.

Flows in: events put, written and lost; the helper's own counts, whenever it tells them. Flows out:
counts that add up at any moment. No locks here: who owns the books has one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from moesif_declarative.process.counts import add

DIED = "the helper process died"
LEFT_IN_SPOOL = "left in the spool by a helper process that died"


class Books:
    """The counts of one application's helpers, one after the other.

    Attributes:
        held: Events that no helper has told of yet: waiting, or on their way to it.
        dropped: Events that were lost on this side, by reason.
    """

    def __init__(self) -> None:
        self.held = 0
        self.dropped: Counter[str] = Counter()
        self._past: dict[str, Any] = {}
        self._present: Mapping[str, Any] = {}

    def lose(self, reason: str, count: int = 1) -> None:
        """Count events that were held and are lost."""
        self.held -= count
        self.dropped[reason] += count

    def hear(self, stats: Mapping[str, Any]) -> None:
        """Take the counts that the helper tells."""
        self.held -= stats["captured"] - self._present.get("captured", 0)
        self._present = stats

    def bury(self, taken: int) -> None:
        """Close the account of a helper that is gone.

        Args:
            taken: Events that were written to it, told of or not.
        """
        self.lose(DIED, taken - self._present.get("captured", 0))
        if self._present:
            last = dict(self._present)
            dropped = Counter(last["dropped"])
            dropped[DIED] += last["queued"]
            dropped[LEFT_IN_SPOOL] += last["spooled"]
            last |= {"dropped": dict(+dropped), "queued": 0, "spooled": 0, "in_flight": 0}
            last |= {"queued_bytes": 0, "oldest_age_s": 0.0}
            self._past = add(self._past, last)
        self._present = {}

    def stats(self, waiting_bytes: int) -> dict[str, Any]:
        """Count everything so far, as `Delivery.stats` does.

        Args:
            waiting_bytes: About how much memory the waiting events hold.
        """
        mine = {
            "captured": self.held + self.dropped.total(),
            "queued": self.held,
            "queued_bytes": waiting_bytes,
            "dropped": dict(+self.dropped),
        }
        return add(add(mine, self._past), self._present)
