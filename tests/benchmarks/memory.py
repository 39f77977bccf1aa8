"""Memory of the application over some minutes of load, then with the collector away.

Run it with ``python -m tests.benchmarks.memory``; ``--minutes 10`` is the long way. The client
asks as fast as it is answered. First every event is delivered; then the collector ends, and the
buffer fills up to its bound; then there is a collector again. What is told: how the memory grew
after the first quarter of each phase, how much the buffer held, and what became of all events.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.client import as_fast_as_answered
from tests.benchmarks.machine import described, stay_on
from tests.benchmarks.processes import Process, running
from tests.benchmarks.realistic import MASKED_BODY, ORDERS, request_bytes
from tests.benchmarks.spread import table

SAMPLES: Final = 60
"""How often a phase is looked at."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the application."""

    minute: float
    rss_mib: float
    queued: int
    queued_mib: float


def load(server: Process, minutes: float, connections: int) -> Iterator[Sample]:
    """Ask for some minutes, and look at the application between."""
    request = request_bytes(ORDERS, MASKED_BODY)
    for number in range(1, SAMPLES + 1):
        as_fast_as_answered(server.port, request, minutes * 60 / SAMPLES, connections)
        usage, counts = server.ask("usage"), server.ask("counts")
        yield Sample(
            minutes * number / SAMPLES,
            usage["rss_bytes"] / 2**20,
            counts["queued"],
            counts["queued_bytes"] / 2**20,
        )


def phase_told(name: str, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Sum a phase up."""
    later = samples[len(samples) // 4 :]
    line = statistics.linear_regression(
        [sample.minute for sample in later], [sample.rss_mib for sample in later]
    )
    return (
        name,
        f"{later[0].rss_mib:.1f}",
        f"{later[-1].rss_mib:.1f}",
        f"{max(sample.rss_mib for sample in samples):.1f}",
        f"{line.slope:+.2f}",
        f"{max(sample.queued for sample in samples)}",
        f"{max(sample.queued_mib for sample in samples):.1f}",
    )


HEAD: Final = (
    *("collector", "MiB after a quarter", "MiB at the end", "MiB at most"),
    *("MiB a minute", "events held at most", "MiB held at most"),
)


def fates_told(counts: dict[str, Any], received: int) -> str:
    """Say what became of all events."""
    dropped = sum(counts["dropped"].values())
    missing = counts["captured"] - counts["sent"] - counts["queued"] - dropped
    return (
        f"{counts['captured']} events: {counts['sent']} sent, {counts['queued']} held, "
        f"{dropped} dropped {counts['dropped']}, {missing} not accounted for; "
        f"{received} arrived\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=1.0, help="with a collector")
    parser.add_argument("--minutes-down", type=float, help="without one; default: half of that")
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    machine = described()
    minutes_down = options.minutes / 2 if options.minutes_down is None else options.minutes_down
    stay_on("client")
    with running("sink") as sink, running("server", "ours", sink.url) as server:
        there = list(load(server, options.minutes, options.connections))
        server.ask("flush")
        received = sink.ask("received")
        sink.popen.kill()
        sink.popen.wait()
        away = list(load(server, minutes_down, options.connections))
        with running("sink", str(sink.port)) as later_sink:
            server.ask("flush")
            received += later_sink.ask("received")
        counts = server.ask("counts")
    rows = [phase_told("there", there), phase_told("away", away)]
    sys.stdout.write(f"{machine}\n\n{table(HEAD, rows)}\n{fates_told(counts, received)}")


if __name__ == "__main__":
    main()
