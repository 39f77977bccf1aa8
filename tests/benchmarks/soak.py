"""A soak: many events through random faults, produced against received by transaction id.

``python tests/benchmarks/soak.py [EVENTS]`` (a million) starts the collector in its own process
with random faults on a third of all posts, puts events as fast as the bounds allow, kills
nothing, and prints what became of them. The faults are replaced every few seconds: outages,
throttling, resets, half answers, slow ones. With ``--no-spool``, memory alone holds them.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moesif_declarative.delivery import Delivery, DeliveryOptions, Encoded, MoesifSink

FAULTS: list[dict[str, Any]] = [
    {"mode": "off"},
    {"mode": "random", "rate": 0.3, "seconds": 0.05},
    {"mode": "503"},
    {"mode": "429", "rate": 0.5, "retry_after": "1"},
    {"mode": "reset", "rate": 0.5},
    {"mode": "half", "rate": 0.3},
    {"mode": "slow", "seconds": 0.05},
    {"mode": "hang", "rate": 0.05, "seconds": 1},
    {"mode": "413", "over_bytes": 5_000, "rate": 0.2},
]
BATCH_SIZE = 200
MOST_WAITING = 60_000
BODY = {"name": "an example", "numbers": [1, 2, 3], "text": "x" * 300}


@contextmanager
def collector() -> Iterator[str]:
    command = [sys.executable, "-m", "moesif_declarative", "collector", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("Collector: ").strip()
        process.terminate()


def read(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def set_faults(url: str, faults: dict[str, Any]) -> None:
    body = json.dumps({**faults, "on": "posts"}).encode()
    request = urllib.request.Request(url + "/control/chaos.json", body, method="PUT")
    with urllib.request.urlopen(request) as answer:
        answer.read()


def keep_changing_faults(url: str, stop: threading.Event, lottery: random.Random) -> None:
    while not stop.is_set():
        set_faults(url, lottery.choice(FAULTS))
        stop.wait(lottery.uniform(0.5, 3.0))
    set_faults(url, {"mode": "off"})


def encode(transaction_id: str) -> Encoded:
    message = {"time": "2026-01-01T00:00:00.000Z", "headers": {"A": "b"}, "body": BODY}
    event = {
        "transaction_id": transaction_id,
        "request": {**message, "uri": "http://api.example/things?a=b", "verb": "POST"},
        "response": {**message, "status": 200},
    }
    return Encoded(json.dumps(event).encode(), transaction_id)


def put_all(delivery: Delivery[str], count: int) -> set[bytes]:
    produced = set()
    pause = threading.Event()
    for number in range(count):
        transaction_id = uuid.uuid4()
        produced.add(transaction_id.bytes)
        delivery.put(str(transaction_id), 1_000)
        # What is to be shown is that nothing is lost, not that overflow drops what it should.
        if number % 1_000 == 0:
            while (stats := delivery.stats())["queued"] + stats["spooled"] > MOST_WAITING:
                pause.wait(0.02)
    return produced


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--no-spool", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    stop = threading.Event()
    with collector() as url, tempfile.TemporaryDirectory() as spool_dir:
        delivery = Delivery(
            encode=encode,
            sink=MoesifSink(url, "soak", 2.0),
            options=DeliveryOptions(
                batch_size=BATCH_SIZE, spool_dir=None if arguments.no_spool else spool_dir
            ),
        )
        changing = threading.Thread(
            target=keep_changing_faults, args=(url, stop, random.Random(arguments.seed))
        )
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.monotonic()
        changing.start()
        produced = put_all(delivery, arguments.events)
        stop.set()
        changing.join()
        complete = delivery.close(600)
        took_s = time.monotonic() - begun
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        received = {uuid.UUID(key).bytes: n for key, n in read(url + "/transactions.json").items()}
        stats, answers = delivery.stats(), read(url + "/stats.json")
    lost = len(produced - received.keys())
    figures = {
        "events": len(produced),
        "seconds": round(took_s, 1),
        "events a second": round(len(produced) / took_s),
        "lost": lost,
        "received twice or more (same id)": sum(n > 1 for n in received.values()),
        "received and never produced": len(received.keys() - produced),
        "sent again": stats["retried"],
        "dropped": stats["dropped"],
        "peak memory in MiB": round(peak_kib / 1024),
        "of that before the first event": round(before_kib / 1024),
        "of that the ids, kept to compare": round(len(produced) * 100 / 2**20),
        "answers by the collector": answers.get("answers", answers),
    }
    for name, figure in figures.items():
        sys.stdout.write(f"{name}: {figure}\n")
    return 0 if complete and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
