from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import moesifapi.configuration
import pytest

from moesif_declarative.delivery import (
    Answer,
    Delivery,
    DeliveryOptions,
    Encoded,
    MoesifSink,
)
from moesif_declarative.version import __version__

APPLICATION_ID = "the-application-id"
EVENTS = [b'{"a":1.50}', '{"b":"ä\\ud800"}'.encode()]


def sink(uri: str, timeout_s: float = 10.0) -> MoesifSink:
    return MoesifSink(uri, APPLICATION_ID, timeout_s)


def delivery(uri: str, timeout_s: float = 10.0) -> Delivery[bytes]:
    return Delivery(encode=Encoded, sink=sink(uri, timeout_s), options=DeliveryOptions())


def test_events_are_posted_as_moesif_wants_them(collector: Any) -> None:
    assert sink(collector.uri).send(EVENTS).status == 201
    (request,) = collector.requests
    assert request.path == "/v1/events/batch"
    assert request.body == [{"a": 1.5}, {"b": "ä\ud800"}]
    headers = dict(request.headers)
    assert headers.pop("content-length").isdigit()
    assert headers == {
        "host": collector.uri.removeprefix("http://"),
        "content-type": "application/json; charset=utf-8",
        "content-encoding": "gzip",
        "accept-encoding": "identity",
        "user-agent": f"moesif-declarative/{__version__}",
        "x-moesif-application-id": APPLICATION_ID,
    }


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("user", "/v1/users/batch"),
        ("company", "/v1/companies/batch"),
        ("subscription", "/v1/subscriptions/batch"),
        ("action", "/v1/actions/batch"),
    ],
)
def test_profiles_go_to_the_batch_address_of_their_kind(
    collector: Any, kind: Any, path: str
) -> None:
    assert sink(collector.uri).send_profiles(kind, [{"id": "ä"}, {"id": "2"}]).status == 201
    (request,) = collector.requests
    assert (request.path, request.body) == (path, [{"id": "ä"}, {"id": "2"}])
    assert request.headers["x-moesif-application-id"] == APPLICATION_ID


def test_two_ids_in_one_process_do_not_mix_and_nothing_global_is_written(collector: Any) -> None:
    before = dict(vars(moesifapi.configuration.Configuration))
    for name in ("one", "two", "one"):
        MoesifSink(f"{collector.uri}/{name}", name).send(EVENTS)
    seen = [(r.path, r.headers["x-moesif-application-id"]) for r in collector.requests]
    assert seen == [(f"/{name}/v1/events/batch", name) for name in ("one", "two", "one")]
    assert dict(vars(moesifapi.configuration.Configuration)) == before


def test_an_address_that_others_set_for_the_process_does_not_matter(
    collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = moesifapi.configuration.Configuration
    monkeypatch.setattr(configuration, "BASE_URI", "http://elsewhere.invalid/v1/x")
    assert sink(collector.uri + "/").send(EVENTS).status == 201
    assert [request.path for request in collector.requests] == ["/v1/events/batch"]


def test_credentials_in_the_address_become_basic_ones(collector: Any) -> None:
    uri = collector.uri.replace("://", "://me:p%40ss@")
    assert sink(uri).send(EVENTS).status == 201
    assert collector.requests[0].headers["authorization"] == "Basic bWU6cEBzcw=="


def test_a_connection_is_kept_and_threads_may_share_the_sink(collector: Any) -> None:
    shared = sink(collector.uri)
    for _ in range(5):
        assert shared.send(EVENTS).status == 201
    assert collector.connections == 1
    threads = [threading.Thread(target=shared.send, args=(EVENTS,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(collector.requests) == 9
    shared.close()


def test_a_status_is_answered_with_its_headers(collector: Any, acts: Any) -> None:
    collector.script = [acts.status(429, Retry_After="7", X_Moesif_Config_ETag="e")]
    answer = sink(collector.uri).send(EVENTS)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-moesif-config-etag"] == "e"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(collector: Any, acts: Any, code: int) -> None:
    collector.script = [acts.status(code, Location=f"{collector.uri}/elsewhere"), acts.status(201)]
    assert sink(collector.uri).send(EVENTS).status == code
    assert len(collector.requests) == 1


def test_cookies_are_not_kept(collector: Any, acts: Any) -> None:
    collector.script = [acts.status(201, Set_Cookie="a=b")]
    one = sink(collector.uri)
    one.send(EVENTS)
    one.send(EVENTS)
    assert "cookie" not in collector.requests[1].headers


@dataclass(frozen=True)
class Broken:
    id: str
    answer: bytes
    error: str = "connection failed"


@pytest.mark.parametrize(
    "case",
    [
        Broken("nothing", b""),
        Broken("half_a_status_line", b"HTTP/1.1 2"),
        Broken("half_the_headers", b"HTTP/1.1 201 Created\r\nContent-Le"),
        Broken("headers_without_their_end", b"HTTP/1.1 201 Created\r\nX: y\r\n"),
        Broken("half_a_body", b"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}"),
        Broken("half_a_chunk", b"HTTP/1.1 201 C\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        Broken("no_http", b"SSH-2.0-OpenSSH\r\n\r\n"),
    ],
    ids=lambda case: case.id,
)
def test_half_an_answer_is_none(collector: Any, acts: Any, case: Broken) -> None:
    collector.script = [acts.part(case.answer)]
    answer = sink(collector.uri).send(EVENTS)
    assert answer.status is None
    assert answer.error in {"connection failed", "connection reset by peer"}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\n\r\n",
        b"HTTP/1.0 201 Created\n\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000,
    ],
    ids=["until_the_end", "bare_newlines", "after_continue", "a_huge_body"],
)
def test_odd_but_whole_answers_count(collector: Any, acts: Any, answer: bytes) -> None:
    collector.script = [acts.part(answer)]
    assert sink(collector.uri).send(EVENTS).status == 201


def test_a_reset_is_told(collector: Any, acts: Any) -> None:
    collector.script = [acts.reset]
    answer = sink(collector.uri).send(EVENTS)
    assert answer == Answer(None, "connection reset by peer")


def test_a_dead_collector_is_told_at_once(dead_uri: str) -> None:
    assert sink(dead_uri).send(EVENTS) == Answer(None, "connection refused")


def test_an_address_that_is_none_is_told() -> None:
    assert sink("http://nowhere.invalid").send(EVENTS).error == "host not found"


@pytest.mark.parametrize("act", ["hang", "trickle"])
def test_a_stuck_answer_is_given_up_in_time(collector: Any, acts: Any, act: str) -> None:
    collector.script = [getattr(acts, act)(collector)]
    assert sink(collector.uri, 0.2).send(EVENTS) == Answer(None, "timeout")


def test_a_collector_that_does_not_read_is_given_up_in_time() -> None:

    with socket.create_server(("127.0.0.1", 0)) as server:
        uri = f"http://127.0.0.1:{server.getsockname()[1]}"
        answer = sink(uri, 0.2).send_profiles("user", [{"user_id": "x" * 9_000_000}])
    assert answer == Answer(None, "timeout")


def test_everything_arrives_through_every_trouble(collector: Any, acts: Any) -> None:
    collector.script = [
        acts.status(500),
        acts.reset,
        acts.part(b"HTTP/1.1 201 Crea"),
        acts.status(429, Retry_After="0"),
        acts.status(401),
        acts.status(201),
    ]
    one = delivery(collector.uri)
    events = [json.dumps({"transaction_id": n}).encode() for n in range(60)]
    for event in events:
        one.put(event, len(event))
    assert not one.flush(0)
    while not one.flush(1):
        pass
    assert one.close(10)
    assert {event["transaction_id"] for event in collector.events} == {*range(60)}
    assert one.stats()["sent"] == 60


def test_no_log_line_holds_the_id_or_an_event(
    collector: Any, acts: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"{APPLICATION_ID} my-content"
    collector.script = [acts.status(500, X_Echo=echo), acts.status(400, X_Echo=echo)]
    one = delivery(collector.uri.replace("://", "://me:my-password@"))
    one.put(b'{"a":"my-content"}', 20)
    one.close(10)
    for secret in (APPLICATION_ID, "my-content", "my-password"):
        assert secret not in caplog.text
        assert secret not in repr(one.stats())
    assert APPLICATION_ID not in repr(sink(collector.uri))


def test_importing_and_making_a_sink_does_not_import_the_http_library() -> None:
    code = """
import sys
from moesif_declarative.delivery import MoesifSink
MoesifSink("http://h", "id")
print(sorted(name for name in sys.modules if name == "moesif_declarative.delivery.sender"))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout == b"[]\n"


@pytest.mark.parametrize("code", [201, 204, 299, 401, 429, 500])
def test_the_headers_of_every_answer_to_events_are_told(
    collector: Any, acts: Any, code: int
) -> None:
    collector.script = [acts.status(code, X_Moesif_Config_ETag="a", X_Moesif_Rules_Tag="b")]
    told: list[Any] = []
    sending = MoesifSink(collector.uri, APPLICATION_ID, on_answer=told.append)
    answer = sending.send(EVENTS)
    sending.send_profiles("user", [{"user_id": "1"}])
    assert answer.accepted == (code < 300)
    assert [(h["x-moesif-config-etag"], h["x-moesif-rules-tag"]) for h in told] == [("a", "b")]


def test_whoever_listens_to_answers_cannot_undo_a_delivery(collector: Any) -> None:
    def fail(_headers: Any) -> None:
        raise ValueError("listening")

    assert MoesifSink(collector.uri, "id", on_answer=fail).send(EVENTS).accepted


def test_where_there_is_no_answer_nothing_is_told(dead_uri: str) -> None:
    told: list[Any] = []
    assert MoesifSink(dead_uri, "id", on_answer=told.append).send(EVENTS).status is None
    assert told == []
