"""When a served document is fetched again; pure.

Flows in: tags that answers bear, the times of tries. Flows out: when the next try is due.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often is fetched.

    Attributes:
        least_s: Seconds from one try to the next at least: when a tag has changed, or the last
            try has failed.
        refresh_s: Seconds until a document is asked for without any sign of a change.
    """

    least_s: float = 60.0
    refresh_s: float = 300.0


class Refresh:
    """The tries to fetch one document.

    Args:
        intervals: How often.

    Attributes:
        seen: The tag that answers to events bore last.
    """

    def __init__(self, intervals: Intervals) -> None:
        self._intervals = intervals
        self._tried_at: float | None = None
        self._failed = False
        self._tag: str | None = None
        self.seen: str | None = None

    @property
    def changed(self) -> bool:
        """Whether an answer bore another tag than the document that is known."""
        return self.seen is not None and self.seen != self._tag

    def due_at(self) -> float:
        """When to try, in monotonic seconds; minus infinity for at once."""
        if self._tried_at is None:
            return -math.inf
        soon = self._failed or self.changed
        return self._tried_at + (self._intervals.least_s if soon else self._intervals.refresh_s)

    def tried(self, now: float) -> None:
        """Note a try; it has failed until `succeeded` is called."""
        self._tried_at = now
        self._failed = True

    def succeeded(self, tag: str | None) -> None:
        """Note that the latest document is known, and its tag; without one, that seen last."""
        self._failed = False
        self._tag = tag if tag is not None else self.seen
