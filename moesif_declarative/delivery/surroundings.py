"""What the worker has from the outside world: time, chance, threads and the log.

Flows in: nothing. Flows out: the real ones; tests give the worker others.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from moesif_declarative.delivery.notices import Line

Wait: TypeAlias = Callable[[threading.Condition, float], object]
Start: TypeAlias = Callable[[Callable[[], None]], bool]

_COMPUTE_S = 0.0005

_log = logging.getLogger("moesif_declarative.delivery")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the worker has from the outside world; tests give it another.

    Attributes:
        clock: Monotonic seconds.
        wait: Waits on a condition for some seconds at most.
        random: A random number in [0, 1).
        start: Starts a thread; tells whether it could.
    """

    clock: Callable[[], float]
    wait: Wait
    random: Callable[[], float]
    start: Start


def tell(lines: list[Line]) -> None:
    """Write lines to the log; a handler that raises costs only its line."""
    for level, text in lines:
        with contextlib.suppress(Exception):
            _log.log(level, "%s", text)


class Courtesy:
    """Gives the interpreter to a thread that waits for it, after each half a millisecond.

    A thread that computes keeps it for 5 ms otherwise, whoever waits: the application's requests.
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def let_others_run(self) -> None:
        """Let them run if this thread has computed for long enough since the last time."""
        if time.perf_counter() - self._since < _COMPUTE_S:
            return
        if hasattr(os, "sched_yield"):
            os.sched_yield()
        else:
            time.sleep(0)
        self._since = time.perf_counter()


def start_thread(run: Callable[[], None]) -> bool:
    """Start a daemon thread.

    Returns:
        Whether it could be started: not while the interpreter ends, or without memory for it.
    """
    try:
        threading.Thread(target=run, name="moesif-delivery", daemon=True).start()
    except (RuntimeError, MemoryError):
        return False
    return True
