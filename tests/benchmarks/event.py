"""What one event costs in one process: built, masked and encoded, beside orjson's share of it.

Run it with ``python tests/benchmarks/event.py``; ``--rounds`` and ``--events`` set how long it
takes. Times are CPU times. Every round measures every rule set and the yardstick in turn, so
that a busy machine slows all of them; the least and the spread of the rounds are printed. The
yardstick is what nobody can do without: orjson parses both bodies and writes the event.

The last table is a large document under many masks, against one plain walk over it.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record, json_text
from moesif_declarative.errors import Problems
from moesif_declarative.event import build_event
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.startup import start


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


TOKEN = ".".join(
    (
        _part({"alg": "HS256", "typ": "JWT"}),
        _part({"sub": "user-4711", "org": "company-12", "iat": 1714558830}),
        "c2lnbmF0dXJlIG9mIHRoaXJ0eS10d28gYnl0ZXMgaGVyZQ",
    )
)
REQUEST_BODY = json.dumps(
    {
        "order": {
            "customer": {"email": "kim@example.test", "name": "Kim Doe", "vip": True},
            "password": "hunter2",
            "items": [
                {"sku": f"SKU-{number:05d}", "quantity": number, "price": 12.5 + number}
                for number in range(12)
            ],
            "shipping": {"street": "1 Long Road", "city": "Town", "zip": "12345"},
            "note": "Please ring twice. " * 8,
        }
    }
).encode()
RESPONSE_BODY = json.dumps(
    {
        "id": "6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11",
        "status": "accepted",
        "lines": [
            {"sku": f"SKU-{number:05d}", "in_stock": True, "total": 25.5 * number}
            for number in range(12)
        ],
        "message": "Thank you for your order. " * 12,
    }
).encode()
CLEAN_BODY = REQUEST_BODY.replace(b"password", b"passages")
REQUEST_HEADERS = {
    "Host": "api.example.test",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Content-Type": "application/json",
    "Content-Length": str(len(REQUEST_BODY)),
    "Authorization": f"Bearer {TOKEN}",
    "X-Company-Id": "company-12",
    "X-Request-Id": "2f1c3c1e-8d57-4a1e-9f61-1d2f6e1f0a11",
}
RESPONSE_HEADERS = {
    "Server": "TornadoServer/6.4",
    "Content-Type": "application/json; charset=UTF-8",
    "Date": "Wed, 01 May 2024 10:20:30 GMT",
    "Content-Length": str(len(RESPONSE_BODY)),
}
FIELDS = {"fields": {"field": ["password", "card_number", "ssn"], "action": "redact"}}
REALISTIC: dict[str, Any] = {
    "IDENTIFY_USER": {"token": {"jwt": "sub"}},
    "IDENTIFY_COMPANY": {"by_header": {"header": "X-Company-Id"}},
    "SKIP": {"health": {"path": ["/health", "/ping"]}, "options": {"method": "OPTIONS"}},
    "GET_METADATA": {"request_id": {"header": "X-Request-Id"}, "region": {"value": "eu-1"}},
    "MASK_EVENT_MODEL": FIELDS,
    "MASK_PRESETS": ["credentials"],
}
NONE: dict[str, Any] = {"MASK_PRESETS": [], "AUTHORIZATION_HEADER_NAME": ""}


@dataclass(frozen=True)
class Case:
    """One rule set, and the request body that it sees."""

    name: str
    settings: Mapping[str, Any]
    request_body: bytes = REQUEST_BODY


CASES = (
    Case("no rules", NONE),
    Case("field masks, one hit", {**NONE, "MASK_EVENT_MODEL": FIELDS}),
    Case("field masks, no hit", {**NONE, "MASK_EVENT_MODEL": FIELDS}, CLEAN_BODY),
    Case("credentials, one hit", {**NONE, "MASK_PRESETS": ["credentials"]}),
    Case("credentials, no hit", {**NONE, "MASK_PRESETS": ["credentials"]}, CLEAN_BODY),
    Case("regex, no hit", {**NONE, "MASK_EVENT_MODEL": {"r": {"regex": "acct-[0-9]{6,}"}}}),
    Case(
        "all presets",
        {
            **NONE,
            "MASK_PRESETS": [
                *("credentials", "credit_cards", "emails", "ip_addresses"),
                *("us_ssn", "iban", "phone_numbers"),
            ],
        },
    ),
    Case("realistic, one hit", REALISTIC),
    Case("realistic, no hit", REALISTIC, CLEAN_BODY),
)


def _hooks(settings: Mapping[str, Any]) -> Hooks:
    problems = Problems()
    source = {"APPLICATION_ID": "an-application-id", **settings}
    compiled = start(source, {}, problems, environ={})
    if compiled is None:
        sys.exit("\n".join(map(str, problems.errors)))
    return compiled.hooks


def _record(request_body: bytes, response_body: bytes) -> Record:
    return Record(
        method="POST",
        scheme="https",
        host="api.example.test",
        target="/v1/orders?page=2&sort=name",
        remote_ip="203.0.113.9",
        request_headers=HTTPHeaders(REQUEST_HEADERS),
        request_body=request_body,
        request_size=len(request_body),
        status=201,
        reason="Created",
        response_headers=HTTPHeaders(RESPONSE_HEADERS),
        response_body=response_body,
        response_size=len(response_body),
        response_encoding="",
        started_at=time.time(),
        duration_s=0.0125,
        route="/v1/orders",
        path_args=(),
        path_kwargs={},
        handler_class="shop.handlers.OrderHandler",
        transaction_id=str(uuid.uuid4()),
    )


def build_all(hooks: Hooks, records: list[Record]) -> int:
    """Build, mask and encode the event of every record; returns bytes."""
    size = 0
    for record in records:
        call = Call(record, hooks.view)
        findings = Findings()
        hooks.run_on_loop(call, findings)
        event = build_event(call, findings, hooks)
        size += len(json_text.encode(event.document))
    return size


def parse_and_dump(event: dict[str, Any], records: list[Record]) -> int:
    """Parse both bodies with orjson and write the event with them; returns bytes."""
    size = 0
    request, response = event["request"], event["response"]
    for record in records:
        request["body"] = orjson.loads(record.request_body or b"")
        response["body"] = orjson.loads(record.response_body or b"")
        size += len(orjson.dumps(event))
    return size


def _document(hooks: Hooks, record: Record) -> dict[str, Any]:
    call = Call(record, hooks.view)
    return call.document


def _timed(work: Callable[[], Any], events: int) -> float:
    gc.collect()
    gc.disable()
    start_at = time.process_time()
    work()
    taken = time.process_time() - start_at
    gc.enable()
    return taken / events * 1e6


def _measure(works: Mapping[str, Callable[[], Callable[[], Any]]], rounds: int, events: int) -> Any:
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, prepare in works.items():
            taken[name].append(_timed(prepare(), events))
    return taken


def _row(name: str, values: list[float], yardstick: list[float]) -> str:
    ratios = [value / other for value, other in zip(values, yardstick, strict=True)]
    low, middle, high = min(values), statistics.median(values), max(values)
    return (
        f"{name:24} {low:8.1f} {middle:8.1f} {high:8.1f}"
        f" {low / min(yardstick):8.2f} {statistics.median(ratios):8.2f}"
        f" {min(ratios):6.2f}-{max(ratios):.2f}"
    )


_HEAD = f"{'µs':24} {'least':>8} {'median':>8} {'most':>8} {'x least':>8} {'x median':>8}   spread"


def small_events(rounds: int, events: int) -> None:
    """Print what one event with two bodies of 1 KB costs under each rule set."""
    hooks = {case.name: _hooks(case.settings) for case in CASES}

    def records(body: bytes) -> list[Record]:
        return [_record(body, RESPONSE_BODY) for _ in range(events)]

    def prepare(case: Case) -> Callable[[], Callable[[], Any]]:
        def prepared() -> Callable[[], Any]:
            made = records(case.request_body)
            return lambda: build_all(hooks[case.name], made)

        return prepared

    def yardstick() -> Callable[[], Any]:
        made = records(REQUEST_BODY)
        document = _document(hooks["no rules"], made[0])
        return lambda: parse_and_dump(document, made)

    works = {"orjson parse and dump": yardstick, **{case.name: prepare(case) for case in CASES}}
    taken = _measure(works, rounds, events)
    for name, values in taken.items():
        sys.stdout.write(_row(name, values, taken["orjson parse and dump"]) + "\n")


def _large(size: int) -> bytes:
    people: list[dict[str, Any]] = []
    while len(json.dumps(people)) < size:
        number = len(people)
        people.append(
            {
                "id": number,
                "name": f"Person {number}",
                "email": f"person{number}@example.test",
                "address": {"street": f"{number} Long Road", "city": "Town", "zip": "12345"},
                "tags": ["a", "b", "c"],
                "score": number * 1.25,
                "login": {"password": "hunter2", "last_seen": "2024-05-01T10:20:30Z"},
            }
        )
    return json.dumps({"people": people}).encode()


def plain_walk(root: Any) -> int:
    """Visit every member of a JSON value and mask nothing; returns how many there are."""
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        for _key, value in node.items() if isinstance(node, dict) else enumerate(node):
            count += 1
            if isinstance(value, dict | list):
                stack.append(value)
    return count


NAMES = (
    *("password", "passwd", "pwd", "ssn", "cvv", "card_number", "iban", "secret", "api_key"),
    *("access_token", "refresh_token", "id_token", "pin", "otp", "birthday", "tax_id"),
    *("passport", "license", "salary", "session"),
)
LARGE_RULES: dict[str, dict[str, Any]] = {
    "one field mask": {"f": {"field": "password"}},
    "20 field masks": {f"f{n}": {"field": name} for n, name in enumerate(NAMES)},
    "one path $..name": {"p": {"jsonpath": "$..password"}},
    "20 paths $..name": {f"p{n}": {"jsonpath": f"$..{name}"} for n, name in enumerate(NAMES)},
    "10 fields, 10 paths": {
        f"m{n}": {"field": name} if n < 10 else {"jsonpath": f"$..{name}"}
        for n, name in enumerate(NAMES)
    },
}


def large_document(rounds: int) -> None:
    """Print what many masks cost on a body of 75 KB, against a plain walk over it."""
    raw = _large(75_000)
    compiled = {
        name: _hooks({**NONE, "MAX_BODY_SIZE": 200_000, "MASK_EVENT_MODEL": rules})
        for name, rules in LARGE_RULES.items()
    }

    def prepare(hooks: Hooks) -> Callable[[], Callable[[], Any]]:
        def prepared() -> Callable[[], Any]:
            call = Call(_record(raw, b""), hooks.view)
            document = call.document
            _touch(document)
            decisions = hooks.masks.decide(call)
            return lambda: hooks.masks.apply(document, call, decisions)

        return prepared

    def yardstick() -> Callable[[], Any]:
        value = orjson.loads(raw)
        return lambda: plain_walk(value)

    works = {"plain walk": yardstick, **{name: prepare(h) for name, h in compiled.items()}}
    taken = _measure(works, rounds, 1)
    for name, values in taken.items():
        sys.stdout.write(_row(name, values, taken["plain walk"]) + "\n")


def _touch(document: dict[str, Any]) -> None:
    """Have both bodies read, so that only masking is measured."""
    json_text.encode(document)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--events", type=int, default=200)
    options = parser.parse_args()
    sys.stdout.write(
        f"One event, {len(REQUEST_BODY)} bytes in, {len(RESPONSE_BODY)} bytes out\n{_HEAD}\n"
    )
    small_events(options.rounds, options.events)
    sys.stdout.write(f"\nMasking one body of 75 KB\n{_HEAD}\n")
    large_document(options.rounds)


if __name__ == "__main__":
    main()
