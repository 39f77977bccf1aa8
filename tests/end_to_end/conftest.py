"""One Tornado API with every kind of answer, logged to the real collector."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import tornado.web
import tornado.websocket

from moesif_declarative import MoesifMiddleware


class Echo(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write({"path": self.request.path, "token": "response-canary"})

    def post(self) -> None:
        self.set_header("Content-Type", self.request.headers.get("Content-Type", "text/plain"))
        self.write(self.request.body)

    put = post

    def head(self) -> None:
        self.write("never sent")


class Status(tornado.web.RequestHandler):
    def get(self, status: str) -> None:
        self.set_status(int(status))
        if status not in {"204", "304"}:
            self.write("some text")


class Chunks(tornado.web.RequestHandler):
    async def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        for piece in ('{"a":', "1", "}"):
            self.write(piece)
            await self.flush()
            await asyncio.sleep(0.02)


class Headers(tornado.web.RequestHandler):
    def get(self) -> None:
        self.add_header("X-Many", "one")
        self.add_header("X-Many", "two")
        self.set_cookie("sid", "cookie-canary")
        self.set_cookie("theme", "dark")
        self.write("ok")


class Fails(tornado.web.RequestHandler):
    def get(self) -> None:
        raise RuntimeError("on purpose")

    def log_exception(self, *args: Any) -> None:
        """Keep the test's output free of the traceback that is on purpose."""


class Finishes(tornado.web.RequestHandler):
    finished: list[str] = []  # noqa: RUF012 - one list on purpose: what on_finish was called for

    def get(self, name: str) -> None:
        self.write(name)

    def on_finish(self) -> None:
        self.finished.append(self.request.path)


class Large(tornado.web.RequestHandler):
    def get(self, size: str) -> None:
        self.write("x" * int(size))


class Socket(tornado.websocket.WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


ROUTES: list[Any] = [
    (r"/echo", Echo),
    (r"/status/(\d+)", Status),
    (r"/chunks", Chunks),
    (r"/headers", Headers),
    (r"/fails", Fails),
    (r"/finishes/(?P<name>[a-z]+)", Finishes),
    (r"/large/(\d+)", Large),
    (r"/socket", Socket),
]


@pytest.fixture
def routes() -> list[Any]:
    """The routes of the API, for a test that makes its own application."""
    return ROUTES


@dataclass
class Api:
    """A served API, its middleware, and the collector behind it."""

    url: str
    moesif: MoesifMiddleware
    collector: Any
    serving: Any
    request: Callable[..., Any]
    application: tornado.web.Application

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Make a request; header names with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(method, self.url + path, body, sent)

    def events(self, count: int) -> list[dict[str, Any]]:
        """The events in the order of their calls, once all of them are delivered."""
        self.serving.settle()
        assert self.moesif.flush(10)
        events: list[dict[str, Any]] = self.collector.events(count)
        return sorted(events, key=lambda event: event["request"]["time"])


@pytest.fixture
def start_api(
    collector: Any, serve: Any, request_http: Callable[..., Any]
) -> Iterator[Callable[..., Api]]:
    """Starts APIs: ``start_api(SKIP=…)`` with keyword arguments, or with a source first."""
    started: list[MoesifMiddleware] = []

    def start(source: Any = None, *, arm: str = "install", app: Any = None, **settings: Any) -> Api:
        if source is None:
            source = {"APPLICATION_ID": "id-of-the-tests", "BASE_URI": collector.url, **settings}
            settings = {}
        moesif = MoesifMiddleware(source, **settings)
        started.append(moesif)
        options: dict[str, Any] = {}
        if arm == "log_function":
            options["log_function"] = moesif.log_event
        application = app or tornado.web.Application(ROUTES, **options)
        if arm == "install":
            moesif.install(application)
        serving = serve(application)
        return Api(serving.url, moesif, collector, serving, request_http, application)

    yield start
    for moesif in started:
        moesif.close(5)
