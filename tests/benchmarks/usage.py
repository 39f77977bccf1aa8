"""What a process takes: CPU time, its children's too, and memory.

Flows in: a process id. Flows out: seconds and bytes, as Linux counts them in ``/proc``; without
it, this process's CPU time alone is known.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has taken so far.

    Attributes:
        cpu_s: CPU seconds of all its threads, user and system.
        children_cpu_s: The same of the processes it has started.
        rss_bytes: Its memory now, children's included.
    """

    cpu_s: float
    children_cpu_s: float
    rss_bytes: int


def own_usage() -> dict[str, float]:
    """Measure this process and its children."""
    own = os.getpid()
    children = descendants(own)
    return asdict(
        Usage(
            cpu_s=time.process_time(),
            children_cpu_s=sum(map(_cpu_s, children)),
            rss_bytes=sum(map(_rss_bytes, [own, *children])),
        )
    )


def _stat(process: int) -> list[str]:
    """The fields of ``/proc/N/stat`` after the name, from the state on."""
    try:
        return (_PROC / str(process) / "stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for folder in _PROC.glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            parents[int(folder.name)] = int(fields[1])
    found = [process]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def _cpu_s(process: int) -> float:
    fields = _stat(process)
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _rss_bytes(process: int) -> int:
    fields = _stat(process)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0
