"""The collector as a Tornado application, and as a server that runs until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from moesif_declarative.collector.control import ChaosControlHandler, ServedControlHandler
from moesif_declarative.collector.handler import Collector, UnknownHandler
from moesif_declarative.collector.intake import PostHandler, ReadHandler
from moesif_declarative.collector.kinds import KINDS
from moesif_declarative.collector.listing import (
    EventHandler,
    ListHandler,
    StatsHandler,
    TransactionsHandler,
)
from moesif_declarative.collector.page import PageHandler
from moesif_declarative.collector.payload import MAX_BATCH_BYTES

# Above the largest batch, so that a body somewhat too large gets its 413 instead of a closed
# connection.
MAX_BODY_BYTES = MAX_BATCH_BYTES + 20_000_000


def make_app(collector: Collector) -> Application:
    """Make the collector's application.

    Moesif's endpoints answer under any path that ends as theirs do: clients may be given a
    proxy's base, ``http://host/collector``.

    Args:
        collector: Its state.
    """
    plurals = "|".join(KINDS)
    state = {"collector": collector}
    return Application(
        [
            (rf"(?:/.*)?/v1/({plurals})(/batch)?/?", PostHandler, state),
            (r"(?:/.*)?/v1/(config|rules)/?", ReadHandler, state),
            (rf"/({plurals})\.json", ListHandler, state),
            (r"/events/([^/]+)\.json", EventHandler, state),
            (r"/transactions\.json", TransactionsHandler, state),
            (r"/stats\.json", StatsHandler, state),
            (r"/control/(config|rules)\.json", ServedControlHandler, state),
            (r"/control/chaos\.json", ChaosControlHandler, state),
            (r"/", PageHandler, state),
        ],
        default_handler_class=UnknownHandler,
        default_handler_args=state,
        log_function=_log_nothing,
    )


async def serve_collector(
    collector: Collector, port: int, listening: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        collector: Its state; `Collector.host` is what it listens on.
        port: The port, 0 for any that is free.
        listening: Called with the collector's address once it takes connections.

    Raises:
        OSError: It cannot listen there.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    sockets = bind_sockets(port, collector.host)
    server = HTTPServer(
        make_app(collector), max_body_size=MAX_BODY_BYTES, max_buffer_size=MAX_BODY_BYTES
    )
    server.add_sockets(sockets)
    host = f"[{collector.host}]" if ":" in collector.host else collector.host
    try:
        listening(f"http://{host}:{sockets[0].getsockname()[1]}")
        await ended.wait()
    finally:
        server.stop()
        await server.close_all_connections()


def _log_nothing(handler: RequestHandler) -> None:
    """Keep Tornado's access log quiet: every post would be a line."""
