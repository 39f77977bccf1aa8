"""An exchange to a record: URLs apart, odd headers made harmless, bodies within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, View, json_text
from moesif_declarative.outgoing import Exchange, Message, record_from_exchange
from moesif_declarative.outgoing.exchange import headers_from, is_recorded, split_url

TEXTS = st.text(st.characters(), max_size=40)


@dataclass(frozen=True)
class Url:
    id: str
    url: str
    parts: tuple[str, str, str]


URLS = [
    Url("plain", "http://a.test/b?c=d", ("http", "a.test", "/b?c=d")),
    Url("port", "https://a.test:8443/b", ("https", "a.test:8443", "/b")),
    Url("no path", "http://a.test", ("http", "a.test", "/")),
    Url("query without path", "http://a.test?c=d", ("http", "a.test", "/?c=d")),
    Url("fragment", "http://a.test/b#secret", ("http", "a.test", "/b")),
    Url("user information", "http://u:secret@a.test/b", ("http", "a.test", "/b")),
    Url("at in the password", "http://u:se@cret@a.test/b", ("http", "a.test", "/b")),
    Url("at in the path", "http://a.test/@b?c=@", ("http", "a.test", "/@b?c=@")),
    Url("IPv6", "http://[::1]:80/b", ("http", "[::1]:80", "/b")),
    Url("scheme in capitals", "HTTP://a.test/", ("http", "a.test", "/")),
    Url("space and surrogate", "http://a.test/b c\ud800", ("http", "a.test", "/b%20c%ED%A0%80")),
    Url("nothing", "", ("", "", "/")),
]


@pytest.mark.parametrize("case", URLS, ids=lambda case: case.id)
def test_a_url_is_split_without_user_information_and_fragment(case: Url) -> None:
    assert split_url(case.url) == case.parts


@dataclass(frozen=True)
class Headers:
    id: str
    pairs: list[tuple[Any, Any]]
    headers: list[tuple[str, str]]


HEADERS = [
    Headers("spelled as Tornado does", [("x-user-id", "a")], [("X-User-Id", "a")]),
    Headers("bytes", [(b"A", b"\xe9")], [("A", "é")]),
    Headers("repeated", [("A", "1"), ("a", "2")], [("A", "1"), ("A", "2")]),
    Headers("control characters", [("A", "b\r\nC: d\x00")], [("A", "b  C: d")]),
    Headers("beyond Latin-1", [("A", "☃")], [("A", "?")]),
    Headers("a name that is none", [("A b", "c"), ("", "d"), ("Ä", "e")], []),
    Headers("a number", [("Content-Length", 3)], [("Content-Length", "3")]),
]


@pytest.mark.parametrize("case", HEADERS, ids=lambda case: case.id)
def test_headers_are_what_a_server_would_take(case: Headers) -> None:
    assert list(headers_from(case.pairs).get_all()) == case.headers


@dataclass(frozen=True)
class Recorded:
    id: str
    url: str
    headers: dict[Any, str]
    recorded: bool


RECORDED = [
    Recorded("a call", "http://a.test/", {"A": "b"}, True),
    Recorded("over TLS", "HTTPS://a.test/", {}, True),
    Recorded("a file", "file:///etc/passwd", {}, False),
    Recorded("a socket", "http+unix://a/b", {}, False),
    Recorded("no URL", "a.test/b", {}, False),
    Recorded("a delivery", "http://a.test/", {"X-Moesif-Application-Id": "x"}, False),
    Recorded("a delivery in lower case", "http://a/", {b"x-moesif-application-id": "x"}, False),
]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.id)
def test_calls_over_http_are_recorded_but_for_deliveries(case: Recorded) -> None:
    assert is_recorded(case.url, case.headers) is case.recorded


def exchange(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "method": "POST",
        "url": "https://u:secret@a.test/b?c=d",
        "request": Message(HTTPHeaders(), b"sent"),
        "status": 200,
        "reason": "OK",
        "response": Message(HTTPHeaders({"Content-Type": "application/json"}), b'{"a":1}'),
        "started_at": 0.0,
        "duration_s": 1.5,
    }
    return Exchange(**{**values, **changes})


def test_the_document_is_that_of_an_outgoing_call() -> None:
    record = record_from_exchange(exchange(), 100)
    document = Call(record, View(client_address=lambda _headers, _peer: None)).document
    assert document.pop("transaction_id") == record.transaction_id
    assert document == {
        "request": {
            "time": "1970-01-01T00:00:00.000Z",
            "uri": "https://a.test/b?c=d",
            "verb": "POST",
            "headers": {},
            "body": "c2VudA==",
            "transfer_encoding": "base64",
        },
        "response": {
            "time": "1970-01-01T00:00:01.500Z",
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": {"a": 1},
            "transfer_encoding": "json",
        },
        "direction": "Outgoing",
        "weight": 1,
    }


@dataclass(frozen=True)
class Kept:
    id: str
    message: Message
    kind: str
    size: int
    reason: str


KEPT = [
    Kept("within the limit", Message(HTTPHeaders(), b"x" * 10), "text", 10, ""),
    Kept("over it", Message(HTTPHeaders(), b"x" * 11), "left_out", 11, "larger than MAX_BODY_SIZE"),
    Kept("none", Message(HTTPHeaders(), b""), "absent", 0, ""),
    Kept(
        "streamed",
        Message(HTTPHeaders({"Content-Length": "7"}), None, "it was streamed"),
        "left_out",
        7,
        "it was streamed",
    ),
    Kept("unknown", Message(HTTPHeaders(), None, "streamed"), "left_out", 0, "streamed"),
    Kept(
        "an odd length",
        Message(HTTPHeaders({"Content-Length": "٣"}), None, "streamed"),
        "left_out",
        0,
        "streamed",
    ),
]


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.id)
@pytest.mark.parametrize("side", ["request", "response"])
def test_a_body_is_kept_or_left_out_for_a_reason(case: Kept, side: str) -> None:
    made = exchange(**{side: case.message})
    call = Call(record_from_exchange(made, 10), View())
    body = call.request_body if side == "request" else call.response_body
    assert (body.kind, body.size, body.reason) == (case.kind, case.size, case.reason)


@given(TEXTS, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_whatever_a_client_was_given_becomes_an_event(
    method: str, url: str, pairs: list[tuple[str, str]]
) -> None:
    headers = headers_from(pairs)
    made = exchange(method=method, url=url, request=Message(headers, b""))
    call = Call(record_from_exchange(made, 100), View())
    assert json_text.parse(json_text.encode(call.document))["direction"] == "Outgoing"


@given(TEXTS.filter(lambda text: not set(text) & set("/?#")), TEXTS)
def test_user_information_never_stays(user: str, rest: str) -> None:
    canary = "0canary0"
    assert canary not in "".join(split_url(f"http://{user}:{canary}@host/{rest}"))
