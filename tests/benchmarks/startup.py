"""What the start costs: importing this package, making the middleware, ``check`` in a shell.

Run it with ``python -m tests.benchmarks.startup``. Every figure is of a fresh interpreter, with
compiled files on disk, and every round measures all in turn. Importing is told as a ratio to
importing the five packages that nobody who logs a Tornado application to Moesif can do without.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moesif_declarative.demo.example import read_example
from tests.benchmarks.machine import described
from tests.benchmarks.processes import clean_environment
from tests.benchmarks.realistic import APPLICATION_ID
from tests.benchmarks.spread import Spread, interleaved, ratios, spread, table

IMPORT: Final = "from moesif_declarative import MoesifMiddleware"
MANDATORY: Final = "tornado.web, moesifapi, dynaconf, jsonpath_ng.ext, cerberus"
_TIMED: Final = """
import time
{before}
wall, cpu = time.perf_counter(), time.process_time()
{timed}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Time of one piece of work, in milliseconds."""

    wall_ms: float
    cpu_ms: float


def in_fresh_interpreter(timed: str, before: str = "", *arguments: str) -> Callable[[], Taken]:
    """Make the work of timing some statements in an interpreter of their own."""
    code = _TIMED.format(before=before, timed=timed)

    def measure() -> Taken:
        output = _run([sys.executable, "-c", code, *arguments])
        wall_s, cpu_s = map(float, output.split())
        return Taken(wall_s * 1e3, cpu_s * 1e3)

    return measure


def command(*arguments: str) -> Callable[[], Taken]:
    """Make the work of timing a whole command, as a shell sees it."""

    def measure() -> Taken:
        before, started_at = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        _run([sys.executable, *arguments])
        wall_s = time.perf_counter() - started_at
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Taken(wall_s * 1e3, cpu_s * 1e3)

    return measure


def _run(arguments: Sequence[str]) -> str:
    environment = {**clean_environment(), "MOESIF_APPLICATION_ID": APPLICATION_ID}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, cwd=tempfile.gettempdir()
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _works(example: Path) -> dict[str, Callable[[], Taken]]:
    return {
        "an interpreter": command("-c", ""),
        "import the mandatory packages": in_fresh_interpreter(f"import {MANDATORY}"),
        IMPORT: in_fresh_interpreter(IMPORT),
        "MoesifMiddleware on the example": in_fresh_interpreter(
            "MoesifMiddleware(sys.argv[1])",
            f"import sys; {IMPORT}",
            str(example),
        ),
        "check on the example": command(
            "-m", "moesif_declarative", "check", "--settings", str(example)
        ),
    }


def _spreads(runs: Sequence[Taken]) -> tuple[Spread, Spread]:
    return spread([run.wall_ms for run in runs]), spread([run.cpu_ms for run in runs])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--no-warm-up", action="store_true", help="all is compiled already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        example = Path(folder, "settings.toml")
        example.write_text(read_example(), encoding="utf-8")
        works = _works(example)
        if not options.no_warm_up:
            interleaved(works, 1)  # compiles what is not compiled yet
        found = interleaved(works, options.rounds)
    rows = [(name, *(figure.shown(0) for figure in _spreads(runs))) for name, runs in found.items()]
    imported = [run.cpu_ms for run in found[IMPORT]]
    mandatory = [run.cpu_ms for run in found["import the mandatory packages"]]
    sys.stdout.write(f"{described()}\n\n{table(('start', 'ms', 'CPU ms'), rows)}\n")
    sys.stdout.write(
        f"Importing costs {spread(ratios(imported, mandatory)).shown()} times the mandatory "
        f"packages' CPU time, {min(imported) / min(mandatory):.2f} times by the leasts.\n"
    )


if __name__ == "__main__":
    main()
