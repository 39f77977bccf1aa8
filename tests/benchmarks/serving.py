"""A Tornado application served in a process of its own, and asked by lines on standard input.

Flows in: the application and what it can be asked, each a function. Flows out: on standard
output its port, then one line of JSON for each line that comes in.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

Commands: TypeAlias = Mapping[str, Callable[[], Any]]


def serve(application: Application, commands: Commands, port: int = 0, **options: Any) -> None:
    """Serve until standard input ends.

    Args:
        application: What is served, on this machine's loopback address.
        commands: What can be asked: a word, and what gives the answer, in a thread of its own.
        port: The port; 0: one that is free.
        **options: Tornado's options of its HTTP server.
    """
    asyncio.run(_run(application, commands, port, options))


async def _run(
    application: Application, commands: Commands, port: int, options: Mapping[str, Any]
) -> None:
    sockets = bind_sockets(port, "127.0.0.1")
    HTTPServer(application, **options).add_sockets(sockets)
    _say(sockets[0].getsockname()[1])
    loop = asyncio.get_running_loop()
    threading.Thread(target=_answer, args=(commands, loop), daemon=True).start()
    await asyncio.Event().wait()


def _answer(commands: Commands, loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        # A request is logged after its answer has gone: what is asked now comes after that.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
        _say(commands[line.strip()]())
    # At once: what a candidate would still send must not take the core from the next one.
    os._exit(0)


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()
