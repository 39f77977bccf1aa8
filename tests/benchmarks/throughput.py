"""Throughput of one Tornado server, bare and with the middleware that delivers every event.

Run it with ``python tests/benchmarks/throughput.py``; it needs two cores and Linux. The servers
run on the first core, one at a time; the client and the collector, a process of its own, on the
second. Every round measures every server in turn. A run lasts until its last answer is there and
its last event delivered; what is counted is requests over that time, as a ratio to the bare
server of the same round, and CPU seconds of the server's process per request.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.benchmarks.event import REALISTIC, REQUEST_BODY, REQUEST_HEADERS, RESPONSE_BODY

KINDS: Mapping[str, tuple[str, str]] = {
    "bare": ("bare", "/v1/orders?page=2&sort=name"),
    "every event": ("moesif", "/v1/orders?page=2&sort=name"),
    "skipped": ("moesif", "/health"),
}
"""What is measured: the server, and what it is asked for."""

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Orders(tornado.web.RequestHandler):
    """Answers 1 KB of JSON to 1 KB of JSON."""

    def post(self) -> None:
        json.loads(self.request.body)
        self.set_status(201)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write(RESPONSE_BODY)


def serve(kind: str, collector: str) -> None:
    """Serve in this process until standard input ends; ``GET /flush`` delivers what is left."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    middleware: Any = None
    if kind == "moesif":
        from moesif_declarative import MoesifMiddleware

        middleware = MoesifMiddleware(
            {"APPLICATION_ID": "an-application-id", **REALISTIC},
            BASE_URI=collector,
            ACCESS_LOG=False,
        )

    class Flush(tornado.web.RequestHandler):
        async def get(self) -> None:
            if middleware is not None:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(None, middleware.flush, 60.0)
                self.write(json.dumps(middleware.stats(), default=str))

    application = tornado.web.Application(
        [(r"/v1/orders", Orders), (r"/health", Orders), (r"/flush", Flush)],
        log_function=lambda handler: None,
    )
    if middleware is not None:
        del application.settings["log_function"]
        middleware.install(application)

    async def run() -> None:
        sockets = bind_sockets(0, "127.0.0.1")
        HTTPServer(application).add_sockets(sockets)
        sys.stdout.write(f"{sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    asyncio.run(run())
    if middleware is not None:
        middleware.close()


@dataclass
class Server:
    """A server in a process of its own."""

    port: int
    process: int

    def flush(self) -> dict[str, Any]:
        """Wait until every event so far is delivered; returns the counts."""
        with urlopen(f"http://127.0.0.1:{self.port}/flush", timeout=90) as answer:
            return dict(json.loads(answer.read() or b"{}"))

    def cpu_s(self) -> float:
        """CPU seconds that it has taken so far, in all its threads."""
        after_name = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) * _TICK_S


@contextlib.contextmanager
def _started(*command: str) -> Iterator[tuple[str, int]]:
    """Run a command of ours; gives the first line that it writes, and its process."""
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()


def _request(target: str) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in REQUEST_HEADERS.items())
    head = f"POST {target} HTTP/1.1\r\n{headers}\r\n"
    return head.encode() + REQUEST_BODY


async def _ask(port: int, request: bytes, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()


async def _ask_all(port: int, request: bytes, requests: int, connections: int) -> None:
    each = requests // connections
    await asyncio.gather(*(_ask(port, request, each) for _ in range(connections)))


@dataclass
class Runs:
    """What was measured of one kind."""

    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


def measure(servers: Mapping[str, Server], options: argparse.Namespace) -> dict[str, Runs]:
    """Measure every kind in turn, several times; the first round warms up and is not counted."""
    runs = {name: Runs() for name in KINDS}
    for number in range(options.rounds + 1):
        for name, (kind, target) in KINDS.items():
            server = servers[kind]
            cpu_before, before = server.cpu_s(), time.perf_counter()
            work = _ask_all(server.port, _request(target), options.requests, options.connections)
            asyncio.run(work)
            server.flush()
            taken, cpu = time.perf_counter() - before, server.cpu_s() - cpu_before
            if number:
                runs[name].rates.append(options.requests / taken)
                runs[name].cpu_us.append(cpu / options.requests * 1e6)
    return runs


def _told(runs: Mapping[str, Runs], stats: Mapping[str, Any]) -> str:
    bare = runs["bare"]
    lines = [f"{'':14}{'requests/s':>12}{'of bare':>10}{'spread':>14}{'CPU µs':>10}{'of bare':>10}"]
    for name, found in runs.items():
        ratios = [rate / other for rate, other in zip(found.rates, bare.rates, strict=True)]
        cpu = statistics.median(found.cpu_us)
        lines.append(
            f"{name:14}{statistics.median(found.rates):12.0f}{statistics.median(ratios):10.3f}"
            f"{min(ratios):8.3f}-{max(ratios):.3f}{cpu:10.0f}"
            f"{statistics.median(bare.cpu_us) / cpu:10.3f}"
        )
    counts = {name: stats.get(name) for name in ("captured", "skipped", "sent", "dropped")}
    return "\n".join([*lines, f"the middleware's counts: {counts}", ""])


def main() -> None:
    """Start everything, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--serve", nargs=2, metavar=("KIND", "COLLECTOR"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with contextlib.ExitStack() as stack:
        collector, _ = stack.enter_context(
            _started("-m", "moesif_declarative", "collector", "--port", "0")
        )
        url = collector.removeprefix("Collector: ")
        servers = {}
        for kind in ("bare", "moesif"):
            port, process = stack.enter_context(_started(__file__, "--serve", kind, url))
            servers[kind] = Server(int(port), process)
        runs = measure(servers, options)
        sys.stdout.write(_told(runs, servers["moesif"].flush()))


if __name__ == "__main__":
    main()
