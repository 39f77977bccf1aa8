"""The ends and the forks of a process.

Flows in: every delivery that is made. Flows out: at the normal end of the interpreter each is
closed, all within one deadline; in a forked child each begins anew.

Deliveries are held weakly: one that is closed and forgotten is gone. One that still has work is
held by its threads.
"""

from __future__ import annotations

import atexit
import os
import time
import weakref
from typing import Protocol

EXIT_S = 5.0
"""How long the end of the interpreter may wait for deliveries, all together."""


class Ending(Protocol):
    """What has to know of the process's end, and of forks."""

    def begin_close(self) -> None:
        """Take nothing more and hurry."""

    def close(self, timeout: float | None) -> bool:
        """Deliver what is left within so many seconds."""

    def reset_after_fork(self) -> None:
        """Forget what is the parent's."""


_living: weakref.WeakSet[Ending] = weakref.WeakSet()


def register(ending: Ending) -> None:
    """See that a delivery is told of the process's end and of forks."""
    _living.add(ending)


def _at_exit() -> None:
    deadline = time.monotonic() + EXIT_S
    living = list(_living)
    for ending in living:
        ending.begin_close()
    for ending in living:
        ending.close(max(deadline - time.monotonic(), 0.0))


def _in_child() -> None:
    for ending in list(_living):
        ending.reset_after_fork()


# atexit, and daemon threads that it waits for: non-daemon threads would keep a process alive
# whose main function has returned, and no thread can be started once it runs (Python 3.12).
atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
