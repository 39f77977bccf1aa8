"""A program that puts events, each with an id of its own, and ends as it is told.

``producer.py COLLECTOR COUNT END [SPOOL_DIR]`` prints the ids that it has put, one a line; when
it is to be killed in the middle, also ``safe N``: so many had arrived or were on disk.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import uuid
from typing import Any

from moesif_declarative.delivery import Delivery, DeliveryOptions, Encoded, MoesifSink

TIME = "2026-01-01T00:00:00.000Z"
BATCH_TIMEOUT_S = 0.1


def event(transaction_id: str) -> bytes:
    message = {"time": TIME, "headers": {}}
    return json.dumps(
        {
            "transaction_id": transaction_id,
            "request": {**message, "uri": "http://api/", "verb": "GET"},
            "response": {**message, "status": 200},
        }
    ).encode()


def made(uri: str, spool_dir: str | None, **options: Any) -> Delivery[str]:
    return Delivery(
        encode=lambda transaction_id: Encoded(event(transaction_id), transaction_id),
        sink=MoesifSink(uri, "id", 2.0),
        options=DeliveryOptions(batch_timeout_s=BATCH_TIMEOUT_S, spool_dir=spool_dir, **options),
    )


def put(delivery: Delivery[str], count: int) -> None:
    for _ in range(count):
        transaction_id = str(uuid.uuid4())
        # One write, so that the lines of several processes do not mix.
        os.write(1, f"{transaction_id}\n".encode())
        delivery.put(transaction_id, 500)


def wait_for(delivery: Delivery[str], **counts: int) -> None:
    pause = threading.Event()
    while any(delivery.stats()[name] != count for name, count in counts.items()):
        pause.wait(0.01)


def end_in_the_middle(delivery: Delivery[str]) -> None:
    """Say what is safe, and kill this process while the lanes are writing and sending."""
    pause = threading.Event()
    safe = 0
    while safe < 500:
        pause.wait(0.001)
        stats = delivery.stats()
        safe = stats["sent"] + stats["spooled"]
    os.write(1, f"safe {safe}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


def stop_the_loop(delivery: Delivery[str], count: int) -> None:
    from tornado.ioloop import IOLoop

    loop = IOLoop.current()
    loop.add_callback(put, delivery, count)
    loop.add_callback(loop.stop)
    loop.start()


def end_by_sigterm(delivery: Delivery[str], count: int) -> None:
    """As Tornado applications handle it: the handler ends the loop, then main returns."""
    import asyncio

    async def main() -> None:
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        put(delivery, count)
        os.kill(os.getpid(), signal.SIGTERM)
        await stopped.wait()

    asyncio.run(main())


def fork_processes(delivery: Delivery[str], count: int) -> None:
    from tornado.process import fork_processes, task_id

    # The parent put something before: it is the parent's to deliver.
    fork_processes(2, max_restarts=0)
    assert delivery.stats()["captured"] == 0, task_id()
    put(delivery, count)


def serve(delivery: Delivery[str], count: int) -> None:
    import asyncio

    from tornado.httpserver import HTTPServer
    from tornado.web import Application

    server = HTTPServer(Application([]))
    server.bind(0, "127.0.0.1")
    server.start(2)

    async def main() -> None:
        put(delivery, count)

    asyncio.run(main())


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    uri, count, end = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    spool_dir = sys.argv[4] if len(sys.argv) > 4 else None
    delivery = made(uri, spool_dir)
    match end:
        case "return":
            put(delivery, count)
        case "sys.exit":
            put(delivery, count)
            sys.exit(0)
        case "close":
            put(delivery, count)
            delivery.close(10)
        case "stop the loop":
            stop_the_loop(delivery, count)
        case "handled SIGTERM":
            end_by_sigterm(delivery, count)
        case "fork_processes":
            put(delivery, count)
            delivery.flush(10)
            fork_processes(delivery, count)
        case "HTTPServer.start":
            serve(delivery, count)
        case "SIGKILL" | "SIGTERM":
            put(delivery, count)
            wait_for(delivery, spooled=count)
            os.kill(os.getpid(), getattr(signal, end))
        case "SIGKILL in the middle":
            threading.Thread(target=end_in_the_middle, args=[delivery], daemon=True).start()
            put(delivery, count)
            wait_for(delivery, sent=count)
        case _:
            raise ValueError(end)


if __name__ == "__main__":
    main()
