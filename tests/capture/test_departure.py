"""Who is told that a client has left."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, RequestHandler

from moesif_declarative.capture.departure import watch


class Connection:
    """As much of a connection as a handler needs."""

    def __init__(self) -> None:
        self.context = SimpleNamespace(remote_ip="127.0.0.1", protocol="http")
        self._close_callback: Callable[[], None] | None = None

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        self._close_callback = callback

    def close(self) -> None:
        if self._close_callback is not None:
            self._close_callback()


class Handler(RequestHandler):
    fails = False
    told = False

    def on_connection_close(self) -> None:
        self.told = True
        if self.fails:
            raise RuntimeError("on purpose")


def request(connection: Any) -> HTTPServerRequest:
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    headers = HTTPHeaders({"Host": "x"})
    return HTTPServerRequest(start_line=line, headers=headers, connection=connection)


def test_the_handler_is_told_first_then_whoever_watches() -> None:
    connection = Connection()
    handler = Handler(Application(), request(connection))
    seen: list[tuple[RequestHandler, bool]] = []
    watch(handler.request, lambda left: seen.append((left, handler.told)))
    watch(handler.request, lambda left: seen.append((left, handler.told)))
    connection.close()
    assert seen == [(handler, True), (handler, True)]


def test_what_the_handler_raises_is_raised_and_whoever_watches_is_told() -> None:
    connection = Connection()
    handler = Handler(Application(), request(connection))
    handler.fails = True
    seen: list[RequestHandler] = []
    watch(handler.request, seen.append)
    with pytest.raises(RuntimeError, match="on purpose"):
        connection.close()
    assert seen == [handler]


def nothing() -> None:
    """A close callback of somebody else's."""


@pytest.mark.parametrize(
    "connection",
    [
        None,
        object(),
        SimpleNamespace(_close_callback=None),
        SimpleNamespace(_close_callback=nothing),
    ],
    ids=["none", "unknown", "nothing to be called", "a callback of somebody else's"],
)
def test_other_connections_are_left_alone(connection: Any) -> None:
    alone = SimpleNamespace(connection=connection)
    before = vars(connection).copy() if isinstance(connection, SimpleNamespace) else None
    watch(alone, lambda _: None)  # type: ignore[arg-type]
    assert before is None or vars(connection) == before
