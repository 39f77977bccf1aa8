"""What is captured of every kind of request that Tornado serves."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import json
import logging
import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
import tornado.web
import tornado.websocket

JSON = {"Content_Type": "application/json"}


def moment(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def test_a_head_request_has_no_body(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("HEAD", "/echo")
    [event] = api.events(1)
    assert event["request"]["verb"] == "HEAD"
    assert "body" not in event["response"]


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(start_api: Callable[..., Any], status: int) -> None:
    api = start_api()
    api.call("GET", f"/status/{status}")
    [event] = api.events(1)
    assert (event["response"]["status"], event["response"].get("body")) == (status, None)


def test_chunks_are_put_together_and_times_are_those_of_the_call(
    start_api: Callable[..., Any],
) -> None:
    api = start_api()
    before = time.time()
    api.call("GET", "/chunks")
    [event] = api.events(1)  # a call ends when it is logged, which may be after its answer is here
    after = time.time()
    assert event["response"]["body"] == {"a": 1}
    start, end = moment(event["request"]["time"]), moment(event["response"]["time"])
    assert before - 0.01 <= start <= end <= after + 0.01
    assert end - start >= 0.05


def test_unknown_paths_and_errors_are_logged(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("GET", "/nowhere?x=1")
    api.call("GET", "/fails")
    missing, failed = api.events(2)
    assert (missing["response"]["status"], failed["response"]["status"]) == (404, 500)
    assert missing["request"]["uri"] == api.url + "/nowhere?x=1"


def test_repeated_headers_are_joined_and_cookies_are_there(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("GET", "/headers")
    [event] = api.events(1)
    headers = event["response"]["headers"]
    assert headers["X-Many"] == "one, two"
    assert "sid=cookie-canary" in headers["Set-Cookie"]
    assert "theme=dark" in headers["Set-Cookie"]


def test_a_compressed_request_and_response_are_readable(
    start_api: Callable[..., Any], routes: list[Any]
) -> None:
    api = start_api(app=tornado.web.Application(routes, compress_response=True))
    body = {"a": ["x" * 2000]}
    api.call(
        "POST",
        "/echo",
        gzip.compress(json.dumps(body).encode()),
        **JSON,
        Content_Encoding="gzip",
    )
    got = api.call("GET", "/echo?" + "y" * 2000, Accept_Encoding="gzip")
    posted, read = api.events(2)
    assert posted["request"]["body"] == body
    assert read["response"]["body"]["path"] == "/echo"
    assert got.headers["Vary"] == "Accept-Encoding"


def test_forms_and_multipart_are_objects(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("POST", "/echo", "a=1&a=2&b=%C3%A9", Content_Type="application/x-www-form-urlencoded")
    multipart = (
        b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nv\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="p"\r\n\r\n\x89P\r\n--b--\r\n'
    )
    api.call("POST", "/echo", multipart, Content_Type="multipart/form-data; boundary=b")
    form, upload = api.events(2)
    assert form["request"]["body"] == {"a": ["1", "2"], "b": "é"}
    assert upload["request"]["body"]["t"] == "v"
    assert upload["request"]["body"]["f"]["size"] == 2


def test_a_body_over_the_limit_is_left_out(start_api: Callable[..., Any]) -> None:
    api = start_api(MAX_BODY_SIZE=1000, MASK_REMARKS=True)
    api.call("GET", "/large/1000")
    api.call("GET", "/large/1001")
    fits, too_large = api.events(2)
    assert b64decode(fits["response"]["body"]) == b"x" * 1000
    assert "body" not in too_large["response"]
    assert too_large["metadata"]["moesif_body_sizes"] == {"response": 1001}


@pytest.mark.parametrize("arm", ["install", "log_function"])
def test_install_captures_response_bodies_from_the_first_request(
    start_api: Callable[..., Any], arm: str
) -> None:
    api = start_api(arm=arm)
    api.call("GET", "/echo")
    api.call("GET", "/echo")
    first, second = api.events(2)
    assert ("body" in first["response"]) is (arm == "install")
    assert second["response"]["body"]["path"] == "/echo"


def test_bodies_are_not_sent_without_log_body(start_api: Callable[..., Any]) -> None:
    api = start_api(LOG_BODY=False, IDENTIFY_USER={"jsonpath": "$.request.body.user"})
    api.call("POST", "/echo", '{"user": "ann"}', **JSON)
    [event] = api.events(1)
    assert event["user_id"] == "ann"
    assert "body" not in event["request"]
    assert "body" not in event["response"]


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        (
            {"LOG_BODY": False, "LOG_REQUEST_BODY": False},
            {"request": "LOG_BODY", "response": "LOG_BODY"},
        ),
        ({"LOG_REQUEST_BODY": False}, {"request": "LOG_REQUEST_BODY"}),
        ({"LOG_RESPONSE_BODY": False}, {"response": "LOG_RESPONSE_BODY"}),
        (
            {"BODY_CONTENT_TYPES": ["image/*"]},
            dict.fromkeys(("request", "response"), "BODY_CONTENT_TYPES"),
        ),
    ],
    ids=lambda value: ",".join(value),
)
def test_the_remark_names_the_setting_that_keeps_a_body_back(
    start_api: Callable[..., Any], settings: dict[str, Any], left_out: dict[str, str]
) -> None:
    api = start_api(MASK_REMARKS=True, **settings)
    api.call("POST", "/echo", '{"user": "ann"}', **JSON)
    [event] = api.events(1)
    assert event["metadata"]["moesif_left_out"] == {
        f"{side}.body": f"not wanted by {setting}" for side, setting in left_out.items()
    }
    for side in ("request", "response"):
        assert ("body" in event[side]) is (side not in left_out)


def test_a_web_socket_upgrade_is_logged_without_bodies(start_api: Callable[..., Any]) -> None:
    api = start_api()

    async def talk() -> str | bytes | None:
        url = api.url.replace("http", "ws") + "/socket"
        socket = await tornado.websocket.websocket_connect(url)
        await socket.write_message("hello")
        answer = await socket.read_message()
        socket.close()
        assert await socket.read_message() is None  # closed from both sides
        return answer

    assert asyncio.run(talk()) == "hello"
    [event] = api.events(1)
    assert event["response"]["status"] == 101
    assert "body" not in event["response"]


def test_a_log_function_that_the_application_had_goes_on(
    start_api: Callable[..., Any], routes: list[Any]
) -> None:
    logged: list[str] = []
    app = tornado.web.Application(
        routes, log_function=lambda handler: logged.append(handler.request.path)
    )
    api = start_api(app=app)
    api.moesif.install(app)
    api.call("GET", "/echo")
    api.events(1)
    assert logged == ["/echo"]


def test_the_access_log_goes_on(
    start_api: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tornado.access"):
        api = start_api()
        api.call("GET", "/status/404")
        api.events(1)
    assert [record.getMessage()[:15] for record in caplog.records] == ["404 GET /status"]


def test_a_middleware_that_is_switched_off_does_nothing(start_api: Callable[..., Any]) -> None:
    api = start_api({"ENABLED": False})
    assert api.call("GET", "/echo").status == 200
    api.serving.settle()
    assert api.moesif.stats()["captured"] == 0


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_the_trace_of_a_call_is_that_of_its_traceparent(start_api: Callable[..., Any]) -> None:
    api = start_api()
    api.call("GET", "/echo", Traceparent=TRACEPARENT)
    api.call("GET", "/echo", Traceparent=TRACEPARENT.upper())
    api.call("GET", "/echo")
    assert [event.get("trace_id") for event in api.events(3)] == [TRACE, None, None]


def test_the_action_is_that_of_a_rule_else_the_route(start_api: Callable[..., Any]) -> None:
    api = start_api(ACTION_NAME={"query": "action"})
    for path in ("/echo?action=Echoed", "/status/404?action=", "/finishes/a", "/nowhere"):
        api.call("GET", path)
    assert [event.get("action_name") for event in api.events(4)] == [
        "Echoed",
        r"/status/(\d+)",
        "/finishes/(?P<name>[a-z]+)",
        None,
    ]


def test_an_action_that_fails_to_be_named_is_the_route(start_api: Callable[..., Any]) -> None:
    def fails(handler: Any) -> str:
        raise LookupError("on purpose")

    api = start_api(ACTION_NAME=fails)
    api.call("GET", "/echo")
    assert [event["action_name"] for event in api.events(1)] == ["/echo"]


def test_masks_reach_the_trace_and_the_action(start_api: Callable[..., Any]) -> None:
    api = start_api(
        MASK_EVENT_MODEL=[{"jsonpath": "$.trace_id"}, {"jsonpath": "$.action_name"}],
    )
    api.call("GET", "/echo", Traceparent=TRACEPARENT)
    [event] = api.events(1)
    assert (event["trace_id"], event["action_name"]) == ("[REDACTED]", "[REDACTED]")


def test_a_call_that_is_logged_by_hand_as_well_is_logged_once(
    start_api: Callable[..., Any], routes: list[Any]
) -> None:
    api = start_api(app=tornado.web.Application(routes, log_function=lambda handler: None))
    found = api.application.settings["log_function"]

    def twice(handler: Any) -> None:
        found(handler)
        api.moesif.log_event(handler)

    api.application.settings["log_function"] = twice
    api.call("GET", "/echo")
    api.events(1)
    assert api.moesif.stats()["captured"] == 1
