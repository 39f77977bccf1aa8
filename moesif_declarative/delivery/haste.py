"""Whether someone waits for the delivery, and for what.

Flows in: calls of `flush` and `close`. Flows out: what is not to wait for anything of our own
choice: for a full batch, for the whole backoff.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Haste:
    """What is in a hurry.

    Attributes:
        closing: Whether everything is.
        marks: The number of the last entry that each waiting `flush` is waiting for.
    """

    closing: bool = False
    marks: list[int] = field(default_factory=list)

    def reaches(self, number: int) -> bool:
        """Whether an entry is in a hurry, by its number."""
        return self.closing or any(number <= mark for mark in self.marks)
