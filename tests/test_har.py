"""HAR entries, of whatever origin: a call, or a clear error; never a traceback."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.har import HarError, read_entries, record_from

LIMIT = 102_400


def entry(**changes: Any) -> dict[str, Any]:
    """An entry as Chromium writes it; keys may be changed: ``request__url=…``."""
    made: dict[str, Any] = {
        "startedDateTime": "2024-05-01T10:00:00.250Z",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": "https://api.test:8443/a%20b?x=1#part",
            "httpVersion": "http/2.0",
            "headers": [
                {"name": ":authority", "value": "api.test:8443"},
                {"name": ":method", "value": "POST"},
                {"name": "content-type", "value": "application/json"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"a": 1.50}'},
            "bodySize": 11,
        },
        "response": {
            "status": 200,
            "statusText": "",
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "[]"},
        },
        "_handler": {"current_user": {"id": "u1"}},
        "_route": "/(.*)",
        "_path_args": ["a b"],
        "_remote_ip": "192.0.2.1",
        "_env": {"REGION": "eu"},
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        table = made
        for parent in parents:
            table = table[parent]
        table[last] = value
    return made


def explained(har: Any, **settings: Any) -> dict[str, Any]:
    moesif = MoesifMiddleware({"APPLICATION_ID": "x", "SINK": "null", **settings})
    told: dict[str, Any] = moesif.explain(har)
    return told


def encoded(raw: bytes, **more: Any) -> dict[str, Any]:
    return {"text": base64.b64encode(raw).decode(), "encoding": "base64", **more}


def header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


PNG = b"\x89PNG\r\n\x1a\n\x00"


@dataclass(frozen=True)
class Case:
    id: str
    changes: dict[str, Any]
    path: str
    expected: Any


CASES = [
    Case("the address without its fragment", {}, "request.uri", "https://api.test:8443/a%20b?x=1"),
    Case(
        "pseudo headers are none",
        {},
        "request.headers",
        {"Content-Type": "application/json"},
    ),
    Case("no type is added", {"request__headers": []}, "request.headers", {}),
    Case("the type beside the text", {"request__headers": []}, "request.body", {"a": 1.5}),
    Case("the peer", {}, "request.ip_address", "192.0.2.1"),
    Case("an upgrade", {"request__url": "wss://h/s"}, "request.uri", "https://h/s"),
    Case("no path", {"request__url": "https://h?x=1"}, "request.uri", "https://h/?x=1"),
    Case("a status as text", {"response__status": "404"}, "response.status", 404),
    Case("a blocked call", {"response__status": 0}, "response.status", 0),
    Case("an aborted call", {"response__status": -1}, "response.status", 0),
    Case("no answer", {"response": None}, "response.status", 0),
    Case("no time", {"time": -1}, "response.time", "2024-05-01T10:00:00.250Z"),
    Case("an endless time", {"time": float("inf")}, "response.time", "2024-05-01T10:00:00.250Z"),
    Case(
        "a time without a zone",
        {"startedDateTime": "2024-05-01T10:00:00"},
        "request.time",
        "2024-05-01T10:00:00.000Z",
    ),
    Case(
        "a time in another zone",
        {"startedDateTime": "2024-05-01T10:00:00.1234567+02:00"},
        "request.time",
        "2024-05-01T08:00:00.123Z",
    ),
    Case(
        "the first year",
        {"startedDateTime": "0001-01-01T00:00:00+14:00"},
        "request.time",
        "0001-01-01T00:00:00.000Z",
    ),
    Case(
        "headers of many alphabets",
        {"request__headers": [header("X-A", "é"), header("X-B", "李"), header("x-b", "\ud800")]},
        "request.headers",
        {"X-A": "é", "X-B": "李, \ufffd"},
    ),
    Case(
        "broken headers",
        {
            "request__headers": [
                None,
                "x",
                {},
                header("", "a"),
                header("a b", "c"),
                header("X-Null", None),
                header("X-Lines", " a\r\nb "),
            ]
        },
        "request.headers",
        {"X-Null": "", "X-Lines": "a  b"},
    ),
    Case(
        "base64 that is still compressed",
        {
            "response__headers": [header("Content-Encoding", "gzip")],
            "response__content": encoded(gzip.compress(b'{"a": 1}')),
        },
        "response.body",
        {"a": 1},
    ),
    Case(
        "text beside a coding is decoded already, and the header stays",
        {"response__headers": [header("Content-Encoding", "gzip")]},
        "response",
        {
            "time": "2024-05-01T10:00:00.262Z",
            "status": 200,
            "headers": {"Content-Encoding": "gzip"},
            "body": [],
            "transfer_encoding": "json",
        },
    ),
    Case(
        "a request's text beside a coding",
        {"request__headers": [header("Content-Encoding", "br")]},
        "request.body",
        {"a": 1.5},
    ),
    Case(
        "base64 that the browser has decompressed",
        {
            "response__headers": [header("Content-Encoding", "br")],
            "response__content": encoded(b'{"a": 1}', mimeType="application/json"),
        },
        "response.body",
        {"a": 1},
    ),
    Case(
        "a request's base64",
        {"request__postData": encoded(b'{"a": 2}')},
        "request.body",
        {"a": 2},
    ),
    Case(
        "an image",
        {"response__headers": [], "response__content": encoded(PNG, mimeType="image/png")},
        "response.body",
        base64.b64encode(PNG).decode(),
    ),
    Case(
        "base64 that is none",
        {"response__content": {"text": "é", "encoding": "base64"}},
        "response.body",
        base64.b64encode("é".encode()).decode(),
    ),
    Case(
        "a form's parameters",
        {
            "request__headers": [],
            "request__postData": {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "é", "value": "a&b"}, {"name": "n"}, None],
            },
        },
        "request.body",
        {"é": "a&b", "n": ""},
    ),
    Case(
        "multipart parameters",
        {
            "request__headers": [header("Content-Type", "multipart/form-data; boundary=B")],
            "request__postData": {
                "params": [
                    {"name": "a", "value": "1"},
                    {
                        "name": "f",
                        "value": "xyz",
                        "fileName": 'q".txt',
                        "contentType": "text/plain",
                    },
                ]
            },
        },
        "request.body",
        {"a": "1", "f": {"filename": "q%22.txt", "content_type": "text/plain", "size": 3}},
    ),
    Case("a truncated body", {"response__content__text": '{"a": '}, "response.body", "eyJhIjog"),
    Case("lone surrogates", {"response__content__text": '["\ud800"]'}, "response.body", ["\ufffd"]),
]


def picked(event: Any, path: str) -> Any:
    for name in path.split("."):
        event = event[name]
    return event


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_entry_is_read_as_the_call_was(case: Case) -> None:
    event = explained(entry(**case.changes), MASK_PRESETS=[])["event"]
    assert picked(event, case.path) == case.expected


def test_credentials_in_an_address_are_no_part_of_the_host() -> None:
    har = entry(request__url="https://ann:pw@api.test/a?b=1")
    facts = {name: {"request": name} for name in ("host", "path", "uri", "url")}
    event = explained(har, GET_METADATA=facts, MASK_PRESETS=["credentials"])["event"]
    assert event["request"]["uri"] == "https://REDACTED@api.test/a?b=1"
    assert event["metadata"]["host"] == "api.test"
    assert event["metadata"]["path"] == "/a"
    assert event["metadata"]["uri"] == "/a?b=1"


@pytest.mark.parametrize("name", ["__dict__", "__class__", "__init__", "get_status", "request", ""])
def test_a_handler_may_have_members_of_any_name(name: str) -> None:
    har = entry(_handler={name: [], "user": {"id": 7}})
    event = explained(har, IDENTIFY_USER={"handler": "user.id"})["event"]
    assert event["user_id"] == "7"


def test_a_body_that_the_har_does_not_hold_is_told() -> None:
    told = explained(entry(response__content={"size": 5_000}))
    assert "body" not in told["event"]["response"]
    assert [row["outcome"] for row in told["trace"] if row["hook"] == "left out"] == [
        "response.body: the HAR does not hold its 5000 bytes"
    ]


@pytest.mark.parametrize("url", ["data:image/png;base64,AAAA", "blob:https://h/1", "about:blank"])
def test_what_is_no_call_over_http_is_not_sent(url: str) -> None:
    told = explained(entry(request__url=url))
    assert (told["skipped"], told["event"]) == (True, None)
    assert told["trace"][0]["outcome"].startswith("no call over HTTP")


@pytest.mark.parametrize(
    ("har", "said"),
    [
        (None, "an object"),
        ([], "an object"),
        ("x", "an object"),
        ({}, "request.method and request.url"),
        (entry(request=None), "request.method and request.url"),
        (entry(request__url=""), "request.method and request.url"),
        (entry(request__method=1), "request.method and request.url"),
        (entry(_handler="x"), "_handler must be an object"),
        (entry(_path_args="x"), "_path_args must be an object or a list"),
        (entry(_route=1), "_route must be text"),
        (entry(_remote_ip=1), "_remote_ip must be text"),
        (entry(_env=["x"]), "_env must be an object"),
    ],
)
def test_an_entry_that_is_none_is_a_clear_error(har: Any, said: str) -> None:
    with pytest.raises(HarError, match=said):
        explained(har)


def look(handler: Any) -> dict[str, Any]:
    request = handler.request
    return {
        "call": f"{request.method} {request.full_url()}",
        "host": request.host_name,
        "path": request.path,
        "peer": request.remote_ip,
        "header": request.headers.get("content-type"),
        "argument": request.arguments["x"][0].decode(),
        "body": request.body.decode(),
        "status": handler.get_status(),
        "key": handler.current_user["id"],
        "attribute": handler.current_user.id,
        "took_ms": round(request.request_time() * 1000, 3),
    }


def test_callables_get_a_stand_in_for_the_handler() -> None:
    assert explained(entry(), GET_METADATA=look)["event"]["metadata"] == {
        "call": "POST https://api.test:8443/a%20b?x=1",
        "host": "api.test",
        "path": "/a%20b",
        "peer": "192.0.2.1",
        "header": "application/json",
        "argument": "1",
        "body": '{"a": 1.50}',
        "status": 200,
        "key": "u1",
        "attribute": "u1",
        "took_ms": 12.5,
    }


GARBAGE: list[Any] = [
    None,
    "",
    "\x00\r\n\u2028\ud800",
    "é" * 3,
    "x" * 100_000,
    0,
    -1,
    10**400,
    1e308,
    float("inf"),
    float("nan"),
    True,
    [],
    [None],
    ["x"],
    [[]],
    {},
    {"a": None},
    "//",
    "http://[::1",
    "http://a:b:c/\r\nX: y",
    [header("Host", "a b,c"), header("host", "d"), header("Content-Length", "x")],
    [header("Content-Encoding", "gzip, br"), header("Content-Type", "multipart/form-data")],
    [header("Cookie", "\u2028; =; a"), header("Forwarded", 'for="')],
    "9999-12-31T23:59:59-23:59",
]


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*above, key)
        if isinstance(item, dict | list):
            yield from places(item, (*above, key))


@pytest.mark.parametrize(
    "place", list(places(entry())), ids=lambda place: ".".join(map(str, place))
)
def test_garbage_anywhere_gives_an_event_or_a_clear_error(place: tuple[Any, ...]) -> None:
    moesif = MoesifMiddleware(
        {"APPLICATION_ID": "x", "SINK": "null", "GET_METADATA": look}, MASK_PRESETS=["credentials"]
    )
    for garbage in GARBAGE:
        har = copy.deepcopy(entry())
        table: Any = har
        for key in place[:-1]:
            table = table[key]
        table[place[-1]] = garbage
        try:
            told = moesif.explain(har)
        except HarError:
            continue
        json.dumps(told)


def test_a_record_has_the_sizes_that_the_har_tells() -> None:
    record = record_from(entry(request__postData=None, request__bodySize=77), LIMIT)
    assert (record.request_size, record.response_size) == (77, 2)
    record = record_from(entry(request__postData={"text": "x" * (LIMIT + 1)}), LIMIT)
    assert (record.request_body, record.request_size) == (None, LIMIT + 1)


@dataclass(frozen=True)
class NoHar:
    id: str
    raw: bytes
    message: str


NO_HARS = [
    NoHar("nothing", b"", "no JSON at line 1, column 1: Expecting value"),
    NoHar(
        "broken",
        b'{"log": {\n "entries": [{]}}',
        "no JSON at line 2, column 15: Expecting property name enclosed in double quotes",
    ),
    NoHar("cut off", b'{"log": {"entries": [{"a": 1},', "no JSON at line 1, column 31"),
    NoHar("Latin-1", b'{"log": {"entries": ["\xe9"]}}', "neither UTF-8 nor UTF-16 at byte 22"),
    NoHar("nested without end", b"[" * 100_000, "it has no log.entries in JSON"),
    NoHar("a list", b"[]", "it has no log.entries in JSON"),
    NoHar("no entries", b'{"log": {}}', "it has no log.entries in JSON"),
    NoHar("entries that are none", b'{"log": {"entries": {}}}', "log.entries is no list of"),
    NoHar("no objects", b'{"log": {"entries": [{}, 1]}}', "log.entries is no list of objects"),
]


@pytest.mark.parametrize("case", NO_HARS, ids=lambda case: case.id)
def test_a_file_that_is_no_har_is_told_why(case: NoHar) -> None:
    with pytest.raises(HarError, match=re.escape(case.message)):
        read_entries(case.raw)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_har_is_read_in_the_codings_that_json_may_have(coding: str) -> None:
    assert read_entries('{"log": {"entries": [{"é": 1}]}}'.encode(coding)) == [{"é": 1}]
