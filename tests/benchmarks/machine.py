"""What the figures were measured on, and on which of its cores.

Flows out: a line of text with machine, versions and date; processes that stay on their core.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

PACKAGES = (
    *("moesif-declarative", "tornado", "orjson", "isal", "moesiftornado", "moesifapi"),
    *("elastic-apm", "opentelemetry-instrumentation-tornado", "sentry-sdk"),
)


def described() -> str:
    """Say what machine this is, with its Python and today's date."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, {implementation}, {today}"


def versions() -> str:
    """Say which packages took part."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def stay_on(role: str) -> str:
    """Keep this process on one core: ``application`` on the first, all else on the last.

    Returns:
        Where it runs, in words.
    """
    if sys.platform != "linux":
        return "any core: this system cannot keep a process on one"
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if role == "application" else cores[-1]
    os.sched_setaffinity(0, {core})
    return f"core {core}" if len(cores) > 1 else f"core {core}, the only one"


def leave_to_all_but(process: int, core: int) -> None:
    """Let a process, with all its threads, run on any core but one, where there is another."""
    cores = set(range(os.cpu_count() or 1)) - {core}
    if sys.platform == "linux" and cores:
        for task in Path(f"/proc/{process}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)
