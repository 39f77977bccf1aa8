"""A collector that only counts: ``python -m tests.benchmarks.sink [PORT]``.

Flows in: the posts of every candidate, in its own protocol. Flows out: how many events, spans
or transactions arrived, as the answer to ``received``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Final

import orjson
from tornado.web import Application, RequestHandler

from tests.benchmarks.candidates import module
from tests.benchmarks.machine import stay_on
from tests.benchmarks.serving import serve
from tests.benchmarks.usage import own_usage

MAX_POST_BYTES = 1_000_000_000


def moesif_events(body: bytes) -> int:
    """Count the events of a post to Moesif."""
    value = orjson.loads(body)
    return len(value) if isinstance(value, list) else 1


def elastic_transactions(body: bytes) -> int:
    """Count the transactions of a post to Elastic's APM server: lines of JSON."""
    return sum(line.startswith(b'{"transaction"') for line in body.split(b"\n"))


def otlp_spans(body: bytes) -> int:
    """Count the spans of a post by OpenTelemetry: protocol buffers."""
    messages = module("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    request = messages.ExportTraceServiceRequest.FromString(body)
    return sum(
        len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans
    )


def sentry_transactions(body: bytes) -> int:
    """Count the transactions in a Sentry envelope: a head, then items with heads of their own."""
    count = 0
    rest = body.partition(b"\n")[2]
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        head = json.loads(line)
        count += head["type"] == "transaction"
        length = head.get("length")
        rest = rest[length + 1 :] if length is not None else rest.partition(b"\n")[2]
    return count


COUNTERS: Final[dict[str, Callable[[bytes], int]]] = {
    "/v1/events": moesif_events,
    "/v1/events/batch": moesif_events,
    "/intake/v2/events": elastic_transactions,
    "/v1/traces": otlp_spans,
    "/api/1/envelope/": sentry_transactions,
}


class Counting(RequestHandler):
    """Counts what is posted; what is read is empty."""

    def initialize(self, received: list[int]) -> None:
        self.received = received

    def post(self, path: str) -> None:
        counter = COUNTERS.get(path)
        if counter is not None:
            self.received[0] += counter(self.request.body)
        self.set_status(201 if path.startswith("/v1/events") else 200)
        self.write(b"")

    def get(self, path: str) -> None:
        self.write({"version": "8.0.0"} if path == "/" else {})


def _log_nothing(handler: RequestHandler) -> None:
    """Keep quiet."""


def main() -> None:
    """Serve until standard input ends."""
    stay_on("collector")
    received = [0]
    application = Application(
        [(r"(/.*)", Counting, {"received": received})], log_function=_log_nothing
    )
    serve(
        application,
        {"received": lambda: received[0], "usage": own_usage},
        int(sys.argv[1]) if len(sys.argv) > 1 else 0,
        decompress_request=True,
        max_body_size=MAX_POST_BYTES,
        max_buffer_size=MAX_POST_BYTES,
    )


if __name__ == "__main__":
    main()
