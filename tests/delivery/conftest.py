"""A world without threads and with a clock that only waiting moves, and a scripted collector."""

from __future__ import annotations

import gzip
import http.server
import json
import socket
import struct
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.delivery import (
    ACCEPTED,
    Answer,
    Delivery,
    DeliveryOptions,
    Encoded,
    MoesifSink,
)
from moesif_declarative.delivery.outcome import Outcome


@dataclass
class RecordingSink:
    """A sink backed by a function from what was sent to an answer."""

    answer: Callable[[str, list[Any]], Answer] = lambda _kind, _items: ACCEPTED
    sent: list[tuple[str, list[Any]]] = field(default_factory=list)
    accepted: list[Any] = field(default_factory=list)
    closed: int = 0

    def send(self, batch: Sequence[bytes]) -> Answer:
        return self._take("event", [event.decode() for event in batch])

    def send_profiles(self, kind: str, documents: Sequence[Mapping[str, Any]]) -> Answer:
        return self._take(kind, [dict(document) for document in documents])

    def close(self) -> None:
        self.closed += 1

    def _take(self, kind: str, items: list[Any]) -> Answer:
        self.sent.append((kind, items))
        answer = self.answer(kind, items)
        if answer.accepted:
            self.accepted += items
        return answer


def encode_text(item: str) -> Outcome:
    return Encoded(item.encode())


class World:
    """Everything a delivery takes from outside, in one thread; its clock moves by waiting."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self.lottery = 1.0
        self.sink = RecordingSink()

    def wait(self, condition: threading.Condition, timeout_s: float) -> None:
        self.waits.append(timeout_s)
        self.now += timeout_s

    def delivery(
        self,
        options: DeliveryOptions | None = None,
        encode: Callable[[str], Outcome] = encode_text,
        **others: Any,
    ) -> Delivery[str]:
        return Delivery(
            encode=encode,
            sink=self.sink,
            options=options or DeliveryOptions(),
            clock=lambda: self.now,
            wait=self.wait,
            random=lambda: self.lottery,
            start=lambda _run: False,
            **others,
        )


@pytest.fixture
def world() -> World:
    return World()


@dataclass(frozen=True)
class Request:
    """What the collector got; `body` is parsed JSON."""

    path: str
    headers: Mapping[str, str]
    body: Any


Act = Callable[["_Handler"], None]


class Collector:
    """A server that answers by script: each request takes the next act, then the last for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Act] = []
        self.connections = 0
        self.released = threading.Event()
        collector = self

        class Handler(_Handler):
            def setup(self) -> None:
                super().setup()
                collector.connections += 1

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    raw = gzip.decompress(raw)
                headers = {name.lower(): value for name, value in self.headers.items()}
                collector.requests.append(Request(self.path, headers, json.loads(raw)))
                collector.next_act()(self)

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                collector.requests.append(Request(self.path, headers, None))
                collector.next_act()(self)

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def events(self) -> list[Any]:
        return [event for request in self.requests for event in request.body]

    def next_act(self) -> Act:
        with self._lock:
            if len(self.script) > 1:
                return self.script.pop(0)
            return self.script[0] if self.script else status(201)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_args: Any) -> None:
        """Say nothing: clients that give up are part of the tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def status(code: int, **headers: str) -> Act:
    def act(handler: _Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    return act


def reset(handler: _Handler) -> None:
    """Close the connection with a reset instead of an answer."""
    handler.close_connection = True
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # Closing `rfile` and `wfile` too: the socket itself closes only after them.
    handler.rfile.close()
    handler.connection.close()


def part(data: bytes) -> Act:
    """Answer with some bytes, then close."""

    def act(handler: _Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(data)

    return act


def trickle(collector: Collector) -> Act:
    """Answer one byte at a time, for ever."""

    def act(handler: _Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
        while not collector.released.wait(0.02):
            handler.wfile.write(b"x")

    return act


def hang(collector: Collector) -> Act:
    """Never answer."""

    def act(handler: _Handler) -> None:
        handler.close_connection = True
        collector.released.wait()

    return act


class Acts:
    """The acts by name, for tests that cannot import this file."""

    status = staticmethod(status)
    reset = staticmethod(reset)
    part = staticmethod(part)
    trickle = staticmethod(trickle)
    hang = staticmethod(hang)


@pytest.fixture
def acts() -> type[Acts]:
    return Acts


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


@pytest.fixture
def dead_uri() -> str:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class Putter:
    """Puts events, each with an id of its own, and knows them all."""

    def __init__(self, delivery: Delivery[str]) -> None:
        self._delivery = delivery
        self.everything: set[str] = set()

    def __call__(self, count: int) -> set[str]:
        """Put so many; gives their ids."""
        ids = [str(uuid.uuid4()) for _ in range(count)]
        self.everything.update(ids)
        for transaction_id in ids:
            self._delivery.put(transaction_id, 500)
        return set(ids)


def encode_event(transaction_id: str) -> Outcome:
    message = {"time": "2026-01-01T00:00:00.000Z", "headers": {}}
    event = {
        "transaction_id": transaction_id,
        "request": {**message, "uri": "http://api/", "verb": "GET"},
        "response": {**message, "status": 200},
    }
    return Encoded(json.dumps(event).encode(), transaction_id)


@pytest.fixture
def made() -> Iterator[Callable[..., tuple[Delivery[str], Putter]]]:
    """Makes deliveries to a real collector: ``delivery, put = made(url, spool_dir)``."""
    deliveries: list[Delivery[str]] = []

    def make(uri: str, spool_dir: Any = None, **options: Any) -> tuple[Delivery[str], Putter]:
        usual = {"batch_timeout_s": 0.1, "spool_dir": str(spool_dir) if spool_dir else None}
        delivery = Delivery(
            encode=encode_event,
            sink=MoesifSink(uri, "id", 1.0),
            options=DeliveryOptions(**{**usual, **options}),
        )
        deliveries.append(delivery)
        return delivery, Putter(delivery)

    yield make
    for delivery in deliveries:
        delivery.close(0)
