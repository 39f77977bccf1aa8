"""A client that asks as fast as it is answered, or at a fixed rate.

Flows in: a port and a request as bytes. Flows out: a `Load`: how long each answer took. It does
as little as can be done in Python for a request, so that one core of it keeps several of the
server's busy; `Load.busy` tells how near it came to its own limit.
"""

from __future__ import annotations

import asyncio
import gc
import random
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What a client saw.

    Attributes:
        latencies_s: How long each answer took, from when it was due to be asked for.
        failed: Answers that were no success.
        unanswered: Requests that were still without an answer when the client gave up; their
            latency is what they had waited until then.
        seconds: From the first request to the last answer.
        busy: The share of that time that the client computed, 0 to 1.
    """

    latencies_s: list[float]
    failed: int
    unanswered: int
    seconds: float
    busy: float

    @property
    def requests(self) -> int:
        """How many were answered."""
        return len(self.latencies_s) - self.unanswered

    def percentile_s(self, share: float) -> float:
        """The time within which this share of the answers came, 0 to 1."""
        ordered = sorted(self.latencies_s)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, request: bytes, answered: Callable[[_Connection, bool], None]) -> None:
        self.due_at = 0.0
        self._request = request
        self._answered = answered
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, due_at: float) -> None:
        """Send the request that was due at a time."""
        self.due_at = due_at
        assert self._transport is not None
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(_END)
        length = _LENGTH.search(head) if end else None
        if length is not None and len(body) >= int(length[1]):
            self._answer = b""
            self._answered(self, head.startswith(b"HTTP/1.1 2"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


@dataclass
class _Run:
    """One run: its connections, what was due and what was answered.

    Attributes:
        ends_at: When nothing more is asked.
        gap_s: Gives the time to the next request; None: each follows its answer.
    """

    ends_at: float
    gap_s: Callable[[], float] | None
    connections: list[_Connection] = field(default_factory=list)
    idle: list[_Connection] = field(default_factory=list)
    waiting: deque[float] = field(default_factory=deque)
    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0
    unanswered: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self, connection: _Connection, success: bool) -> None:
        """Note an answer; ask again, or rest."""
        now = time.perf_counter()
        self.latencies_s.append(now - connection.due_at)
        self.failed += not success
        if self.waiting:
            connection.ask(self.waiting.popleft())
        elif self.gap_s is None and now < self.ends_at:
            connection.ask(now)
        else:
            self.idle.append(connection)
            self._end_if_idle(now)

    def begin(self) -> None:
        """Ask on every connection, or begin to ask at the rate."""
        now = time.perf_counter()
        if self.gap_s is None:
            self.waiting.extend([now] * len(self.connections))
            self._ask_waiting()
        else:
            self._ask_due(now)

    def _ask_due(self, due_at: float) -> None:
        now = time.perf_counter()
        assert self.gap_s is not None
        while due_at <= now:
            self.waiting.append(now)
            due_at += self.gap_s()
        self._ask_waiting()
        loop = asyncio.get_running_loop()
        if due_at < self.ends_at:
            loop.call_later(due_at - now, self._ask_due, due_at)
        else:
            loop.call_later(self.ends_at - now, self._end_if_idle, self.ends_at)

    def _end_if_idle(self, now: float) -> None:
        if now >= self.ends_at and len(self.idle) == len(self.connections):
            self.done.set()

    def _ask_waiting(self) -> None:
        while self.waiting and self.idle:
            self.idle.pop().ask(self.waiting.popleft())

    def give_up(self) -> None:
        """Count what was never answered as if it were answered now."""
        now = time.perf_counter()
        open_ones = [c.due_at for c in self.connections if c not in self.idle]
        self.latencies_s += [now - due_at for due_at in (*open_ones, *self.waiting)]
        self.unanswered = len(open_ones) + len(self.waiting)


async def _run(
    port: int, request: bytes, seconds: float, connections: int, gap_s: Callable[[], float] | None
) -> Load:
    loop = asyncio.get_running_loop()
    run = _Run(0.0, gap_s)
    for _ in range(connections):
        made = await loop.create_connection(
            lambda: _Connection(request, run.answered), "127.0.0.1", port
        )
        run.connections.append(made[1])
    run.idle = list(run.connections)
    computed, started_at = time.process_time(), time.perf_counter()
    run.ends_at = started_at + seconds
    run.begin()
    try:
        await asyncio.wait_for(run.done.wait(), 2 * seconds + 1.0)
    except TimeoutError:
        run.give_up()
    taken = time.perf_counter() - started_at
    for connection in run.connections:
        connection.close()
    busy = (time.process_time() - computed) / taken
    return Load(run.latencies_s, run.failed, run.unanswered, taken, busy)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Keep the garbage collector from pausing the client."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def as_fast_as_answered(port: int, request: bytes, seconds: float, connections: int) -> Load:
    """Ask on every connection again as soon as it is answered."""
    with _without_collections():
        return asyncio.run(_run(port, request, seconds, connections, None))


def at_rate(
    port: int, request: bytes, seconds: float, connections: int, rate: float, *, even: bool = True
) -> Load:
    """Ask so many times a second, whether or not the answers keep up.

    Args:
        port: Where, on this machine.
        request: The request as bytes.
        seconds: How long.
        connections: How many requests are open at most; what is due beyond waits its turn,
            and its time counts.
        rate: Requests a second.
        even: At even distances; else at random ones, as independent clients ask.
    """
    lottery = random.Random(1)
    gap_s = (lambda: 1 / rate) if even else (lambda: lottery.expovariate(rate))
    with _without_collections():
        return asyncio.run(_run(port, request, seconds, connections, gap_s))
