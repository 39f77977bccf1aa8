"""What Moesif serves, from the collector's control endpoints to the answers of a real server."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import tornado.routing
import tornado.web
import tornado.websocket
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.routing import Rule, RuleRouter
from tornado.web import Application, RequestHandler, stream_request_body

from moesif_declarative import MoesifMiddleware
from moesif_declarative.served import Intervals
from moesif_declarative.served.sampling import BOT
from tests.conftest import wait_until

APPLICATION_ID = "id-of-the-tests"
BLOCK = {"status": 402, "headers": {"X-Why": "pay"}, "body": {"error": "pay, {{name}}"}}
PAY = {"error": "pay, UNKNOWN"}


def rule(name: str = "r1", kind: str = "regex", **rest: Any) -> dict[str, Any]:
    return {"_id": name, "type": kind, "block": True, "response": BLOCK, **rest}


def route(pattern: str) -> list[dict[str, Any]]:
    return [{"conditions": [{"path": "request.route", "value": pattern}]}]


class Quick(MoesifMiddleware):
    """Fetches without the minute's pause between two tries."""

    _served_intervals = Intervals(least_s=0.02, refresh_s=600.0)


class Noted(RequestHandler):
    """Says which methods ran."""

    ran: list[str] = []  # noqa: RUF012 - one list on purpose

    def prepare(self) -> None:
        self.ran.append(f"prepare {self.request.path}")

    def get(self, *_groups: str) -> None:
        self.ran.append(f"get {self.request.path}")
        self.set_header("X-Rule", "handler")
        self.set_cookie("sid", "1")
        self.write({"ok": True})

    post = put = get


class Fails(RequestHandler):
    def get(self) -> None:
        raise RuntimeError("on purpose")

    def log_exception(self, *_args: Any) -> None:
        """Keep the test's output free of the traceback that is on purpose."""


class Chunks(RequestHandler):
    async def get(self) -> None:
        for piece in ("a", "b"):
            self.write(piece)
            await self.flush()


@stream_request_body
class Upload(RequestHandler):
    ran: list[int] = []  # noqa: RUF012 - one list on purpose

    def data_received(self, chunk: bytes) -> None:
        self.ran.append(len(chunk))

    def post(self) -> None:
        self.write("taken")


class Socket(tornado.websocket.WebSocketHandler):
    opened: list[str] = []  # noqa: RUF012 - one list on purpose

    def open(self) -> None:
        self.opened.append(self.request.path)


class Initialized(RequestHandler):
    """Knows its user by a method, and by what its preparation sets."""

    def get_current_user(self) -> Any:
        return {"id": self.request.headers.get("X-Session")}

    def prepare(self) -> None:
        self.tenant = "acme"

    def get(self) -> None:
        self.write("ok")


ROUTES: list[Any] = [
    (r"/noted(?:/([^/]+))?", Noted),
    (r"/fails", Fails),
    (r"/chunks", Chunks),
    (r"/upload", Upload),
    (r"/socket", Socket),
    (r"/initialized", Initialized),
]


@pytest.fixture(autouse=True)
def nothing_has_run() -> None:
    """Forget what ran in the test before."""
    for ran in (Noted.ran, Upload.ran, Socket.opened):
        ran[:] = []


@dataclass
class Api:
    """A served API, its middleware, and the collector behind it."""

    url: str
    moesif: Any
    collector: Any
    serving: Any
    request: Callable[..., Any]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Make a request; header names with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(method, self.url + path, body, sent)

    def events(self, count: int) -> list[dict[str, Any]]:
        """The events in the order of their calls, once all of them are delivered."""
        self.serving.settle()
        assert self.moesif.flush(10)
        events: list[dict[str, Any]] = self.collector.events(count)
        return sorted(events, key=lambda event: event["request"]["time"])

    def serves(self, config: Mapping[str, Any]) -> None:
        """Serve another config, and wait until the middleware knows it from an event's answer."""
        self.collector.put_config(config)
        before = self.moesif._served.config
        self.call("GET", "/noted/change")
        self.serving.settle()
        assert self.moesif.flush(10)
        assert wait_until(lambda: self.moesif._served.config is not before)


@pytest.fixture
def start(
    collector: Any, serve: Any, request_http: Callable[..., Any]
) -> Iterator[Callable[..., Api]]:
    """Starts an API that knows what is served: ``start(rules, config, **settings)``."""
    started: list[MoesifMiddleware] = []

    def begin(
        rules: Sequence[Any] = (),
        config: Mapping[str, Any] | None = None,
        *,
        app: Application | None = None,
        arm: Callable[[Any, Application], object] = MoesifMiddleware.install,
        **settings: Any,
    ) -> Api:
        collector.put_rules(list(rules))
        collector.put_config(config or {})
        given = {"APPLICATION_ID": APPLICATION_ID, "BASE_URI": collector.url, "GOVERNANCE": True}
        moesif = Quick({**given, "EVENT_BATCH_TIMEOUT": 0.05, **settings})
        started.append(moesif)
        application = app or Application(ROUTES)
        arm(moesif, application)
        serving = serve(application)
        served = moesif._served
        served.begin()
        governed = moesif._compiled.settings.governance
        assert wait_until(lambda: served.config is not None)
        assert wait_until(lambda: not governed or served.rules is not None)
        return Api(serving.url, moesif, collector, serving, request_http)

    yield begin
    for moesif in started:
        moesif.close(5)


# Sampling.


def test_a_served_rate_leaves_calls_out_and_counts_them(start: Callable[..., Api]) -> None:
    api = start(config={"sample_rate": 0}, GOVERNANCE=False)
    for _ in range(3):
        assert api.call("GET", "/noted").status == 200
    api.events(0)
    stats = api.moesif.stats()
    assert (stats["captured"], stats["sampled_out"], stats["sent"]) == (3, 3, 0)


def test_the_rate_of_a_user_is_found_by_the_hooks(start: Callable[..., Api]) -> None:
    config = {"sample_rate": 0, "user_sample_rate": {"ann": 100}, "company_sample_rate": {"c": 0}}
    hooks = {"IDENTIFY_USER": {"header": "X-User"}, "IDENTIFY_COMPANY": {"value": "c"}}
    api = start(config=config, **hooks)
    for user in ("ann", "bob", "ann"):
        api.call("GET", "/noted", X_User=user)
    assert [(event["user_id"], event["weight"]) for event in api.events(2)] == [("ann", 1)] * 2


def test_a_rate_by_what_stands_in_a_body_is_decided_off_the_loop(
    start: Callable[..., Api],
) -> None:
    conditions = [{"path": "request.body.operationName", "value": "^Poll$"}]
    api = start(config={"regex_config": [{"conditions": conditions, "sample_rate": 0}]})
    for name in ("Poll", "Order"):
        body = json.dumps({"operationName": name})
        api.call("POST", "/noted", body, Content_Type="application/json")
    (event,) = api.events(1)
    assert event["request"]["body"] == {"operationName": "Order"}
    assert api.moesif.stats()["sampled_out"] == 1


def test_a_sample_rule_goes_before_what_is_served(start: Callable[..., Api]) -> None:
    api = start(config={"sample_rate": 0}, SAMPLE=[{"path": "/noted", "rate": 100}])
    api.call("GET", "/noted")
    api.call("GET", "/chunks")
    (event,) = api.events(1)
    assert event["request"]["uri"].endswith("/noted")


def test_calls_of_bots_are_skipped_while_that_is_served(start: Callable[..., Api]) -> None:
    api = start(config={"block_bot_traffic": True})
    for agent in ("Googlebot/2.1", "curl/8.5.0"):
        assert api.call("GET", "/noted", User_Agent=agent).status == 200
    (event,) = api.events(1)
    assert event["request"]["headers"]["User-Agent"] == "curl/8.5.0"
    assert api.moesif.stats()["skipped_by_rule"] == {BOT: 1}


def test_explain_knows_nothing_of_what_is_served(start: Callable[..., Api]) -> None:
    api = start(config={"sample_rate": 0})
    entry = {"request": {"method": "GET", "url": "https://h/"}, "response": {"status": 200}}
    assert api.moesif.explain(entry)["skipped"] is False


# Fetching.


@pytest.mark.parametrize("worker", ["thread", "process"])
def test_a_config_that_changes_is_fetched_when_an_answer_bears_its_tag(
    worker: str, start: Callable[..., Api]
) -> None:
    api = start(WORKER=worker, GOVERNANCE=False)
    api.serves({"sample_rate": 0})
    api.call("GET", "/noted/left-out")
    (event,) = api.events(1)
    assert event["request"]["uri"].endswith("/change")


def test_rules_that_change_are_fetched_too(start: Callable[..., Api]) -> None:
    api = start()
    assert api.call("GET", "/noted").status == 200
    api.collector.put_rules([rule()])
    api.call("GET", "/noted")
    api.events(2)
    assert wait_until(lambda: api.moesif._served.rules.rules)
    assert api.call("GET", "/noted").status == 402


def test_what_is_known_stays_through_an_outage(
    start: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    api = start([rule(regex_config=route("/noted"))])
    api.collector.put_chaos("500", on="reads")
    api.collector.put_rules([])
    api.call("GET", "/chunks")
    api.events(1)
    assert wait_until(lambda: "/v1/rules could not be fetched (status 500)" in caplog.text)
    assert api.call("GET", "/noted").status == 402
    api.collector.put_chaos("off")
    assert wait_until(lambda: api.moesif._served.rules.rules == ())
    assert api.call("GET", "/noted").status == 200


def test_nothing_is_fetched_before_the_first_request(
    collector: Any, serve: Any, request_http: Callable[..., Any]
) -> None:
    moesif = MoesifMiddleware(
        {"APPLICATION_ID": APPLICATION_ID, "BASE_URI": collector.url, "GOVERNANCE": True}
    )
    app = Application(ROUTES)
    moesif.install(app)
    serving = serve(app)
    moesif.update_user({"user_id": "ann"})
    assert moesif.flush(10)
    assert collector.stats()["answers"] == {"201": 1}
    request_http("GET", serving.url + "/noted")
    assert wait_until(lambda: collector.stats()["answers"].get("200", 0) == 2)
    assert moesif.close(10)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_collector_that_hangs_delays_neither_start_nor_requests(
    silent: str, serve: Any, request_http: Callable[..., Any]
) -> None:
    moesif = MoesifMiddleware(
        {"APPLICATION_ID": APPLICATION_ID, "BASE_URI": silent, "GOVERNANCE": True,
         "REQUEST_TIMEOUT": 600}
    )  # fmt: skip
    app = Application(ROUTES)
    moesif.install(app)
    url = serve(app).url
    for _ in range(3):  # the request's own time-out is far below that of the fetch
        assert request_http("GET", url + "/noted", None, {}, 30.0).status == 200
    assert (moesif._served.config, moesif._served.rules) == (None, None)
    moesif.close(0)


# Governance.


def test_a_blocked_request_is_answered_before_its_handler_runs(start: Callable[..., Api]) -> None:
    api = start([rule(regex_config=route("^/noted"))])
    answer = api.call("POST", "/noted/7?x=1", '{"a": 1}', Content_Type="application/json")
    assert (answer.status, answer.json(), answer.headers["X-Why"]) == (402, PAY, "pay")
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert Noted.ran == []
    assert api.call("GET", "/chunks").status == 200
    blocked, passed = api.events(2)
    assert blocked["blocked_by"] == "r1"
    assert blocked["request"]["body"] == {"a": 1}
    assert blocked["response"]["status"] == 402
    assert blocked["response"]["body"] == PAY
    assert blocked["response"]["headers"]["X-Why"] == "pay"
    assert blocked["action_name"] == r"/noted(?:/([^/]+))?"
    assert "blocked_by" not in passed
    assert api.moesif.stats()["sent"] == 2


def test_a_blocked_request_is_logged_under_the_handler_that_would_have_run(
    start: Callable[..., Api],
) -> None:
    metadata = {"route": {"request": "route"}, "handler": {"handler": "class"},
                "group": {"path_arg": 0}}  # fmt: skip
    api = start([rule()], GET_METADATA=metadata)
    api.call("GET", "/noted/seven")
    (event,) = api.events(1)
    assert event["metadata"] == {
        "route": r"/noted(?:/([^/]+))?",
        "handler": f"{Noted.__module__}.Noted",
        "group": "seven",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_is_blocked(method: str, start: Callable[..., Api]) -> None:
    api = start([rule()])
    answer = api.call(method, "/noted")
    assert (answer.status, answer.headers["X-Why"]) == (402, "pay")
    assert answer.body == (b"" if method == "HEAD" else json.dumps(PAY).replace(": ", ":").encode())
    assert [event["blocked_by"] for event in api.events(1)] == ["r1"]


@pytest.mark.parametrize("status", [204, 304, 200, 302, 503, 599])
def test_every_status_can_be_answered(status: int, start: Callable[..., Api]) -> None:
    api = start([rule(response={"status": status, "body": "text"})])
    answer = api.call("GET", "/noted", If_None_Match="*")
    assert (answer.status, answer.body) == (status, b"" if status in {204, 304} else b"text")


def test_neither_forgery_checks_nor_bad_bodies_come_before_a_block(
    start: Callable[..., Api],
) -> None:
    api = start([rule()], app=Application(ROUTES, xsrf_cookies=True))
    kind = "multipart/form-data; boundary=none"
    assert api.call("POST", "/noted/%ff", "--broken", Content_Type=kind).status == 402


def test_a_stream_is_blocked_at_its_head(start: Callable[..., Api]) -> None:
    api = start([rule(regex_config=route("upload"))])
    assert api.call("POST", "/upload", b"x" * 300_000).status == 402
    assert Upload.ran == []
    (event,) = api.events(1)
    assert event["blocked_by"] == "r1"


def test_a_web_socket_is_blocked(start: Callable[..., Api]) -> None:
    api = start([rule(regex_config=route("socket")), rule("r2", block=False)])

    async def connect() -> Any:
        url = api.url.replace("http:", "ws:") + "/socket"
        return await tornado.websocket.websocket_connect(HTTPRequest(url))

    with pytest.raises(HTTPClientError) as refused:
        asyncio.run(connect())
    assert refused.value.code == 402
    assert Socket.opened == []
    assert [event["blocked_by"] for event in api.events(1)] == ["r1"]


def test_a_web_socket_gets_the_headers_of_rules(start: Callable[..., Api]) -> None:
    api = start([rule(block=False, response={"headers": {"X-Second": "2"}})])

    async def connect() -> Any:
        url = api.url.replace("http:", "ws:") + "/socket"
        connection = await tornado.websocket.websocket_connect(HTTPRequest(url))
        connection.close()
        assert await connection.read_message() is None  # closed from both sides
        assert connection.headers is not None
        return connection.headers["X-Second"]

    assert asyncio.run(connect()) == "2"


def test_a_route_that_leads_to_a_function_is_blocked_too(start: Callable[..., Api]) -> None:
    called: list[str] = []

    def function(request: HTTPServerRequest) -> None:
        called.append(request.path)
        assert request.connection is not None
        start_line = ResponseStartLine("HTTP/1.1", 200, "OK")
        request.connection.write_headers(start_line, HTTPHeaders({"Content-Length": "0"}))
        request.connection.finish()

    app = Application([(r"/function.*", function), *ROUTES])
    api = start([rule(regex_config=route("blocked"))], app=app)
    statuses = [api.call("GET", path).status for path in ("/function", "/function/blocked")]
    assert (statuses, called) == ([200, 402], ["/function"])
    assert [event["blocked_by"] for event in api.events(1)] == ["r1"]


def test_an_unknown_path_is_blocked_too(start: Callable[..., Api]) -> None:
    api = start([rule()])
    assert api.call("GET", "/nothing/here").status == 402


@pytest.mark.parametrize("path", ["/noted", "/fails", "/chunks", "/nothing", "/upload"])
def test_headers_are_added_to_every_kind_of_answer(path: str, start: Callable[..., Api]) -> None:
    adding = {"X-Rule": "{{0}}", "X-Second": "2", "Set-Cookie": "rule=1", "Vary": "X-Plan"}
    api = start([rule(block=False, response={"headers": adding})], {"sample_rate": 100})
    answer = api.call("POST" if path == "/upload" else "GET", path, b"x" if "up" in path else None)
    assert answer.status == {"/fails": 500, "/nothing": 404}.get(path, 200)
    assert (answer.headers["X-Rule"], answer.headers["X-Second"]) == ("UNKNOWN", "2")
    cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie")]
    assert sorted(cookies) == (["rule=1", "sid=1"] if path == "/noted" else ["rule=1"])
    (event,) = api.events(1)
    assert event["response"]["headers"]["X-Rule"] == "UNKNOWN"
    assert "blocked_by" not in event


def test_nothing_is_added_where_no_rule_matches(start: Callable[..., Api]) -> None:
    adding = rule(block=False, regex_config=route("chunks"), response={"headers": {"X-Rule": "1"}})
    api = start([adding])
    assert api.call("GET", "/chunks").headers["X-Rule"] == "1"
    assert api.call("GET", "/noted").headers["X-Rule"] == "handler"


def jwt(**claims: Any) -> str:
    """A token without a signature that counts."""
    parts = ({"alg": "none"}, claims)
    written = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    return ".".join([*(part.rstrip("=") for part in written), "x"])


IDENTIFIED = [
    ({"IDENTIFY_USER": {"header": "X-User"}}, {"X_User": "ann"}),
    ({}, {"Authorization": f"Bearer {jwt(sub='ann')}"}),
    ({"IDENTIFY_USER": {"jwt": "sub", "from": {"cookie": "t"}}}, {"Cookie": f"t={jwt(sub='ann')}"}),
    ({"IDENTIFY_USER": {"query": "user"}}, {}),
    ({"IDENTIFY_USER": {"path_arg": 0}}, {}),
    ({"IDENTIFY_USER": {"jsonpath": "$.request.headers['X-User']"}}, {"X_User": "ann"}),
    ({"IDENTIFY_USER": lambda handler: handler.request.headers["X-User"]}, {"X_User": "ann"}),
    ({"IDENTIFY_USER": [{"response_header": "X-Rule"}, {"header": "X-User"}]}, {"X_User": "ann"}),
]


@pytest.mark.parametrize(("hooks", "headers"), IDENTIFIED, ids=range(len(IDENTIFIED)))
def test_a_user_is_blocked_by_whatever_identifies_them(
    hooks: dict[str, Any], headers: dict[str, str], start: Callable[..., Api]
) -> None:
    members = [{"rules": "r1", "values": {"name": "Ann"}}]
    api = start([rule(kind="user")], {"user_rules": {"ann": members}}, **hooks)
    answer = api.call("GET", "/noted/ann?user=ann", **headers)
    assert (answer.status, answer.json()) == (402, {"error": "pay, Ann"})
    assert api.call("GET", "/noted/bob?user=bob", X_User="bob").status == 200
    assert Noted.ran == ["prepare /noted/bob", "get /noted/bob"]


def test_a_user_found_by_the_handler_is_asked_of_one_that_has_not_run(
    start: Callable[..., Api],
) -> None:
    members = {"user_rules": {"ann": [{"rules": "r1"}]}}
    api = start([rule(kind="user")], members, IDENTIFY_USER={"handler": "current_user.id"})
    assert api.call("GET", "/initialized", X_Session="ann").status == 402
    assert api.call("GET", "/initialized", X_Session="bob").status == 200
    found = [(event["user_id"], event.get("blocked_by")) for event in api.events(2)]
    assert found == [("ann", "r1"), ("bob", None)]


def test_a_hook_that_gave_a_user_is_asked_once(start: Callable[..., Api]) -> None:
    asked: list[str] = []

    def user(handler: RequestHandler) -> str | None:
        asked.append(handler.request.path)
        return handler.request.headers.get("X-User")

    api = start([rule(kind="user")], {"user_rules": {"ann": [{"rules": "r1"}]}}, IDENTIFY_USER=user)
    api.call("GET", "/noted/1", X_User="ann")
    api.call("GET", "/noted/2", X_User="bob")
    assert [event["user_id"] for event in api.events(2)] == ["ann", "bob"]
    assert asked == ["/noted/1", "/noted/2"]


@pytest.mark.parametrize("fails", [False, True], ids=["gives nobody", "fails"])
def test_a_hook_is_asked_once_of_a_blocked_request_of_nobody(
    fails: bool, start: Callable[..., Api]
) -> None:
    asked: list[str] = []

    def user(handler: RequestHandler) -> str | None:
        asked.append(handler.request.path)
        if fails:
            raise RuntimeError("on purpose")
        return None

    rules = [rule("nobody", "user", applied_to_unidentified=True)]
    api = start(rules, IDENTIFY_USER=user)
    assert api.call("GET", "/noted/1").status == 402
    (event,) = api.events(1)
    assert (event.get("user_id"), event["blocked_by"]) == (None, "nobody")
    assert asked == ["/noted/1"]
    assert sum(api.moesif.stats()["hook_failures"].values()) == fails


def test_a_hook_that_needs_the_handler_to_have_run_is_right_in_the_log(
    start: Callable[..., Api],
) -> None:
    api = start(
        [rule(kind="company")],
        IDENTIFY_COMPANY=lambda handler: handler.tenant,
        IDENTIFY_USER=[{"response": "status"}, {"value": "never"}],
    )
    assert api.call("GET", "/initialized").status == 200
    (event,) = api.events(1)
    assert (event["company_id"], event["user_id"]) == ("acme", "200")
    assert api.moesif.stats()["hook_failures"] == {}


def test_a_handler_that_cannot_be_made_fails_as_it_does_alone(
    start: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(RequestHandler):
        made: list[int] = []  # noqa: RUF012 - one list on purpose

        def initialize(self) -> None:
            self.made.append(1)
            self.status = 1 / len(self.request.arguments.get("ok", ()))

        def get(self) -> None:
            self.write("ok")

    api = start(
        [rule(kind="user")],
        app=Application([(r"/broken", Broken)]),
        IDENTIFY_USER={"handler": "current_user"},
    )
    assert api.call("GET", "/broken?ok=1").status == 200
    assert Broken.made == [1]
    assert api.moesif.stats()["hook_failures"] == {}


def test_a_fault_of_ours_lets_the_request_pass_and_is_counted(
    start: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = start([rule()])
    assert api.call("GET", "/noted").status == 402
    monkeypatch.setattr(api.moesif._served._rules, "value", object())
    assert api.call("GET", "/noted").status == 200
    assert api.moesif.stats()["hook_failures"] == {"GOVERNANCE": 1}


def nested() -> Application:
    """An application with another one, and a router, inside."""
    inner = Application([(r"/inner/noted", Noted)])
    router = RuleRouter([Rule(tornado.routing.PathMatches("/router/noted"), inner)])
    return Application([(r"/inner/.*", inner), (r"/router/.*", router), *ROUTES])


def test_applications_inside_a_guarded_one_are_guarded_and_blocks_are_logged(
    start: Callable[..., Api],
) -> None:
    api = start([rule()], app=nested())
    for path in ("/inner/noted", "/noted", "/router/noted"):
        assert api.call("GET", path).status == 402
    assert Noted.ran == []
    assert [event["blocked_by"] for event in api.events(3)] == ["r1"] * 3


def test_headers_reach_applications_inside(start: Callable[..., Api]) -> None:
    api = start([rule(block=False, response={"headers": {"X-Second": "2"}})], app=nested())
    for path in ("/inner/noted", "/noted"):
        answer = api.call("GET", path)
        assert (answer.status, answer.headers["X-Second"]) == (200, "2")


def test_installing_twice_and_inside_judges_once(start: Callable[..., Api]) -> None:
    inner = Application([(r"/inner", Noted)])
    asked: list[int] = []

    def arm(moesif: MoesifMiddleware, application: Application) -> None:
        for app in (inner, application, application):
            moesif.install(app)

    def user(_handler: RequestHandler) -> None:
        asked.append(1)

    outer = Application([(r"/inner", inner)])
    rules = [rule("u", "user"), rule("x", block=False, response={"headers": {"Vary": "X"}})]
    api = start(rules, app=outer, arm=arm, IDENTIFY_USER=user)
    assert api.call("GET", "/inner").headers.get_all("Vary") == ["X"]
    api.events(1)
    assert len(asked) == 2  # before the handler ran, and after it: it gave nobody


def test_middlewares_on_one_application_do_not_meddle(
    start: Callable[..., Api], start_collector: Callable[..., Any]
) -> None:
    other = start_collector()
    adding = rule("adds", block=False, response={"headers": {"X-Other": "1"}})
    other.put_rules([rule("other", regex_config=route("chunks")), adding])
    second = Quick({"APPLICATION_ID": "second", "BASE_URI": other.url, "GOVERNANCE": True})

    def arm(moesif: MoesifMiddleware, application: Application) -> None:
        second.install(application)
        moesif.install(application)

    api = start([rule("first", regex_config=route("noted"))], arm=arm)
    second._served.begin()
    assert wait_until(lambda: second._served.rules is not None)
    answers = [api.call("GET", path) for path in ("/noted", "/chunks", "/nothing")]
    assert [(answer.status, answer.headers["X-Other"]) for answer in answers] == [
        (402, None), (402, "1"), (404, "1"),
    ]  # fmt: skip
    assert Noted.ran == []
    first = [event.get("blocked_by") for event in api.events(3)]
    assert second.close(10)
    assert first == ["first", None, None]
    assert [event.get("blocked_by") for event in other.events(3)] == [None, "other", None]


def test_without_governance_nothing_is_blocked(start: Callable[..., Api]) -> None:
    api = start([rule()], GOVERNANCE=False)
    assert api.call("GET", "/noted").status == 200


def test_a_log_function_alone_cannot_block_and_says_so_once(
    start: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    def arm(moesif: MoesifMiddleware, application: Application) -> None:
        application.settings["log_function"] = moesif.log_event

    api = start([rule()], arm=arm)
    for _ in range(2):
        assert api.call("GET", "/noted").status == 200
    api.events(2)
    said = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.getMessage() for record in said] == [
        (
            "GOVERNANCE has no effect: a log_function alone cannot block requests; "
            "call install(application)"
        )
    ]


def test_reloading_without_governance_opens_the_gate(start: Callable[..., Api]) -> None:
    api = start([rule()])
    assert api.call("GET", "/noted").status == 402
    api.moesif._source = {**api.moesif._source, "GOVERNANCE": False}
    assert api.moesif.reload()
    assert api.call("GET", "/noted").status == 200


def test_requests_are_judged_while_rules_come_and_go(start: Callable[..., Api]) -> None:
    api = start([rule()])
    statuses: set[int] = set()

    def ask() -> None:
        statuses.update(api.call("GET", "/noted").status for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for rules in ([], [rule()], []):
        api.collector.put_rules(rules)
        api.call("GET", "/chunks")
    for thread in threads:
        thread.join()
    assert statuses <= {200, 402}
    api.serving.settle()
    assert api.moesif.flush(10)
    stats = api.moesif.stats()
    assert (stats["captured"], stats["sent"], stats["hook_failures"]) == (83, 83, {})
