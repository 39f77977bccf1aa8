"""Reading what the collector serves."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from moesif_declarative.delivery import Fetched, NoAnswerError, fetch
from moesif_declarative.errors import Problems
from moesif_declarative.schema import shapes, validate
from moesif_declarative.schema.settings import Settings
from moesif_declarative.settings import load
from moesif_declarative.version import __version__

APPLICATION_ID = "an-application-id-1234"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def settings(uri: str, timeout_s: float = 5.0) -> Settings:
    given = {"APPLICATION_ID": APPLICATION_ID, "BASE_URI": uri, "REQUEST_TIMEOUT": timeout_s}
    problems = Problems()
    return validate(load(None, given, shapes=shapes(), problems=problems), problems)


def whole(body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def test_it_asks_as_the_sender_does_and_with_the_tag_that_is_known(collector: Any) -> None:
    address = collector.uri.replace("http://", "http://me:se%2Fcret@") + "/base/"
    fetch(settings(address), "/v1/config", '"a tag"')
    (request,) = collector.requests
    assert request.path == "/base/v1/config"
    assert request.headers == {
        "host": collector.uri.removeprefix("http://"),
        "accept-encoding": "identity",
        "authorization": "Basic bWU6c2UvY3JldA==",
        "if-none-match": '"a tag"',
        "user-agent": f"moesif-declarative/{__version__}",
        "x-moesif-application-id": APPLICATION_ID,
    }


def test_without_a_tag_it_asks_for_whatever_there_is(collector: Any) -> None:
    fetch(settings(collector.uri), "/v1/rules")
    assert "if-none-match" not in collector.requests[0].headers


def test_an_answer_is_given_as_it_is_names_of_headers_in_lower_case(
    collector: Any, acts: Any
) -> None:
    collector.script = [acts.part(whole(b'{"a": 1}', "X-Moesif-Config-ETag: t\r\n"))]
    assert fetch(settings(collector.uri), "/v1/config") == Fetched(
        200, {"content-length": "8", "x-moesif-config-etag": "t"}, b'{"a": 1}'
    )


def test_a_compressed_answer_is_decompressed(collector: Any, acts: Any) -> None:
    body = gzip.compress(b"[]")
    collector.script = [acts.part(whole(body, "Content-Encoding: gzip\r\n"))]
    assert fetch(settings(collector.uri), "/v1/rules").body == b"[]"


def test_with_the_real_collector(collector_process: Any) -> None:
    account = settings(collector_process.url)
    first = fetch(account, "/v1/config")
    again = fetch(account, "/v1/config", first.headers["x-moesif-config-etag"])
    assert (first.status, first.body, again.status, again.body) == (
        200,
        b'{"sample_rate": 100}',
        304,
        b"",
    )


@pytest.mark.parametrize("code", [301, 401, 404, 503])
def test_a_refusal_and_a_redirect_are_answers_too(collector: Any, acts: Any, code: int) -> None:
    collector.script = [acts.status(code, Location="http://127.0.0.1:1/")]
    assert fetch(settings(collector.uri), "/v1/config").status == code


def test_why_there_is_no_answer(collector: Any, acts: Any, dead_uri: str) -> None:
    bomb = gzip.compress(bytes(17 * 1024 * 1024))
    cases = [
        (acts.reset, "connection reset by peer"),
        (acts.part(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), "connection failed"),
        (acts.trickle(collector), "timeout"),
        (acts.part(whole(bomb, "Content-Encoding: gzip\r\n")), "answer too long"),
        (acts.part(whole(b"no", "Content-Encoding: gzip\r\n")), "DecodeError"),
    ]
    for act, told in cases:
        collector.script = [act]
        with pytest.raises(NoAnswerError, match=f"^{told}$"):
            fetch(settings(collector.uri, 0.3), "/v1/config")
    with pytest.raises(NoAnswerError, match=r"^connection refused$"):
        fetch(settings(dead_uri), "/v1/config")
