"""CPU time of a piece of work in this process.

Flows in: what is to be done. Flows out: microseconds, the garbage collector kept out of them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any


def cpu_us(work: Callable[[], Any], times: int = 1) -> float:
    """Measure the CPU time of one piece of work.

    Args:
        work: Does it so many times.
        times: By how much the time is divided.
    """
    gc.collect()
    gc.disable()
    try:
        started_at = time.process_time()
        work()
        return (time.process_time() - started_at) / times * 1e6
    finally:
        gc.enable()
