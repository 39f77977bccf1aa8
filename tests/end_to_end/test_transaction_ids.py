"""The id of a call: in the request, in the response, and in the event."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import tornado.web
import tornado.websocket

from moesif_declarative import MoesifMiddleware

HEADER = "X-Moesif-Transaction-Id"
ID = "0E8AF2F1-6d3f-4a6b-9c0d-1f2e3d4c5b6a"
OTHER_ID = "11111111-2222-4333-8444-555555555555"
FRESH = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Case:
    id: str
    path: str
    method: str = "GET"
    status: int = 200


class Names(tornado.web.RequestHandler):
    def get(self) -> None:
        self.set_header(HEADER, self.get_query_argument("id"))
        self.write("named")


CASES = [
    Case("an answer", "/echo"),
    Case("in pieces", "/chunks"),
    Case("HEAD", "/echo", "HEAD"),
    Case("no content", "/status/204", status=204),
    Case("not modified", "/status/304", status=304),
    Case("no route", "/nowhere", status=404),
    Case("a failing handler", "/fails", status=500),
    Case("a method that is not there", "/echo", "DELETE", 405),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_response_tells_the_id_of_its_event(start_api: Callable[..., Any], case: Case) -> None:
    api = start_api()
    answer = api.call(case.method, case.path)
    [event] = api.events(1)
    assert answer.status == case.status == event["response"]["status"]
    assert FRESH.fullmatch(event["transaction_id"])
    assert answer.headers.get_all(HEADER) == [event["transaction_id"]]
    assert event["response"]["headers"][HEADER] == event["transaction_id"]


def test_a_compressed_response_tells_it(start_api: Callable[..., Any], routes: list[Any]) -> None:
    api = start_api(app=tornado.web.Application(routes, compress_response=True))
    answer = api.call("GET", "/large/5000", Accept_Encoding="gzip")
    [event] = api.events(1)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers[HEADER] == event["transaction_id"]


def test_an_id_of_the_client_is_taken_over(start_api: Callable[..., Any]) -> None:
    api = start_api()
    answer = api.call("GET", "/echo", X_Moesif_Transaction_Id=ID)
    [event] = api.events(1)
    assert (answer.headers[HEADER], event["transaction_id"]) == (ID, ID)


NO_IDS = {
    "empty": "",
    "garbage": "abc",
    "too long": f"{ID}0",
    "two": f"{ID}, {OTHER_ID}",
    "in braces": f"{{{ID[1:-1]}}}",
    "without dashes": ID.replace("-", ""),
    "other digits": ID.replace("0", "x"),
    "digits that are not ASCII": "\u00b2" * 36,
    "markup": "<script>alert(1)</script>".ljust(36, "-"),
    "a long one": "0" * 5000,
    "the nil UUID": "00000000-0000-0000-0000-000000000000",
    "the max UUID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
}


@pytest.mark.parametrize("value", NO_IDS.values(), ids=NO_IDS)
def test_what_is_no_uuid_is_neither_taken_over_nor_echoed(
    start_api: Callable[..., Any], value: str
) -> None:
    api = start_api()
    answer = api.call("GET", "/status/200", X_Moesif_Transaction_Id=value)
    [event] = api.events(1)
    assert FRESH.fullmatch(event["transaction_id"])
    assert answer.headers.get_all(HEADER) == [event["transaction_id"]]


def test_repeated_headers_of_the_client_are_no_id(start_api: Callable[..., Any]) -> None:
    """As the other servers of the house join them, `ID, ID` is no UUID."""
    api = start_api()
    answer = api.call("GET", "/echo", X_Moesif_Transaction_Id=f"{ID},{ID}")
    [event] = api.events(1)
    assert answer.headers[HEADER] == event["transaction_id"] != ID


@pytest.mark.parametrize(
    ("said", "by_client", "expected"),
    [(OTHER_ID, None, OTHER_ID), (OTHER_ID, ID, OTHER_ID), ("mine", ID, ID)],
    ids=["the handler's", "the handler's before the client's", "what is no UUID names nothing"],
)
def test_a_handler_that_sets_the_header_itself_wins(
    start_api: Callable[..., Any], said: str, by_client: str | None, expected: str
) -> None:
    api = start_api(app=tornado.web.Application([("/names", Names)]))
    sent = {"X_Moesif_Transaction_Id": by_client} if by_client else {}
    answer = api.call("GET", f"/names?id={said}", **sent)
    [event] = api.events(1)
    assert answer.headers.get_all(HEADER) == [said]
    assert event["transaction_id"] == expected


def test_switched_off_it_is_neither_told_nor_taken_over(start_api: Callable[..., Any]) -> None:
    api = start_api(DISABLED_TRANSACTION_ID=True)
    answer = api.call("GET", "/echo", X_Moesif_Transaction_Id=ID)
    [event] = api.events(1)
    assert HEADER not in answer.headers
    assert HEADER not in event["response"]["headers"]
    assert FRESH.fullmatch(event["transaction_id"])


def test_a_middleware_that_is_switched_off_tells_none(start_api: Callable[..., Any]) -> None:
    api = start_api({"ENABLED": False})
    assert HEADER not in api.call("GET", "/echo").headers
    assert HEADER not in api.call("GET", "/echo").headers


@pytest.mark.parametrize(
    "settings",
    [{"SKIP": {"path": "/echo"}}, {"SAMPLE": {"rate": 0}}],
    ids=["skipped", "sampled out"],
)
def test_responses_of_calls_that_are_not_sent_tell_it_too(
    start_api: Callable[..., Any], settings: dict[str, Any]
) -> None:
    api = start_api(**settings)
    assert FRESH.fullmatch(api.call("GET", "/echo").headers[HEADER])
    api.events(0)


def test_the_log_function_alone_tells_it_from_the_second_response_on(
    start_api: Callable[..., Any],
) -> None:
    api = start_api(arm="log_function")
    first = api.call("GET", "/echo", X_Moesif_Transaction_Id=ID)
    second = api.call("GET", "/echo")
    events = api.events(2)
    assert HEADER not in first.headers
    assert [event["transaction_id"] for event in events] == [ID, second.headers[HEADER]]


def test_two_middlewares_tell_one_id_in_one_header(
    start_api: Callable[..., Any], collector: Any, middleware: Callable[..., MoesifMiddleware]
) -> None:
    api = start_api()
    other = middleware(APPLICATION_ID="other-id-of-the-tests", BASE_URI=collector.url)
    api.serving.call(lambda: other.install(api.application))
    answer = api.call("GET", "/echo")
    api.serving.settle()
    assert other.flush(10)
    [first, second] = api.events(2)
    assert answer.headers.get_all(HEADER) == [first["transaction_id"]]
    assert first["transaction_id"] == second["transaction_id"]


def test_an_upgrade_to_a_web_socket_tells_it(start_api: Callable[..., Any]) -> None:
    api = start_api()

    async def talk() -> str | None:
        url = api.url.replace("http", "ws") + "/socket"
        socket = await tornado.websocket.websocket_connect(url)
        headers = socket.headers
        socket.close()
        assert await socket.read_message() is None  # closed from both sides
        return headers.get(HEADER) if headers else None

    told = asyncio.run(talk())
    [event] = api.events(1)
    assert (event["response"]["status"], event["transaction_id"]) == (101, told)


def test_a_reload_takes_the_switch_over(start_api: Callable[..., Any], tmp_path: Any) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[default]\nAPPLICATION_ID = "id-of-the-tests"\nSINK = "null"\n', "utf-8")
    api = start_api(path)
    assert HEADER in api.call("GET", "/echo").headers
    with path.open("a", encoding="utf-8") as file:
        file.write("DISABLED_TRANSACTION_ID = true\n")
    assert api.moesif.reload()
    assert HEADER not in api.call("GET", "/echo").headers


@pytest.fixture
def middleware() -> Iterator[Callable[..., MoesifMiddleware]]:
    """Makes further middlewares, which are closed at the end."""
    made: list[MoesifMiddleware] = []

    def make(**settings: Any) -> MoesifMiddleware:
        made.append(MoesifMiddleware(settings))
        return made[-1]

    yield make
    for moesif in made:
        moesif.close(5)
