"""What was put and is not taken yet: one line for each kind.

Flows in: what was put. Flows out: the oldest of a kind, to be worked on, and the size of the one
that overflow drops.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from moesif_declarative.delivery.entry import KINDS, Kind


class Lines:
    """The lines; the ledger guards them with its lock.

    Attributes:
        waiting: What waits, oldest first: number, time of the put in monotonic seconds, size,
            and what was put. An `Entry` is made when it is taken, so that a put stays cheap.
        sizes: The bytes of each kind.
    """

    def __init__(self) -> None:
        self.waiting: dict[Kind, deque[tuple[int, float, int, Any]]] = {
            kind: deque() for kind in KINDS
        }
        self.sizes: dict[Kind, int] = dict.fromkeys(KINDS, 0)

    def take(self, kind: Kind, count: int, most_bytes: int) -> list[tuple[int, float, int, Any]]:
        """Take out the oldest of a kind.

        Args:
            kind: Which.
            count: How many at most.
            most_bytes: How many bytes at most; one is taken whatever its size.
        """
        line = self.waiting[kind]
        taken: list[tuple[int, float, int, Any]] = []
        left = most_bytes
        while line and len(taken) < count and (not taken or line[0][2] <= left):
            taken.append(line.popleft())
            left -= taken[-1][2]
        self.sizes[kind] -= most_bytes - left
        return taken

    def head(self, kind: Kind) -> tuple[int, float] | None:
        """The number and the time of the put of the oldest of a kind."""
        line = self.waiting[kind]
        return line[0][:2] if line else None

    def drop(self, *, newest: bool) -> tuple[Kind, int, int] | None:
        """Take out the oldest of all, or the newest; profiles only when no event is left.

        Returns:
            Its kind, number and size; None where nothing waits.
        """
        filled = [kind for kind, line in self.waiting.items() if line]
        kinds: list[Kind] = ["event"] if "event" in filled else filled
        if not kinds:
            return None
        if newest:
            kind = max(kinds, key=lambda kind: self.waiting[kind][-1][0])
            number, _, size, _ = self.waiting[kind].pop()
        else:
            kind = min(kinds, key=lambda kind: self.waiting[kind][0][0])
            number, _, size, _ = self.waiting[kind].popleft()
        self.sizes[kind] -= size
        return kind, number, size

    def up_to(self, number: int) -> bool:
        """Whether anything up to this number waits."""
        return any(line[0][0] <= number for line in self.waiting.values() if line)

    def put_times(self) -> list[float]:
        """When the oldest of each kind was put, in monotonic seconds."""
        return [line[0][1] for line in self.waiting.values() if line]
