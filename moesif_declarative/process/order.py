"""What the application asks of its helper, and waits for.

Flows in: a kind and a time. Flows out: whether it was done.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

_ANSWER_S = 0.5


@dataclass(slots=True, eq=False)
class Order:
    """Something that the helper is to do and to answer.

    Attributes:
        kind: What it is to do.
        number: The order's own number.
        timeout: Seconds that it may take; None: as long as it takes.
        done: Whether it was done in time.
    """

    kind: Literal["flush", "close"]
    number: int
    timeout: float | None
    done: bool = False
    _answered: threading.Event = field(default_factory=threading.Event)

    def answer(self, *, done: bool) -> None:
        """Tell whoever waits."""
        self.done = done
        self._answered.set()

    def wait(self) -> bool:
        """Wait for the answer, a moment longer than the helper may take; give `done`."""
        self._answered.wait(None if self.timeout is None else self.timeout + _ANSWER_S)
        return self.done
