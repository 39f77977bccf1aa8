"""The known faults of Moesif's clients, each as a test that they would fail."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware

JSON = {"Content_Type": "application/json"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"a": [1]}', JSON),
        (b' \r\n\t{"a": [1]}', JSON),
        (b'\xef\xbb\xbf{"a": [1]}', JSON),
        (b'{"a": [1]}', {}),
        (b'{"a": [1]}', FORM),
        (gzip.compress(b'{"a": [1]}'), {**JSON, "Content_Encoding": "gzip"}),
    ],
    ids=["plain", "white space", "byte order mark", "no type", "a form's type", "gzip"],
)
def test_json_bodies_go_as_json(
    start_api: Callable[..., Any], body: bytes, headers: dict[str, str]
) -> None:
    api = start_api()
    api.call("POST", "/echo", body, **headers)
    [event] = api.events(1)
    assert event["request"]["body"] == {"a": [1]}
    assert event["request"]["transfer_encoding"] == "json"


def test_forms_go_as_objects_of_text(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("POST", "/echo", "a=1", **FORM)
    [event] = api.events(1)
    assert event["request"]["body"] == {"a": "1"}


def test_the_response_body_is_there_and_masked(start_api: Callable[..., Any]) -> None:
    api = start_api(MASK_EVENT_MODEL={"field": "token"})
    api.call("GET", "/echo")
    [event] = api.events(1)
    assert event["response"]["body"] == {"path": "/echo", "token": "[REDACTED]"}


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("unknown", "127.0.0.1"),
        ("abcd", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.7:1234, 10.0.0.1", "203.0.113.7"),
    ],
)
def test_forwarded_addresses_do_no_harm(
    start_api: Callable[..., Any], forwarded: str, expected: str
) -> None:
    api = start_api()
    api.call("GET", "/echo", X_Forwarded_For=forwarded)
    [event] = api.events(1)
    assert event["request"]["ip_address"] == expected


def test_a_value_that_is_no_json_costs_only_itself(start_api: Callable[..., Any]) -> None:
    def metadata(handler: Any) -> dict[str, Any]:
        return {"bad": object(), "nan": float("nan"), "bytes": b"x", "good": handler.request.path}

    api = start_api(GET_METADATA=metadata)
    for number in range(3):
        api.call("GET", f"/status/{200 + number}")
    events = api.events(3)
    expected = {"bad": None, "nan": None, "bytes": "eA=="}
    for number, event in enumerate(events):
        assert event["metadata"] == {**expected, "good": f"/status/{200 + number}"}


def test_errors_of_the_server_lose_nothing(start_api: Callable[..., Any]) -> None:
    api = start_api(EVENT_BATCH_TIMEOUT=0.1)
    api.collector.put_chaos("500", times=2)
    for _ in range(5):
        api.call("GET", "/echo")
    assert len(api.events(5)) == 5
    stats = api.moesif.stats()
    assert (stats["sent"], stats["dropped"]) == (5, {})
    assert stats["retried"] >= 1


def test_a_burst_goes_as_fast_as_the_collector_takes_it(start_api: Callable[..., Any]) -> None:
    api = start_api(EVENT_BATCH_TIMEOUT=60)
    for _ in range(200):
        api.call("GET", "/echo")
    api.events(200)  # at 12.5 events a second this would be 16 s
    assert api.moesif.stats()["batches"] >= 8


def test_the_queue_is_bounded_and_what_is_lost_is_counted(start_api: Callable[..., Any]) -> None:
    api = start_api(EVENT_QUEUE_SIZE=10)
    api.collector.put_chaos("500")
    for _ in range(40):
        api.call("GET", "/echo")
    api.serving.settle()
    stats = api.moesif.stats()
    lost = sum(stats["dropped"].values())
    assert stats["captured"] == 40
    assert stats["queued"] <= 10
    assert stats["queued"] + stats["sent"] + lost == 40
    assert lost >= 30
    api.moesif.close(0.1)  # nothing that is left could be delivered


def test_an_event_is_never_sent_unmasked_when_a_hook_raises(
    start_api: Callable[..., Any],
) -> None:
    def broken(event: Any) -> Any:
        raise KeyError("password-canary")

    api = start_api(
        MASK_EVENT_MODEL=broken, GET_METADATA=lambda handler: {"secret": "metadata-canary"}
    )
    body = {"password": "body-canary"}
    headers = {"Authorization": "Bearer header-canary"}
    api.call("POST", "/echo?q=query-canary", json.dumps(body), **JSON, **headers)
    [event] = api.events(1)
    assert "canary" not in json.dumps(event)
    assert (event["request"]["verb"], event["response"]["status"]) == ("POST", 200)
    assert api.moesif.stats()["hook_failures"]


def test_a_hook_runs_once_per_request(start_api: Callable[..., Any]) -> None:
    calls: list[str] = []

    def hook(name: str) -> Callable[[Any], str]:
        def run(handler: Any) -> str:
            calls.append(name)
            return name

        return run

    def metadata(handler: Any) -> dict[str, str]:
        calls.append("metadata")
        return {}

    def skip(handler: Any) -> bool:
        calls.append("skip")
        return False

    api = start_api(
        SKIP=skip,
        IDENTIFY_USER=hook("user"),
        IDENTIFY_COMPANY=hook("company"),
        GET_SESSION_TOKEN=hook("session"),
        GET_METADATA=metadata,
    )
    api.call("GET", "/echo")
    [event] = api.events(1)
    assert event["user_id"] == "user"
    assert sorted(calls) == ["company", "metadata", "session", "skip", "user"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_base64url_tokens_identify_whatever_the_case_of_bearer(
    start_api: Callable[..., Any], scheme: str
) -> None:
    claims = json.dumps({"sub": "ann", "x": "~~~???>>>"}).encode()
    encoded = urlsafe_b64encode(claims).decode().rstrip("=")
    assert "-" in encoded or "_" in encoded
    api = start_api()
    api.call("GET", "/echo", Authorization=f"{scheme} e30.{encoded}.c2ln")
    [event] = api.events(1)
    assert event["user_id"] == "ann"


def test_basic_credentials_identify(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("GET", "/echo", Authorization="Basic " + base64.b64encode(b"ann:pw").decode())
    [event] = api.events(1)
    assert event["user_id"] == "ann"


def test_construction_does_not_wait_for_the_network() -> None:
    # 192.0.2.0/24 is for documentation: nothing answers there.
    started = time.process_time()
    moesif = MoesifMiddleware({"APPLICATION_ID": "x", "BASE_URI": "http://192.0.2.1:9"})
    assert moesif.stats()["captured"] == 0
    assert moesif.close(0)
    assert time.process_time() >= started


def test_the_root_logger_is_left_alone() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    MoesifMiddleware({"APPLICATION_ID": "x", "DEBUG": True}).close(0)
    assert (root.level, list(root.handlers)) == before
    logging.getLogger("moesif_declarative").setLevel(logging.NOTSET)


@pytest.mark.parametrize("arm", ["install", "log_function"])
def test_a_fault_in_our_log_function_does_not_reach_tornado(
    start_api: Callable[..., Any], arm: str, caplog: pytest.LogCaptureFixture
) -> None:
    def explodes(handler: Any) -> bool:
        raise RuntimeError("on purpose")

    finished = "/finishes/" + arm.replace("_", "")
    with caplog.at_level(logging.INFO, "tornado.access"):
        api = start_api(arm=arm, SKIP=explodes, IDENTIFY_USER=explodes)
        assert api.call("GET", finished).body == arm.replace("_", "").encode()
        api.events(1)
    assert [r.name for r in caplog.records].count("tornado.access") == 1
    assert [r.name for r in caplog.records].count("tornado.application") == 0


PROGRAM = """
import asyncio, sys
import tornado.web
from tornado.httpclient import AsyncHTTPClient
from moesif_declarative import MoesifMiddleware

class Main(tornado.web.RequestHandler):
    def get(self):
        self.write("hello")

moesif = MoesifMiddleware({"APPLICATION_ID": "exit", "BASE_URI": sys.argv[1],
                           "EVENT_BATCH_TIMEOUT": 60})

async def main():
    app = tornado.web.Application([("/", Main)])
    moesif.install(app)
    server = app.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    for _ in range(3):
        await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/")
    server.stop()

asyncio.run(main())
END
"""


@pytest.mark.parametrize(
    "end", ["", "sys.exit(3)", "raise RuntimeError('on purpose')"], ids=["returns", "exits", "dies"]
)
def test_what_was_logged_is_sent_at_exit(collector: Any, tmp_path: Path, end: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("END", end), "utf-8")
    subprocess.run(
        [sys.executable, str(program), collector.url], capture_output=True, timeout=60, check=False
    )
    assert len(collector.events(3)) == 3
