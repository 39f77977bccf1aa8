"""Answers that take long: event streams, downloads, uploads, and clients that leave early."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import tornado.web
from tornado.iostream import StreamClosedError

from tests.conftest import wait_until

EVENT = b'data: {"n": 1}\n\n'


class Events(tornado.web.RequestHandler):
    """Sends one event, then waits for ever, or until it is released."""

    released: asyncio.Event
    began = 0

    def initialize(self, then: str = "waits") -> None:
        self.then = then

    async def get(self) -> None:
        type(self).began += 1
        self.set_header("Content-Type", "text/event-stream")
        if self.then == "writes nothing":
            await self.released.wait()
            return
        self.write(EVENT)
        await self.flush()
        await self.released.wait()
        if self.then == "fails":
            raise RuntimeError("on purpose")
        if self.then == "goes on":
            while True:
                self.write(EVENT)
                await self.flush()
        self.set_header("X-Late", "nobody gets this")
        self.write(EVENT)

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Keep the test's output free of what is on purpose."""
        assert isinstance(value, RuntimeError | StreamClosedError), value


class Cleans(Events):
    """Finishes by itself when its client leaves."""

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self.finish()


class Trickle(tornado.web.RequestHandler):
    async def get(self, count: str, size: str) -> None:
        self.set_header("Content-Type", "text/plain")
        for _ in range(int(count)):
            self.write("x" * int(size))
            await self.flush()


class BreaksOff(tornado.web.RequestHandler):
    async def get(self) -> None:
        self.write("so far")
        await self.flush()
        raise RuntimeError("on purpose")

    def log_exception(self, *args: Any) -> None:
        """Keep the test's output free of what is on purpose."""


class FinishesTwice(tornado.web.RequestHandler):
    def get(self) -> None:
        self.finish("once")
        self.finish("twice")

    def log_exception(self, *args: Any) -> None:
        """Keep the test's output free of what is on purpose."""


class Detaches(tornado.web.RequestHandler):
    async def get(self) -> None:
        stream = self.detach()
        await stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        stream.close()


@tornado.web.stream_request_body
class Upload(tornado.web.RequestHandler):
    received = 0

    def data_received(self, chunk: bytes) -> None:
        type(self).received += len(chunk)

    def put(self) -> None:
        self.write({"received": self.received})


ROUTES: list[Any] = [
    ("/waits", Events),
    ("/nothing", Events, {"then": "writes nothing"}),
    ("/fails", Events, {"then": "fails"}),
    ("/goes-on", Events, {"then": "goes on"}),
    ("/cleans", Cleans),
    (r"/trickle/(\d+)/(\d+)", Trickle),
    ("/breaks-off", BreaksOff),
    ("/finishes-twice", FinishesTwice),
    ("/detaches", Detaches),
    ("/upload", Upload),
]


@pytest.fixture
def api(start_api: Callable[..., Any]) -> Any:
    Events.released = asyncio.Event()
    Events.began = Upload.received = 0
    return start_api(app=tornado.web.Application(ROUTES), MASK_REMARKS=True)


@contextmanager
def connection(api: Any, *lines: str, body: bytes = b"") -> Iterator[socket.socket]:
    """A client that has sent a request, and leaves at the end without a word."""
    parts = urlsplit(api.url)
    client = socket.create_connection((parts.hostname, parts.port), 10)
    client.sendall("\r\n".join([*lines, "Host: x", "", ""]).encode() + body)
    try:
        yield client
    finally:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def read_until(client: socket.socket, end: bytes) -> bytes:
    got = b""
    while end not in got:
        piece = client.recv(65_536)
        assert piece, got
        got += piece
    return got


def leave(api: Any, path: str, after: bytes = EVENT) -> None:
    with connection(api, f"GET {path} HTTP/1.1") as client:
        if after:
            read_until(client, after)
        else:
            assert wait_until(lambda: Events.began == 1)
    assert wait_until(lambda: api.moesif.stats()["captured"] == 1)


def summary(event: dict[str, Any]) -> tuple[str, int, bytes]:
    body = event["response"].get("body", "")
    path = urlsplit(event["request"]["uri"]).path
    return path, event["response"]["status"], b64decode(body)


def test_an_event_stream_whose_client_leaves_is_logged_then(api: Any) -> None:
    leave(api, "/waits")
    [event] = api.events(1)
    assert summary(event) == ("/waits", 200, EVENT)
    assert event["action_name"] == "/waits"
    assert event["response"]["headers"]["Content-Type"] == "text/event-stream"
    assert event["response"]["headers"]["X-Moesif-Transaction-Id"] == event["transaction_id"]


@pytest.mark.parametrize("path", ["/waits", "/fails", "/goes-on"])
def test_what_the_handler_does_after_that_is_not_logged_again(api: Any, path: str) -> None:
    leave(api, path)
    api.serving.call(Events.released.set)
    [event] = api.events(1)
    assert summary(event) == (path, 200, EVENT)
    assert "X-Late" not in event["response"]["headers"]
    api.serving.settle()
    assert api.moesif.stats()["captured"] == 1


def test_a_client_that_leaves_before_anything_was_written_is_logged(api: Any) -> None:
    leave(api, "/nothing", after=b"")
    [event] = api.events(1)
    assert summary(event) == ("/nothing", 200, b"")
    api.serving.call(Events.released.set)
    api.serving.settle()
    assert api.moesif.stats()["captured"] == 1


def test_a_handler_that_finishes_when_its_client_leaves_is_logged_once(api: Any) -> None:
    leave(api, "/cleans")
    [event] = api.events(1)
    assert summary(event) == ("/cleans", 200, EVENT)
    api.serving.settle()
    assert api.moesif.stats()["captured"] == 1


def test_an_event_stream_that_ends_is_logged_at_its_end(api: Any) -> None:
    with connection(api, "GET /waits HTTP/1.1") as client:
        read_until(client, EVENT)
        api.serving.settle()
        assert api.moesif.stats()["captured"] == 0
        api.serving.call(Events.released.set)
        read_until(client, b"0\r\n\r\n")
    [event] = api.events(1)
    assert summary(event) == ("/waits", 200, EVENT * 2)
    assert api.moesif.stats()["captured"] == 1


def test_thousands_of_small_pieces_are_one_body(api: Any) -> None:
    api.call("GET", "/trickle/10000/3")
    [event] = api.events(1)
    assert summary(event) == ("/trickle/10000/3", 200, b"x" * 30_000)


def test_a_long_download_is_logged_without_its_body(api: Any) -> None:
    api.call("GET", "/trickle/100/50000")
    [event] = api.events(1)
    assert summary(event) == ("/trickle/100/50000", 200, b"")
    assert event["metadata"]["moesif_body_sizes"] == {"response": 5_000_000}


def test_an_answer_that_breaks_off_is_logged_once_as_far_as_it_came(api: Any) -> None:
    with connection(api, "GET /breaks-off HTTP/1.1") as client:
        read_until(client, b"so far")
        assert wait_until(lambda: api.moesif.stats()["captured"] == 1)
    [event] = api.events(1)
    assert summary(event) == ("/breaks-off", 200, b"so far")


def test_an_answer_that_is_finished_twice_is_logged_once(api: Any) -> None:
    assert api.call("GET", "/finishes-twice").body == b"once"
    [event] = api.events(1)
    assert summary(event) == ("/finishes-twice", 200, b"once")


def test_a_detached_connection_is_the_handlers_own(api: Any) -> None:
    """Tornado finishes no such request, so that nobody is told of it."""
    assert api.call("GET", "/detaches").body == b"ok"
    api.events(0)


def test_requests_in_one_go_are_logged_one_by_one(api: Any) -> None:
    more = b"".join(
        f"GET /trickle/{count}/1 HTTP/1.1\r\nHost: x\r\n\r\n".encode() for count in (2, 3)
    )
    with connection(api, "GET /trickle/1/1 HTTP/1.1", body=more) as client:
        got = b""
        while got.count(b"0\r\n\r\n") < 3:
            got += client.recv(65_536)
    events = api.events(3)
    assert [summary(event)[2] for event in events] == [b"x", b"xx", b"xxx"]
    assert len({event["transaction_id"] for event in events}) == 3


def test_a_body_that_is_taken_as_a_stream_is_not_captured(api: Any) -> None:
    answer = api.call("PUT", "/upload", b"x" * 300_000)
    [event] = api.events(1)
    assert answer.json() == event["response"]["body"] == {"received": 300_000}
    assert "body" not in event["request"]
    assert event["request"]["headers"]["Content-Length"] == "300000"


def test_a_client_that_leaves_during_such_an_upload_is_logged(api: Any) -> None:
    with connection(api, "PUT /upload HTTP/1.1", "Content-Length: 1000", body=b"x" * 10):
        assert wait_until(lambda: Upload.received == 10)
    assert wait_until(lambda: api.moesif.stats()["captured"] == 1)
    [event] = api.events(1)
    assert summary(event) == ("/upload", 200, b"")
    assert "body" not in event["request"]


def test_two_middlewares_log_a_departure_once_each(
    api: Any, start_api: Callable[..., Any], collector: Any
) -> None:
    other = start_api(app=api.application, APPLICATION_ID="other-id-of-the-tests")
    leave(api, "/waits")
    assert wait_until(lambda: other.moesif.stats()["captured"] == 1)
    assert other.moesif.flush(10)
    first, second = api.events(2)
    assert summary(first) == summary(second) == ("/waits", 200, EVENT)
    assert first["transaction_id"] == second["transaction_id"]
    assert json.dumps(first["response"]["headers"]) == json.dumps(second["response"]["headers"])
