"""A wait that blocks, awaited by coroutines.

Flows in: a function that blocks until something is so. Flows out: the same as a coroutine, which
leaves the loop free.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A coroutine that waits, until a moment in monotonic seconds; None: as long as it takes."""

    future: asyncio.Future[bool]
    until: float | None

    def left_s(self) -> float | None:
        return None if self.until is None else max(self.until - time.monotonic(), 0.0)

    def tell(self, outcome: bool) -> None:
        """Wake the coroutine, from any thread."""
        with contextlib.suppress(RuntimeError):  # its loop is closed
            self.future.get_loop().call_soon_threadsafe(self._tell, outcome)

    def _tell(self, outcome: bool) -> None:
        if not self.future.done():
            self.future.set_result(outcome)


class Rounds:
    """Lets any number of coroutines wait, with one thread for all of them.

    The thread waits in rounds. Who comes while a round goes on is part of the next: so what is
    waited for must be such that a later wait ends after an earlier one.

    Args:
        wait: Blocks for so many seconds at most, None for ever; gives whether what it waits for
            is so. It does not raise.
    """

    def __init__(self, wait: Callable[[float | None], bool]) -> None:
        self._wait = wait
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._next: deque[_Waiting] = deque()
        self._running = False

    async def join(self, timeout_s: float | None) -> bool:
        """Wait.

        Args:
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            Whether what is waited for was so in time.
        """
        if timeout_s is not None and timeout_s <= 0:
            return self._wait(0.0)
        if self._process != os.getpid():  # a forked child has the lock, but not the thread
            self._begin()
        until = None if timeout_s is None else time.monotonic() + timeout_s
        waiting = _Waiting(asyncio.get_running_loop().create_future(), until)
        if not self._add(waiting):
            return self._wait(0.0)
        done, _ = await asyncio.wait([waiting.future], timeout=timeout_s)
        return bool(done) and waiting.future.result()

    def _add(self, waiting: _Waiting) -> bool:
        with self._lock:
            self._next.append(waiting)
            if self._running:
                return True
            self._running = True
        try:
            threading.Thread(target=self._run, name="moesif-waiting", daemon=True).start()
        except (RuntimeError, MemoryError):  # the interpreter ends, or is at its limits
            with self._lock:
                self._running = False
                self._next.clear()
            return False
        return True

    def _run(self) -> None:
        while True:
            with self._lock:
                together = list(self._next)
                self._next.clear()
                if not together:
                    self._running = False
                    return
            times = [waiting.left_s() for waiting in together]
            limited = [left_s for left_s in times if left_s is not None]
            outcome = self._wait(max(limited) if len(limited) == len(times) else None)
            for waiting in together:
                waiting.tell(outcome)
