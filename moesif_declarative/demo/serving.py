"""A Tornado application served from a thread of its own, beside code that blocks.

Flows in: an application. Flows out: its address, for as long as the context lasts.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tornado.httpserver import HTTPServer
from tornado.web import Application

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Serving:
    """An application that is being served.

    Attributes:
        port: What it listens on, at 127.0.0.1.
        loop: The event loop of its thread.
    """

    port: int
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, function: Callable[[], _Value]) -> _Value:
        """Run a function on the application's loop and give what it returns.

        A handler finishes, and is logged, in one go on that loop: after a call, whatever was
        answered before it has been logged.
        """
        result: Future[_Value] = Future()

        def run() -> None:
            try:
                result.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed on to the thread that asked
                result.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return result.result()

    def settle(self) -> None:
        """Wait until everything that was answered so far has been logged."""
        self.call(_nothing)


@contextmanager
def serving(app: Application, port: int = 0, **server_options: Any) -> Iterator[Serving]:
    """Serve an application at 127.0.0.1 from a thread, until the context ends.

    Args:
        app: What to serve.
        port: 0 for any that is free.
        **server_options: For Tornado's HTTPServer.

    Raises:
        OSError: It cannot listen there.
    """
    listener = socket.create_server(("127.0.0.1", port))
    listener.setblocking(False)
    started: Future[asyncio.AbstractEventLoop] = Future()
    ended = asyncio.Event()

    async def serve() -> None:
        server = HTTPServer(app, **server_options)
        server.add_socket(listener)
        started.set_result(asyncio.get_running_loop())
        await ended.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="serving", daemon=True)
    thread.start()
    loop = started.result()
    try:
        yield Serving(listener.getsockname()[1], loop)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


def _nothing() -> None:
    """Do nothing, on the loop."""
