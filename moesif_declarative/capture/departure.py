"""Clients that leave before their answer is whole.

Flows in: the requests of an application, as they begin. Flows out: the handler of each whose
client has left, at that moment.

Tornado tells a handler, and nobody else, that its client has left, by the close callback of the
connection; a handler that waits for ever is never finished, and so never logged. While a request's
body is still being read it tells only handlers that take their body as a stream, by the future of
that body.
"""

from __future__ import annotations

import weakref
from asyncio import Future
from collections.abc import Callable
from functools import partial
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler


class _CloseCallback:
    """What the connection is to call at its close in place of what it would have called."""

    __slots__ = ("_found", "_on_left", "handler")

    def __init__(
        self,
        found: Callable[[], None],
        handler: RequestHandler,
        on_left: Callable[[RequestHandler], None],
    ) -> None:
        self._found = found
        self._on_left = on_left
        self.handler = handler

    def __call__(self) -> None:
        try:
            self._found()  # the handler may finish now, and is logged by that
        finally:
            self._on_left(self.handler)


def watch(request: HTTPServerRequest, on_left: Callable[[RequestHandler], None]) -> None:
    """See that it is told when the client of an unfinished request leaves.

    Args:
        request: A request whose handler was made just now. Connections that are not Tornado's
            own, and handlers that set a close callback of their own, are left alone.
        on_left: Called with the handler, on the loop, at most twice for a request. It must not
            raise.
    """
    connection: Any = request.connection
    found = getattr(connection, "_close_callback", None)
    handler = found.handler if isinstance(found, _CloseCallback) else _bound_to(found)
    if handler is None or found is None:
        return
    connection.set_close_callback(_CloseCallback(found, handler, on_left))
    body = getattr(request, "_body_future", None)
    if isinstance(body, Future) and not body.done():
        # Weakly: the future may stay unfinished when the handler ends without it.
        body.add_done_callback(partial(_body_ended, weakref.ref(handler), on_left))


def _bound_to(callback: Any) -> RequestHandler | None:
    handler = getattr(callback, "__self__", None)
    return handler if isinstance(handler, RequestHandler) else None


def _body_ended(
    found: weakref.ref[RequestHandler],
    on_left: Callable[[RequestHandler], None],
    body: Future[None],
) -> None:
    handler = found()
    if handler is None or body.cancelled():
        return
    if isinstance(body.exception(), StreamClosedError):
        on_left(handler)
