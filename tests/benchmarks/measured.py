"""One candidate under load, in a fresh process: what is measured of it.

Flows in: a candidate's name, the collector, how to ask. Flows out: a `Measured`.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

from tests.benchmarks.candidates import CANDIDATES
from tests.benchmarks.client import Load, as_fast_as_answered, at_rate
from tests.benchmarks.processes import Process, running
from tests.benchmarks.realistic import REQUEST_BODIES, request_bytes

WARM_UP_S = 0.7


@dataclass(frozen=True, slots=True)
class Plan:
    """How a candidate is asked.

    Attributes:
        seconds: How long each load lasts.
        connections: How many connections the client has.
        body: Which request body, ``masked`` or ``clean``.
        even: Whether the requests at a fixed rate come at even distances.
    """

    seconds: float
    connections: int
    body: str = "masked"
    even: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one candidate.

    Attributes:
        rate: Requests a second, until the last event was sent.
        cpu_us: CPU of the application's process for each request, in microseconds.
        total_cpu_us: The same with the processes that it started.
        sent: How many of the events arrived, as a share of the requests; 0 to 1.
        rss_mib: The process's memory after the load.
        p99_ms: The latency of 99 % of the requests at the fixed rate; None: not measured.
        overloaded: Whether it could not keep up with the fixed rate, so that its latency says
            only how long it was asked.
        failed: Answers that were no success.
        busy: The share of its time that the client's core computed, collector included.
    """

    rate: float
    cpu_us: float
    total_cpu_us: float
    sent: float
    rss_mib: float
    p99_ms: float | None
    failed: int
    busy: float
    overloaded: bool = False


def measure(name: str, sink: Process, plan: Plan, p99_rate: float | None) -> Measured:
    """Measure a candidate in a process of its own.

    Args:
        name: The candidate.
        sink: The collector.
        plan: How it is asked.
        p99_rate: Requests a second at which its latency is measured; None: it is not.
    """
    request = request_bytes(CANDIDATES[name].target, REQUEST_BODIES[plan.body])
    with running("server", name, sink.url) as server:
        warm_up_s = min(WARM_UP_S, plan.seconds)
        as_fast_as_answered(server.port, request, warm_up_s, plan.connections)
        server.ask("flush")
        fast = _under_full_load(server, sink, request, plan)
        return fast if p99_rate is None else _with_p99(fast, server, request, plan, p99_rate)


def _under_full_load(server: Process, sink: Process, request: bytes, plan: Plan) -> Measured:
    received = sink.ask("received")
    sink_before, before = sink.ask("usage"), server.ask("usage")
    started_at = time.perf_counter()
    load = as_fast_as_answered(server.port, request, plan.seconds, plan.connections)
    server.ask("flush")
    taken = time.perf_counter() - started_at
    after, sink_after = server.ask("usage"), sink.ask("usage")
    _checked(load, str(server.popen.args))
    own_s = after["cpu_s"] - before["cpu_s"]
    children_s = after["children_cpu_s"] - before["children_cpu_s"]
    return Measured(
        rate=load.requests / taken,
        cpu_us=own_s / load.requests * 1e6,
        total_cpu_us=(own_s + children_s) / load.requests * 1e6,
        sent=(sink.ask("received") - received) / load.requests,
        rss_mib=after["rss_bytes"] / 2**20,
        p99_ms=None,
        failed=load.failed,
        busy=load.busy + (sink_after["cpu_s"] - sink_before["cpu_s"]) / taken,
    )


def _with_p99(fast: Measured, server: Process, request: bytes, plan: Plan, rate: float) -> Measured:
    connections = plan.connections * 4  # what is due waits in the server, not in the client
    load = at_rate(server.port, request, plan.seconds, connections, rate, even=plan.even)
    return replace(
        fast,
        p99_ms=_checked(load, str(server.popen.args)).percentile_s(0.99) * 1e3,
        failed=fast.failed + load.failed,
        overloaded=bool(load.unanswered),
    )


def _checked(load: Load, name: str) -> Load:
    if not load.requests:
        sys.exit(f"{name} answered nothing")
    return load
