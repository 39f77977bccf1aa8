"""Calls that the application makes itself, to a real server, logged to the real collector."""

from __future__ import annotations

import asyncio
import gc
import gzip
import io
import json
import socket
import weakref
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import tornado.web
from requests.auth import HTTPDigestAuth
from requests.sessions import Session, SessionRedirectMixin
from tornado.httpclient import AsyncHTTPClient, HTTPClient, HTTPClientError, HTTPRequest
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

from moesif_declarative import MoesifMiddleware

FETCH, SEND = AsyncHTTPClient.fetch, Session.send
RESOLVE = SessionRedirectMixin.resolve_redirects


class Echo(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write({"path": self.request.path, "password": "got-canary"})

    def post(self) -> None:
        self.set_header("Content-Type", self.request.headers.get("Content-Type", "text/plain"))
        self.write(self.request.body)


class Status(tornado.web.RequestHandler):
    def get(self, status: str) -> None:
        self.set_status(int(status))
        self.write({"status": int(status)})


class Zipped(tornado.web.RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Encoding", "gzip")
        self.set_header("Content-Type", "application/json")
        self.write(gzip.compress(b'{"zipped": true}'))


class Hops(tornado.web.RequestHandler):
    def get(self, left: str) -> None:
        if int(left):
            self.redirect(f"/hops/{int(left) - 1}", status=302)
        else:
            self.write({"method": self.request.method})

    def post(self, left: str) -> None:
        self.redirect(f"/hops/{int(left) - 1}", status=303)


class Never(tornado.web.RequestHandler):
    async def get(self) -> None:
        await asyncio.Event().wait()


class Stream(tornado.web.RequestHandler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        for number in range(3):
            self.write(f"data: {number}\n\n")
            await self.flush()


class Large(tornado.web.RequestHandler):
    def get(self, size: str) -> None:
        self.write("x" * int(size))


class Digest(tornado.web.RequestHandler):
    def get(self) -> None:
        if "Authorization" not in self.request.headers:
            self.set_header("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')
            self.set_status(401)
        else:
            self.write({"welcome": True})


UPSTREAM: list[Any] = [
    (r"/echo", Echo),
    (r"/status/(\d+)", Status),
    (r"/zipped", Zipped),
    (r"/hops/(\d+)", Hops),
    (r"/never", Never),
    (r"/stream", Stream),
    (r"/large/(\d+)", Large),
    (r"/digest", Digest),
]


@pytest.fixture
def upstream(serve: Callable[..., Any]) -> str:
    url: str = serve(tornado.web.Application(UPSTREAM)).url
    return url


@pytest.fixture
def refused() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@dataclass
class Watched:
    """A middleware that records outgoing calls, and the collector behind it."""

    moesif: MoesifMiddleware
    collector: Any

    def events(self, count: int) -> list[dict[str, Any]]:
        """The events, once all of them are delivered."""
        assert self.moesif.flush(10)
        assert self.moesif.stats()["dropped"] == {}
        events: list[dict[str, Any]] = self.collector.events(count)
        return events


@pytest.fixture
def watch(collector: Any) -> Iterator[Callable[..., Watched]]:
    """Starts middlewares that record: ``watch(SKIP_OUTGOING=…)``."""
    started: list[MoesifMiddleware] = []

    def start(**settings: Any) -> Watched:
        given = {
            "APPLICATION_ID": "id-of-the-tests",
            "BASE_URI": collector.url,
            "CAPTURE_OUTGOING_REQUESTS": True,
            "MASK_PRESETS": ["credentials"],
            **settings,
        }
        started.append(MoesifMiddleware(given))
        return Watched(started[-1], collector)

    yield start
    for moesif in started:
        moesif.close(5)
    assert (AsyncHTTPClient.fetch, Session.send) == (FETCH, SEND)
    assert SessionRedirectMixin.resolve_redirects is RESOLVE


def fetch(url: str, **options: Any) -> Any:
    """Fetch once with Tornado's client, on a loop of its own."""

    async def run() -> Any:
        client = AsyncHTTPClient(force_instance=True)
        try:
            return await client.fetch(url, **options)
        finally:
            client.close()

    return asyncio.run(run())


def get_with_tornado(url: str, **headers: str) -> bytes:
    body: bytes = fetch(url, headers=headers, raise_error=False).body
    return body


def get_with_sync_tornado(url: str, **headers: str) -> bytes:
    client = HTTPClient()
    try:
        return client.fetch(url, headers=headers, raise_error=False).body
    finally:
        client.close()


def get_with_requests(url: str, **headers: str) -> bytes:
    return requests.get(url, headers=headers, timeout=10).content


CLIENTS = pytest.mark.parametrize(
    "get", [get_with_tornado, get_with_sync_tornado, get_with_requests]
)


@CLIENTS
def test_a_call_is_an_event_and_its_body_stays_readable(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes]
) -> None:
    watched = watch(MASK_PRESETS=[])
    body = get(f"{upstream}/echo?a=1", **{"X-Trace": "t"})
    assert json.loads(body) == {"path": "/echo", "password": "got-canary"}
    [event] = watched.events(1)
    assert event["direction"] == "Outgoing"
    request, response = event["request"], event["response"]
    assert (request["verb"], request["uri"]) == ("GET", f"{upstream}/echo?a=1")
    assert request["headers"]["X-Trace"] == "t"
    assert "User-Agent" in request["headers"]
    assert "ip_address" not in request
    assert response["status"] == 200
    assert response["body"] == json.loads(body)
    assert response["headers"]["Content-Type"].startswith("application/json")
    assert event["request"]["time"] <= event["response"]["time"]
    assert "user_id" not in event


@CLIENTS
@pytest.mark.parametrize("status", [404, 500])
def test_errors_are_recorded_as_answered(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes], status: int
) -> None:
    watched = watch()
    get(f"{upstream}/status/{status}")
    [event] = watched.events(1)
    assert (event["response"]["status"], event["response"]["body"]) == (status, {"status": status})


@CLIENTS
def test_a_compressed_answer_is_readable(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes]
) -> None:
    watched = watch()
    assert get(f"{upstream}/zipped") == b'{"zipped": true}'
    [event] = watched.events(1)
    assert event["response"]["body"] == {"zipped": True}


def test_an_answer_that_the_client_leaves_compressed_is_readable_too(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    response = fetch(f"{upstream}/zipped", decompress_response=False)
    assert gzip.decompress(response.body) == b'{"zipped": true}'
    [event] = watched.events(1)
    assert event["response"]["body"] == {"zipped": True}


def post_with_tornado(url: str, body: str, **headers: str) -> None:
    fetch(HTTPRequest(url, "POST", headers, body, auth_username="u", auth_password="auth-canary"))  # type: ignore[arg-type]


def post_with_requests(url: str, body: str, **headers: str) -> None:
    requests.post(url, body, headers=headers, auth=("u", "auth-canary"), timeout=10)


@pytest.mark.parametrize("post", [post_with_tornado, post_with_requests])
def test_masks_hold(
    watch: Callable[..., Watched], upstream: str, post: Callable[..., None]
) -> None:
    watched = watch()
    url = upstream.replace("://", "://user:userinfo-canary@") + "/echo?token=query-canary&a=1"
    body = json.dumps({"password": "body-canary", "name": "ann"})
    headers = {"Content-Type": "application/json", "X-Api-Key": "header-canary"}
    post(url, body, **headers)
    [event] = watched.events(1)
    assert "canary" not in json.dumps(event)
    assert event["request"]["uri"] == f"{upstream}/echo?token=[REDACTED]&a=1"
    assert event["request"]["headers"]["Authorization"] == "[REDACTED]"
    assert event["request"]["body"] == {"password": "[REDACTED]", "name": "ann"}
    assert event["response"]["body"] == {"password": "[REDACTED]", "name": "ann"}


@CLIENTS
def test_rules_for_outgoing_calls_read_the_call_that_was_made(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes]
) -> None:
    watched = watch(
        SKIP={"path": "*"},  # for incoming calls
        IDENTIFY_USER={"value": "incoming"},
        SKIP_OUTGOING={"absent": {"status": 404}},
        IDENTIFY_USER_OUTGOING={"header": "X-User"},
        IDENTIFY_COMPANY_OUTGOING={"query": "company"},
        GET_SESSION_TOKEN_OUTGOING={"response_header": "Server", "transform": ["lower"]},
        GET_METADATA_OUTGOING={
            "target": {"request": "path"},
            "status": {"response": "status"},
            "answer": {"jsonpath": "$.response.body.path"},
            "client": {"request": "client_ip"},
        },
    )
    get(f"{upstream}/status/404")
    get(f"{upstream}/echo?company=acme", **{"X-User": "ann", "X-Forwarded-For": "1.2.3.4"})
    [event] = watched.events(1)
    assert (event["user_id"], event["company_id"]) == ("ann", "acme")
    assert event["session_token"].startswith("tornadoserver")
    assert event["metadata"] == {"target": "/echo", "status": 200, "answer": "/echo"}
    assert watched.moesif.stats()["skipped_by_rule"] == {"absent": 1}


def test_a_token_that_is_sent_to_others_does_not_identify(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    requests.get(f"{upstream}/echo", auth=("ann", "x"), timeout=10)
    [event] = watched.events(1)
    assert "user_id" not in event


def test_callables_are_called_with_the_call_that_was_made(
    watch: Callable[..., Watched], upstream: str
) -> None:
    def describe(made: Any) -> dict[str, Any]:
        request, response = made.request, made.response
        return {
            "request": [request.method, request.url, request.path, request.query, request.uri],
            "to": [request.protocol, request.host],
            "header": request.headers["x-a"],
            "sent": request.body.decode(),
            "response": [response.status, response.reason, response.body.decode()],
            "type": response.headers["Content-Type"],
            "status": made.get_status(),
        }

    watched = watch(GET_METADATA_OUTGOING=describe)
    requests.post(f"{upstream}/echo?q=1", "text", headers={"X-A": "b"}, timeout=10)
    [event] = watched.events(1)
    assert event["metadata"] == {
        "request": ["POST", f"{upstream}/echo?q=1", "/echo", "q=1", "/echo?q=1"],
        "to": ["http", upstream.removeprefix("http://")],
        "header": "b",
        "sent": "text",
        "response": [200, "OK", "text"],
        "type": "text/plain",
        "status": 200,
    }


@CLIENTS
def test_bodies_are_not_sent_without_log_body_outgoing(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes]
) -> None:
    watched = watch(LOG_BODY_OUTGOING=False, MASK_REMARKS=True)
    get(f"{upstream}/echo")
    [event] = watched.events(1)
    assert "body" not in event["response"]
    assert event["metadata"]["moesif_left_out"] == {
        "response.body": "not wanted by LOG_BODY_OUTGOING"
    }


@CLIENTS
def test_a_body_over_the_limit_is_left_out(
    watch: Callable[..., Watched], upstream: str, get: Callable[..., bytes]
) -> None:
    watched = watch(MAX_BODY_SIZE=1000, MASK_REMARKS=True)
    assert len(get(f"{upstream}/large/1001")) == 1001
    [event] = watched.events(1)
    assert "body" not in event["response"]
    assert event["metadata"]["moesif_body_sizes"] == {"response": 1001}


def test_a_stream_of_requests_is_not_read(watch: Callable[..., Watched], upstream: str) -> None:
    watched = watch(MASK_REMARKS=True)
    with requests.get(f"{upstream}/stream", stream=True, timeout=10) as response:
        [event] = watched.events(1)
        assert response.raw.tell() == 0
        assert b"".join(response.iter_content(4)) == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert "body" not in event["response"]
    assert event["metadata"]["moesif_left_out"] == {"response.body": "it was streamed"}


def test_a_stream_of_tornado_is_recorded_at_its_end(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch(MASK_REMARKS=True)
    chunks: list[bytes] = []
    fetch(f"{upstream}/stream", streaming_callback=chunks.append)
    assert b"".join(chunks) == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    [event] = watched.events(1)
    assert event["metadata"]["moesif_left_out"] == {"response.body": "it was streamed"}


class Counted(io.BytesIO):
    """A file that says how much of it was read."""

    asked = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.asked += len(piece)
        return piece


def generated(text: bytes) -> Iterator[bytes]:
    yield from (text[:2], text[2:])


def test_request_bodies_that_are_streamed_are_read_by_the_client_alone(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch(MASK_REMARKS=True)
    file = Counted(b"from a file")
    assert requests.post(f"{upstream}/echo", file, timeout=10).content == b"from a file"
    assert file.asked == len(b"from a file")

    async def produce(write: Callable[[bytes], Any]) -> None:
        await write(b"produced")

    answer = fetch(
        f"{upstream}/echo",
        method="POST",
        body_producer=produce,
        headers={"Content-Length": "8"},
    )
    assert answer.body == b"produced"
    from_file, produced = watched.events(2)
    for event, size in ((from_file, 11), (produced, 8)):
        assert "body" not in event["request"]
        assert event["metadata"]["moesif_left_out"] == {"request.body": "it was streamed"}
        assert event["metadata"]["moesif_body_sizes"] == {"request": size}
    assert b64decode(from_file["response"]["body"]) == b"from a file"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"json": {"a": 1}}, {"a": 1}),
        ({"data": {"a": "1", "b": "é"}}, {"a": "1", "b": "é"}),
        ({"data": b'{"a": 1}', "headers": {"Content-Type": "application/json"}}, {"a": 1}),
        ({"data": '{"a": "é"}', "headers": {"Content-Type": "application/json"}}, {"a": "é"}),
    ],
    ids=["json", "form", "bytes", "text"],
)
def test_request_bodies_of_requests_are_there(
    watch: Callable[..., Watched], upstream: str, body: dict[str, Any], told: Any
) -> None:
    watched = watch()
    requests.post(f"{upstream}/echo", timeout=10, **body)
    [event] = watched.events(1)
    assert event["request"]["body"] == event["response"]["body"] == told


def raised(call: Callable[[], Any]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is, it must be the same
        call()
    return caught.value


def about(error: BaseException) -> list[Any]:
    return [type(error), str(error).partition("object at")[0], sorted(vars(error))]


@dataclass(frozen=True)
class Failure:
    """A call that is not answered as it should be."""

    id: str
    call: Callable[[str, str], Any]
    status: int
    reason: str
    error: type[BaseException]


FAILURES = [
    Failure(
        "tornado-timeout",
        lambda up, _: fetch(f"{up}/never", request_timeout=0.2),
        599,
        "HTTPTimeoutError",
        HTTPTimeoutError,
    ),
    Failure(
        "tornado-refused",
        lambda _, refused: fetch(refused),
        599,
        "ConnectionRefusedError",
        ConnectionRefusedError,
    ),
    Failure(
        "tornado-404", lambda up, _: fetch(f"{up}/status/404"), 404, "Not Found", HTTPClientError
    ),
    Failure(
        "requests-timeout",
        lambda up, _: requests.get(f"{up}/never", timeout=0.2),
        599,
        "ReadTimeout",
        requests.ReadTimeout,
    ),
    Failure(
        "requests-refused",
        lambda _, refused: requests.get(refused, timeout=5),
        599,
        "ConnectionError",
        requests.ConnectionError,
    ),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.id)
def test_failures_are_recorded_and_raised_as_without_us(
    watch: Callable[..., Watched], upstream: str, refused: str, failure: Failure
) -> None:
    bare = raised(lambda: failure.call(upstream, refused))
    watched = watch(
        GET_METADATA_OUTGOING={"reason": {"response": "reason"}},
        IDENTIFY_USER_OUTGOING={"value": "ann"},
    )
    seen = raised(lambda: failure.call(upstream, refused))
    assert about(seen) == about(bare)
    assert isinstance(seen, failure.error)
    [event] = watched.events(1)
    assert event["response"]["status"] == failure.status
    assert event["metadata"] == {"reason": failure.reason}
    assert event["user_id"] == "ann"


def test_a_call_that_is_cancelled_is_recorded(watch: Callable[..., Watched], upstream: str) -> None:
    watched = watch(GET_METADATA_OUTGOING={"reason": {"response": "reason"}})

    async def give_up() -> None:
        client: Any = AsyncHTTPClient(force_instance=True)
        call = client.fetch(f"{upstream}/never", request_timeout=0.4)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.1)
        assert call.cancelled()
        while client.active:  # Tornado does not abort what is under way
            await asyncio.sleep(0.01)
        client.close()

    asyncio.run(give_up())
    [event] = watched.events(1)
    assert event["response"]["status"] == 599
    assert event["metadata"] == {"reason": "CancelledError"}


def test_an_exception_that_nobody_asked_for_is_still_told(
    watch: Callable[..., Watched], refused: str
) -> None:
    watched = watch()
    told: list[str] = []

    async def forget() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: told.append(context["message"]))
        client = AsyncHTTPClient(force_instance=True)
        call = client.fetch(refused)
        while not call.done():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        del call
        client.close()
        gc.collect()

    asyncio.run(forget())
    watched.events(1)
    assert "Future exception was never retrieved" in told


def test_tornado_follows_redirects_and_the_last_hop_is_recorded(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    answer = fetch(f"{upstream}/hops/3", method="POST", body="a=1")
    assert (answer.effective_url, answer.request.url) == (
        f"{upstream}/hops/0",
        f"{upstream}/hops/3",
    )
    [event] = watched.events(1)
    assert event["request"]["uri"] == f"{upstream}/hops/0"
    assert event["request"]["verb"] == "GET"
    assert "body" not in event["request"]
    assert (event["response"]["status"], event["response"]["body"]) == (200, {"method": "GET"})


def test_redirects_that_tornado_does_not_follow_are_recorded(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    fetch(f"{upstream}/hops/2", max_redirects=1, raise_error=False)
    fetch(f"{upstream}/hops/1", follow_redirects=False, raise_error=False)
    most, first = watched.events(2)
    assert (most["request"]["uri"], most["response"]["status"]) == (f"{upstream}/hops/1", 302)
    assert (first["request"]["uri"], first["response"]["status"]) == (f"{upstream}/hops/1", 302)


def hops(events: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    return {
        (
            event["request"]["verb"],
            event["request"]["uri"].rpartition("/")[2],
            event["response"]["status"],
        )
        for event in events
    }


def test_every_hop_of_requests_is_recorded_once(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    answer = requests.post(f"{upstream}/hops/3", {"a": "1"}, timeout=10)
    assert [hop.status_code for hop in answer.history] == [303, 302, 302]
    assert hops(watched.events(4)) == {
        ("POST", "3", 303),
        ("GET", "2", 302),
        ("GET", "1", 302),
        ("GET", "0", 200),
    }


def test_hops_before_a_failure_are_recorded(watch: Callable[..., Watched], upstream: str) -> None:
    watched = watch()
    session = requests.Session()
    session.max_redirects = 2
    with pytest.raises(requests.TooManyRedirects):
        session.get(f"{upstream}/hops/9", timeout=10)
    assert hops(watched.events(3)) == {("GET", "9", 302), ("GET", "8", 302), ("GET", "7", 302)}


def test_a_challenge_and_its_answer_are_both_recorded(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()
    answer = requests.get(f"{upstream}/digest", auth=HTTPDigestAuth("u", "p"), timeout=10)
    assert answer.json() == {"welcome": True}
    challenged, welcomed = watched.events(2)
    assert (challenged["response"]["status"], welcomed["response"]["status"]) == (401, 200)
    assert welcomed["request"]["headers"]["Authorization"] == "[REDACTED]"


def test_deliveries_are_never_recorded(watch: Callable[..., Watched], upstream: str) -> None:
    watched = watch()
    requests.get(f"{upstream}/echo", timeout=10)
    watched.moesif.update_user({"user_id": "ann"})
    watched.events(1)
    url = f"{watched.collector.url}/v1/events"
    event: Any = {
        "request": {"time": "2026-01-01T00:00:00Z", "uri": upstream, "verb": "GET", "headers": {}}
    }
    headers = {"x-moesif-application-id": "another", "Content-Type": "application/json"}
    requests.post(url, json=event, headers=headers, timeout=10)
    fetch(url, method="POST", body=json.dumps(event), headers=headers)
    requests.get(
        f"{watched.collector.url}/stats.json", timeout=10
    )  # no delivery, though it is there
    events = watched.events(4)
    recorded = [event["request"]["uri"] for event in events if event.get("direction") == "Outgoing"]
    assert recorded == [f"{upstream}/echo", f"{watched.collector.url}/stats.json"]
    assert watched.moesif.stats()["captured"] == 2


def test_calls_that_callables_make_are_not_recorded(
    watch: Callable[..., Watched], upstream: str
) -> None:
    def ask(_made: Any) -> str:
        return str(requests.get(f"{upstream}/echo", timeout=10).status_code)

    def mask(event: Any) -> Any:
        requests.get(f"{upstream}/echo", timeout=10)
        return event

    watched = watch(IDENTIFY_USER_OUTGOING=ask, MASK_EVENT_MODEL=mask)
    requests.get(f"{upstream}/status/200", timeout=10)
    [event] = watched.events(1)
    assert event["user_id"] == "200"
    assert watched.moesif.stats()["captured"] == 1


def test_a_callable_that_raises_changes_nothing_for_the_caller(
    watch: Callable[..., Watched], upstream: str
) -> None:
    def fails(_made: Any) -> str:
        raise LookupError("on purpose")

    watched = watch(SKIP_OUTGOING=fails, IDENTIFY_USER_OUTGOING=fails)
    assert requests.get(f"{upstream}/echo", timeout=10).status_code == 200
    assert fetch(f"{upstream}/echo").code == 200
    assert [event["response"]["status"] for event in watched.events(2)] == [200, 200]
    assert watched.moesif.stats()["hook_failures"] == {
        "SKIP_OUTGOING.rule": 2,
        "IDENTIFY_USER_OUTGOING.rule": 2,
    }


def test_a_hundred_calls_at_once_are_a_hundred_events(
    watch: Callable[..., Watched], upstream: str
) -> None:
    watched = watch()

    async def run() -> None:
        client = AsyncHTTPClient(force_instance=True, max_clients=100)
        await asyncio.gather(*(client.fetch(f"{upstream}/echo?t={at}") for at in range(100)))
        client.close()

    asyncio.run(run())
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda at: requests.get(f"{upstream}/echo?r={at}", timeout=10), range(100)))
    uris = {event["request"]["uri"] for event in watched.events(200)}
    assert uris == {f"{upstream}/echo?{kind}={at}" for kind in "tr" for at in range(100)}


def test_several_middlewares_record_each_by_its_settings(
    watch: Callable[..., Watched], upstream: str
) -> None:
    one = watch(IDENTIFY_USER_OUTGOING="one", MAX_BODY_SIZE=10)
    two = watch(IDENTIFY_USER_OUTGOING="two")
    requests.get(f"{upstream}/echo", timeout=10)
    assert one.moesif.flush(10)
    by_user = {event["user_id"]: event for event in two.events(2)}
    assert "body" not in by_user["one"]["response"]
    assert by_user["two"]["response"]["body"]["path"] == "/echo"
    assert by_user["one"]["transaction_id"] != by_user["two"]["transaction_id"]
    one.moesif.close(5)
    requests.get(f"{upstream}/echo", timeout=10)
    assert [event["user_id"] for event in two.events(3)].count("two") == 2


@pytest.mark.parametrize(
    "settings",
    [{}, {"CAPTURE_OUTGOING_REQUESTS": True, "ENABLED": False}],
    ids=["off-by-default", "switched-off"],
)
def test_nothing_is_wrapped_unless_it_is_wanted(settings: dict[str, Any]) -> None:
    moesif = MoesifMiddleware({"APPLICATION_ID": "x", "SINK": "null", **settings})
    assert (AsyncHTTPClient.fetch, Session.send) == (FETCH, SEND)
    assert SessionRedirectMixin.resolve_redirects is RESOLVE
    moesif.close(5)


def test_the_clients_are_wrapped_from_the_construction_to_the_close(
    watch: Callable[..., Watched],
) -> None:
    one, two = watch(), watch()
    wrapped = AsyncHTTPClient.fetch, Session.send
    assert wrapped[0] is not FETCH
    assert wrapped[1] is not SEND
    one.moesif.close(5)
    assert (AsyncHTTPClient.fetch, Session.send) == wrapped
    two.moesif.close(5)
    assert (AsyncHTTPClient.fetch, Session.send) == (FETCH, SEND)


def test_clients_of_ones_own_are_seen(watch: Callable[..., Watched], upstream: str) -> None:
    class Mine(SimpleAsyncHTTPClient):
        def fetch(self, request: Any, raise_error: bool = True, **options: Any) -> Any:
            return super().fetch(f"{upstream}{request}", raise_error, **options)

    watched = watch()

    async def run() -> Any:
        AsyncHTTPClient.configure(Mine)
        try:
            client = AsyncHTTPClient(force_instance=True)
            return await client.fetch("/echo")
        finally:
            AsyncHTTPClient.configure(None)

    assert asyncio.run(run()).code == 200
    [event] = watched.events(1)
    assert event["request"]["uri"] == f"{upstream}/echo"


def test_a_call_that_has_ended_is_not_held(watch: Callable[..., Watched], upstream: str) -> None:
    watched = watch()
    request = HTTPRequest(f"{upstream}/hops/1")
    held = weakref.ref(request)
    fetch(request)  # type: ignore[arg-type]
    watched.events(1)
    del request
    gc.collect()
    assert held() is None


def test_a_reload_takes_over_the_rules_and_the_setting(
    collector: Any, upstream: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    common = f'[default]\nAPPLICATION_ID = "x"\nBASE_URI = "{collector.url}"\n'
    file.write_text(common)
    moesif = MoesifMiddleware(file)
    for number, rest in enumerate(
        [
            "",
            'CAPTURE_OUTGOING_REQUESTS = true\nIDENTIFY_USER_OUTGOING = "one"\n',
            'CAPTURE_OUTGOING_REQUESTS = true\nIDENTIFY_USER_OUTGOING = "two"\n',
            'IDENTIFY_USER_OUTGOING = "three"\n',
        ]
    ):
        file.write_text(common + rest)
        assert moesif.reload()
        requests.get(f"{upstream}/echo?{number}", timeout=10)
    assert Session.send is SEND
    assert moesif.close(5)
    assert [event["user_id"] for event in collector.events(2)] == ["one", "two"]
    file.write_text(common + "CAPTURE_OUTGOING_REQUESTS = true\n")
    assert moesif.reload()
    assert Session.send is SEND  # it is closed


def test_nothing_is_added_to_the_requests_that_are_sent(
    watch: Callable[..., Watched], upstream: str
) -> None:
    bare = requests.get(f"{upstream}/echo", timeout=10).request
    watch()
    request = HTTPRequest(f"{upstream}/echo")
    response = fetch(request)  # type: ignore[arg-type]
    seen = requests.get(f"{upstream}/echo", timeout=10).request
    assert seen.headers == bare.headers
    assert response.request is request
    assert sorted(request.headers) == ["Accept-Encoding", "Connection", "Host", "User-Agent"]


def test_a_call_to_ones_own_api_is_recorded_from_both_sides(
    start_api: Callable[..., Any],
) -> None:
    api = start_api(CAPTURE_OUTGOING_REQUESTS=True)
    assert requests.get(f"{api.url}/echo", timeout=10).status_code == 200
    events = api.events(2)
    assert {event["direction"] for event in events} == {"Incoming", "Outgoing"}
