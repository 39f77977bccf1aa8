"""Counts of one sort of thing.

Flows in: what became of each. Flows out: numbers that add up: captured = skipped + sampled out +
queued + spooled + sent + dropped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

End: TypeAlias = Literal["sent", "skipped", "sampled_out", "dropped"]


@dataclass(slots=True)
class Tally:
    """Counts of events, of profiles, or of events that an earlier run left.

    Attributes:
        captured: All of them.
        queued: Those in memory that are not final.
        spooled: Those on disk that are not final.
        sent: Those that arrived.
        sampled_out: Those that sampling left out.
        skipped: Those that a rule did not want, by rule.
        dropped: Those that are lost, by reason.
    """

    captured: int = 0
    queued: int = 0
    spooled: int = 0
    sent: int = 0
    sampled_out: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def add(self, end: End, reason: str, count: int = 1) -> None:
        """Count some that are final."""
        if end == "sent":
            self.sent += count
        elif end == "sampled_out":
            self.sampled_out += count
        elif end == "skipped":
            self.skipped[reason] += count
        else:
            self.dropped[reason] += count
