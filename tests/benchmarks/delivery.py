"""How many events a second leave a full buffer, and what they weigh on the wire.

``python -m tests.benchmarks.delivery`` fills a buffer with encoded events of 3 KB and measures
until the last one has arrived at a collector in a process of its own, on another core: this
package's delivery with batches of 25 (the default), 100 and 250, without a spool and with one, and
moesifapi's own client posting batches of 100 dicts, one after the other: at most what its pool of
workers does, which waits for ticks besides. Each takes its turn in every round, on one core.

The last table is the weight of one batch of 25 beside what gzip's level 6 makes of it.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import logging
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

from moesifapi.configuration import Configuration
from moesifapi.moesif_api_client import MoesifAPIClient

from moesif_declarative.delivery import Delivery, DeliveryOptions, Encoded, MoesifSink
from moesif_declarative.delivery.compression import compressed
from tests.benchmarks.machine import described, stay_on, versions
from tests.benchmarks.processes import running
from tests.benchmarks.realistic import MASKED_BODY, REQUEST_HEADERS, RESPONSE_BODY, RESPONSE_HEADERS

TIME = "2026-01-01T00:00:00.000Z"


def event(number: int) -> bytes:
    """Make an event of about 3 KB, of which the times, ids and some of the bodies differ."""
    sent = {**json.loads(MASKED_BODY), "number": number, "reference": uuid.uuid4().hex}
    answered = {**json.loads(RESPONSE_BODY), "id": str(uuid.uuid4())}
    document = {
        "transaction_id": str(uuid.uuid4()),
        "request": {
            "time": TIME,
            "uri": f"https://api.example.test/v1/orders?page={number}",
            "verb": "POST",
            "headers": dict(REQUEST_HEADERS),
            "body": sent,
        },
        "response": {
            "time": TIME,
            "status": 201,
            "headers": dict(RESPONSE_HEADERS),
            "body": answered,
        },
        "user_id": f"user-{number % 100}",
    }
    return json.dumps(document, separators=(",", ":")).encode()


def deliver(uri: str, events: list[bytes], batch_size: int, spool_dir: str | None = None) -> None:
    """Put all events, and wait until they have arrived."""
    delivery = Delivery(
        encode=Encoded,
        sink=MoesifSink(uri, "an id"),
        options=DeliveryOptions(
            batch_size=batch_size,
            queue_bytes=1 << 30,
            spool_dir=spool_dir,
            spool_max_bytes=1 << 30,
        ),
    )
    for one in events:
        delivery.put(one, len(one))
    delivery.close(None)
    if delivery.stats()["sent"] != len(events):
        raise AssertionError(f"not all were sent: {delivery.stats()}")


def deliver_from_disk(uri: str, events: list[bytes]) -> None:
    """The same with a spool."""
    with tempfile.TemporaryDirectory() as folder:
        deliver(uri, events, 25, folder)


def post(uri: str, events: list[bytes]) -> None:
    """Post batches of 100 with moesifapi's own client."""
    Configuration.BASE_URI = uri
    client = MoesifAPIClient("an id").api
    documents = [json.loads(one) for one in events]
    for start in range(0, len(documents), 100):
        client.create_events_batch(documents[start : start + 100])


CANDIDATES: dict[str, Callable[[str, list[bytes]], None]] = {
    "batches of 25": functools.partial(deliver, batch_size=25),
    "batches of 100": functools.partial(deliver, batch_size=100),
    "batches of 250": functools.partial(deliver, batch_size=250),
    "batches of 25, spool": deliver_from_disk,
    "moesifapi, batches of 100": post,
}


def weights(events: list[bytes]) -> str:
    """Compare one batch's bytes on the wire with gzip's level 6."""
    batch = b"[" + b",".join(events[:25]) + b"]"
    ours, six = len(compressed(batch)), len(gzip.compress(batch, 6))
    return f"{len(batch)} bytes of JSON: {ours} sent, {six} by gzip-6, x{ours / six:.2f}"


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    place = stay_on("application")
    events = [event(number) for number in range(arguments.events)]
    size = statistics.mean(map(len, events))
    sys.stdout.write(f"{described()}; {versions()}\n{len(events)} events of {size:.0f} bytes; ")
    sys.stdout.write(f"the sender on {place}\n\n")
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in CANDIDATES}
    with running("sink") as sink:
        for name in [*CANDIDATES, *list(CANDIDATES) * arguments.rounds]:  # once to warm up
            before = sink.ask("received")
            begun, computed = time.perf_counter(), time.process_time()
            CANDIDATES[name](sink.url, events)
            computed, took_s = time.process_time() - computed, time.perf_counter() - begun
            if sink.ask("received") - before != len(events):
                raise AssertionError(f"{name}: not all arrived")
            rates[name].append((len(events) / took_s, computed / len(events) * 1e6))
    sys.stdout.write(f"{'':28}events/s    from       to    CPU us each\n")
    for name, measured in rates.items():
        per_s = [rate for rate, _ in measured[1:]]
        cpu_us = statistics.median(us for _, us in measured[1:])
        sys.stdout.write(f"{name:26}{statistics.median(per_s):10.0f}{min(per_s):9.0f}")
        sys.stdout.write(f"{max(per_s):9.0f}{cpu_us:14.1f}\n")
    sys.stdout.write(f"\none batch: {weights(events)}\n")
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
