"""Applications served from a thread end cleanly, whatever their clients left open."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from moesif_declarative.demo.serving import serving


class Hang(RequestHandler):
    async def get(self) -> None:
        self.set_header("X-Begun", "yes")
        await self.flush()
        await asyncio.Event().wait()


class Socket(WebSocketHandler):
    def open(self, *args: str, **kwargs: str) -> None:
        pass


class Plain(RequestHandler):
    def get(self) -> None:
        self.write("ok")


def make_app(log: Callable[[RequestHandler], None] = lambda handler: None) -> Application:
    routes = [("/hang", Hang), ("/socket", Socket), ("/", Plain)]
    return Application(routes, log_function=log)


UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize(("path", "headers"), [("/", ""), ("/hang", ""), ("/socket", UPGRADE)])
def test_connections_that_are_still_open_do_not_hold_up_the_end(path: str, headers: str) -> None:
    with (
        serving(make_app()) as served,
        socket.create_connection(("127.0.0.1", served.port)) as peer,
    ):
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n".encode())
        assert peer.recv(9) == b"HTTP/1.1 "
        served.settle()
    gc.collect()
    assert "serving" not in {thread.name for thread in threading.enumerate()}


def test_settling_waits_until_what_was_answered_is_logged(request_http: Callable[..., Any]) -> None:
    logged: list[str] = []
    with serving(make_app(lambda handler: logged.append(handler.request.path))) as served:
        for number in range(1, 21):
            request_http("GET", served.url + "/")
            served.settle()
            assert len(logged) == number


def test_what_a_call_on_the_loop_raises_comes_back() -> None:
    with serving(make_app()) as served:
        assert served.call(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            served.call(lambda: 1 // 0)


def test_a_port_in_use_is_told_at_once() -> None:
    with serving(make_app()) as served, pytest.raises(OSError, match="in use"):
        serving(make_app(), served.port).__enter__()
