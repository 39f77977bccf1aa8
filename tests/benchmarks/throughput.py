"""Throughput, CPU and latency of one Tornado server: bare, with this package, with its peers.

Run it with ``python -m tests.benchmarks.throughput``; peers come with
``pip install -e '.[benchmark]'``. It wants Linux and two cores: the application has the first to
itself; client and collector share the last. Each round runs every candidate in turn, each time
in a fresh process, so that a busy machine slows all of them. A run lasts until the last event is
sent. What is told is each round's ratio to the bare server of the same round: the median, with
the least and the most. CPU time is what a machine that others use cannot spoil.

``--plot tests/benchmarks/throughput.svg`` draws README's picture, ``--json FILE`` keeps the
figures. With all peers it takes about twelve minutes; ``--rounds`` and ``--seconds`` say how long.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.candidates import CANDIDATES, PEERS
from tests.benchmarks.machine import described, stay_on, versions
from tests.benchmarks.measured import Measured, Plan, measure
from tests.benchmarks.plot import plot
from tests.benchmarks.processes import running
from tests.benchmarks.realistic import REQUEST_BODIES
from tests.benchmarks.spread import Spread, ratios, spread, table

LOAD_SHARE = 0.6
"""The share of the bare server's throughput at which latency is measured."""

HEAD = (
    *("server", "requests/s ÷ bare's", "bare's CPU ÷ its", "CPU µs a request", "all processes µs"),
    *("p99 ÷ bare's", "memory MiB", "events sent"),
)


def rounds_of(names: Sequence[str], plan: Plan, rounds: int) -> dict[str, list[Measured]]:
    """Measure the bare server and these candidates, each once a round."""
    found: dict[str, list[Measured]] = {name: [] for name in ("bare", *names)}
    with running("sink") as sink:
        for number in range(rounds):
            # The bare server comes first: the others' latency is measured at a share of what
            # it does. The others take turns, so that none always follows the same one.
            turn = number % len(names) if names else 0
            p99_rate: float = measure("bare", sink, plan, None).rate * LOAD_SHARE
            for name in ("bare", *names[turn:], *names[:turn]):
                _progress(f"round {number + 1} of {rounds}: {name}")
                found[name].append(measure(name, sink, plan, p99_rate))
    _progress("")
    return found


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:50}\r")
        sys.stderr.flush()


def _ratio(runs: Sequence[float], bare: Sequence[float]) -> Spread:
    return spread(ratios(runs, bare))


def throughput_ratios(found: Mapping[str, Sequence[Measured]]) -> dict[str, Spread]:
    """Give every candidate's requests a second, as a share of the bare server's."""
    bare = [run.rate for run in found["bare"]]
    return {name: _ratio([run.rate for run in runs], bare) for name, runs in found.items()}


def _row(name: str, runs: Sequence[Measured], bare: Sequence[Measured]) -> tuple[str, ...]:
    p99 = _ratio([run.p99_ms or 0.0 for run in runs], [run.p99_ms or 1.0 for run in bare])
    sent = f"{spread([run.sent for run in runs]).median:.1%}"
    return (
        name,
        _ratio([run.rate for run in runs], [run.rate for run in bare]).shown(3),
        _ratio([run.cpu_us for run in bare], [run.cpu_us for run in runs]).shown(3),
        f"{spread([run.cpu_us for run in runs]).median:.0f}",
        f"{spread([run.total_cpu_us for run in runs]).median:.0f}",
        "overloaded" if any(run.overloaded for run in runs) else p99.shown(2),
        f"{spread([run.rss_mib for run in runs]).median:.0f}",
        sent if CANDIDATES[name].sends else "-",
    )


def told(found: Mapping[str, Sequence[Measured]]) -> str:
    """Write the table, and what one must know to believe it."""
    rows = [_row(name, runs, found["bare"]) for name, runs in found.items()]
    every = [run for runs in found.values() for run in runs]
    bare = spread([run.rate for run in found["bare"]])
    p99 = spread([run.p99_ms or 0.0 for run in found["bare"]])
    return (
        f"{table(HEAD, rows)}\nBare: {bare.shown(0)} requests/s, p99 {p99.shown(2)} ms at "
        f"{LOAD_SHARE:.0%} load. Requests that failed: {sum(run.failed for run in every)}. "
        f"The client's core was busy {max(run.busy for run in every):.0%} at most.\n"
    )


def _chosen(options: argparse.Namespace) -> list[str]:
    wanted = options.only.split(",") if options.only else list(CANDIDATES)
    for name in wanted:
        if name not in CANDIDATES:
            sys.exit(f"there is no candidate {name!r}; there are: {', '.join(CANDIDATES)}")
    if options.no_peers:
        wanted = [name for name in wanted if name not in PEERS]
    for name in wanted:
        if CANDIDATES[name].missing:
            sys.stdout.write(f"{name} is left out: {CANDIDATES[name].package} is not installed\n")
    return [name for name in wanted if name != "bare" and not CANDIDATES[name].missing]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--body", choices=REQUEST_BODIES, default="masked")
    parser.add_argument("--arrivals", choices=("even", "random"), default="even")
    parser.add_argument("--only", metavar="NAMES", help="candidates, with commas between them")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="an SVG or PNG")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    options = _options(arguments)
    machine = described()
    names = _chosen(options)
    stay_on("client")
    plan = Plan(options.seconds, options.connections, options.body, options.arrivals == "even")
    found = rounds_of(names, plan, options.rounds)
    sys.stdout.write(f"{machine}\n{versions()}\n\n{told(found)}")
    if options.json:
        runs = {name: [asdict(run) for run in measured] for name, measured in found.items()}
        figures = {"machine": machine, "versions": versions(), "plan": asdict(plan), "runs": runs}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        plot(throughput_ratios(found), options.plot, f"{machine}\n{versions()}")


if __name__ == "__main__":
    main()
