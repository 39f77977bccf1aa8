"""Every selector: what it picks, and that absent or hostile input is no value."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.source import compile_source


def jwt(claims: Any, signature: str = "c2ln") -> str:
    parts = ({"alg": "HS256"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, signature])


PARTS = b'--B\r\nContent-Disposition: form-data; name="email"\r\n\r\na@b.c\r\n--B--\r\n'
FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
JSON = {"headers": {"Content-Type": "application/json"}}
TOKEN = jwt({"sub": "ada", "Org": 7, "realm": {"tenant": "t-1"}, "roles": ["a", "b"], "none": None})
UNPADDED = jwt({"sub": "ÿþý>>>???"})  # gives both - and _ in base64url


@dataclass(frozen=True)
class Case:
    id: str
    spec: Any
    expected: Any
    call: dict[str, Any] = field(default_factory=dict)


def with_header(name: str, value: str) -> dict[str, Any]:
    return {"headers": {name: value}}


def bearer(token: str, scheme: str = "Bearer ") -> dict[str, Any]:
    return with_header("Authorization", scheme + token)


def basic(text: bytes, scheme: str = "Basic ") -> dict[str, Any]:
    return with_header("Authorization", scheme + base64.b64encode(text).decode())


HEADERS = [
    Case("header", {"header": "X-User-Id"}, "u1", with_header("x-user-id", "u1")),
    Case("header in any case", {"header": "x-USER-id"}, "u1", with_header("X-User-Id", "u1")),
    Case("header absent", {"header": "X-User-Id"}, None),
    Case("header empty", {"header": "X-User-Id"}, None, with_header("X-User-Id", "")),
    Case(
        "header repeated",
        {"header": "X-Role"},
        "a, b",
        {"headers": [("X-Role", "a"), ("X-Role", "b")]},
    ),
    Case(
        "response header",
        {"response_header": "x-account"},
        "acme",
        {"response_headers": {"X-Account": "acme"}},
    ),
    Case("response header absent", {"response_header": "X"}, None, with_header("X", "request's")),
    Case("cookie", {"cookie": "sid"}, "a%20b", with_header("Cookie", "x=1; sid=a%20b")),
    Case("cookie absent", {"cookie": "sid"}, None, with_header("Cookie", "side=1; sid")),
    Case("cookies of garbage", {"cookie": "sid"}, None, with_header("Cookie", ";;=;,==")),
]
ARGUMENTS = [
    Case("query", {"query": "user"}, "a b", {"target": "/x?user=a%20b&user=c"}),
    Case("query blank", {"query": "user"}, None, {"target": "/x?user=&user=c"}),
    Case("query absent", {"query": "user"}, None, {"target": "/x?usr=1"}),
    Case("query of garbage", {"query": "a"}, "\ufffd%zz", {"target": "/x?a=%ff%zz&&=&%"}),
    Case("form", {"form": "email"}, "a@b.c", {**FORM, "body": b"email=a%40b.c&email=x"}),
    Case("form absent", {"form": "email"}, None, {**FORM, "body": b"mail=1"}),
    Case("form of another type", {"form": "email"}, None, {**JSON, "body": b'{"email": "x"}'}),
    Case(
        "form in parts",
        {"form": "email"},
        "a@b.c",
        {
            "headers": {"Content-Type": "multipart/form-data; boundary=B"},
            "body": PARTS,
        },
    ),
    Case("path argument by name", {"path_arg": "id"}, "7", {"path_kwargs": {"id": "7"}}),
    Case("path argument by position", {"path_arg": 1}, "b", {"path_args": ("a", "b")}),
    Case("path argument by position as text", {"path_arg": "0"}, "a", {"path_args": ("a",)}),
    Case("path argument beyond the end", {"path_arg": 2}, None, {"path_args": ("a", "b")}),
    Case("path argument that took no part", {"path_arg": 0}, None, {"path_args": (None,)}),
    Case("path argument absent", {"path_arg": "id"}, None),
    Case("path argument of bytes", {"path_arg": 0}, "a\ufffd", {"path_args": (b"a\xff",)}),
]
DOCUMENTS = [
    Case(
        "jsonpath",
        {"jsonpath": "$.request.body.user.id"},
        17,
        {**JSON, "body": b'{"user": {"id": 17}}'},
    ),
    Case(
        "jsonpath, first match",
        {"jsonpath": "$..id"},
        1,
        {**JSON, "body": b'[{"id": 1}, {"id": 2}]'},
    ),
    Case(
        "jsonpath to null", {"jsonpath": "$.request.body.a"}, None, {**JSON, "body": b'{"a":null}'}
    ),
    Case(
        "jsonpath to false",
        {"jsonpath": "$.request.body.a"},
        False,
        {**JSON, "body": b'{"a":false}'},
    ),
    Case(
        "jsonpath to a header",
        {"jsonpath": "$.request.headers['X-A']"},
        "1",
        with_header("x-a", "1"),
    ),
    Case("jsonpath without a body", {"jsonpath": "$.request.body.a"}, None),
    Case(
        "jsonpath in malformed JSON",
        {"jsonpath": "$.request.body.a"},
        None,
        {**JSON, "body": b'{"a":'},
    ),
]
TOKENS = [
    Case("jwt", {"jwt": "sub"}, "ada", bearer(TOKEN)),
    Case("jwt alone", {"jwt": "sub"}, "ada", bearer(TOKEN, "")),
    Case("jwt with bearer in capitals", {"jwt": "sub"}, "ada", bearer(TOKEN, "BEARER  ")),
    Case("jwt with - and _", {"jwt": "sub"}, "ÿþý>>>???", bearer(UNPADDED)),
    Case("jwt without a signature", {"jwt": "sub"}, "ada", bearer(TOKEN.rpartition(".")[0])),
    Case("jwt with a number", {"jwt": "Org"}, 7, bearer(TOKEN)),
    Case("jwt with a list", {"jwt": "roles"}, ["a", "b"], bearer(TOKEN)),
    Case("jwt, claim in another case", {"jwt": "org"}, None, bearer(TOKEN)),
    Case("jwt, claim absent", {"jwt": "tenant"}, None, bearer(TOKEN)),
    Case("jwt, claim null", {"jwt": "none"}, None, bearer(TOKEN)),
    Case("jwt by JSONPath", {"jwt": "$.realm.tenant"}, "t-1", bearer(TOKEN)),
    Case("jwt by JSONPath, absent", {"jwt": "$.realm.x"}, None, bearer(TOKEN)),
    Case("jwt without a header", {"jwt": "sub"}, None),
    Case("jwt opaque", {"jwt": "sub"}, None, bearer("opaque")),
    Case("jwt with garbage inside", {"jwt": "sub"}, None, bearer("a.***.c")),
    Case("jwt with text inside", {"jwt": "sub"}, None, bearer("a.aGVsbG8.c")),
    Case("jwt with a list inside", {"jwt": "sub"}, None, bearer(jwt(["sub"]))),
    Case("jwt nested too deeply", {"jwt": "sub"}, None, bearer(f"a.{'W1tb' * 9999}.c")),
    Case("jwt of dots", {"jwt": "sub"}, None, bearer("." * 5000)),
    Case("jwt after another scheme", {"jwt": "sub"}, "ada", bearer(TOKEN, "Basic eDp5, Bearer ")),
    Case(
        "jwt in a cookie",
        {"jwt": "sub", "from": {"cookie": "id_token"}},
        "ada",
        with_header("Cookie", f"id_token={TOKEN}"),
    ),
    Case(
        "jwt in the first source of a list",
        {"jwt": "sub", "from": [{"cookie": "id_token"}, {"header": "X-Token"}]},
        "ada",
        with_header("X-Token", TOKEN),
    ),
    Case("jwt in an absent cookie", {"jwt": "sub", "from": {"cookie": "t"}}, None, bearer(TOKEN)),
    Case("jwt in a number", {"jwt": "sub", "from": {"value": 12}}, None, bearer(TOKEN)),
    Case("basic", {"basic_auth": "username"}, "jane", basic(b"jane:p:w")),
    Case("basic in any case", {"basic_auth": "username"}, "jane", basic(b"jane:pw", "bAsIc ")),
    Case("basic without a colon", {"basic_auth": "username"}, "jane", basic(b"jane")),
    Case("basic in UTF-8", {"basic_auth": "username"}, "jané", basic("jané:x".encode())),
    Case("basic in Latin-1", {"basic_auth": "username"}, "jané", basic("jané:x".encode("latin-1"))),
    Case("basic without padding", {"basic_auth": "username"}, "ab", bearer("YWI6eA", "Basic ")),
    Case("basic without a user", {"basic_auth": "username"}, None, basic(b":pw")),
    Case("basic of control characters", {"basic_auth": "username"}, None, basic(b"\x00\x01:x")),
    Case("basic of no base64", {"basic_auth": "username"}, None, bearer("%%%", "Basic ")),
    Case("basic alone", {"basic_auth": "username"}, None, bearer("", "Basic")),
    Case("basic of a bearer", {"basic_auth": "username"}, None, bearer(TOKEN)),
    Case(
        "basic in another header",
        {"basic_auth": "username", "from": {"header": "X-Auth"}},
        "jane",
        with_header("X-Auth", "Basic amFuZTpw"),
    ),
]
FACTS = [
    Case("method", {"request": "method"}, "PATCH", {"method": "PATCH"}),
    Case("scheme", {"request": "scheme"}, "https"),
    Case("host", {"request": "host"}, "h:8080", {"host": "h:8080"}),
    Case("no host", {"request": "host"}, None, {"host": ""}),
    Case("path", {"request": "path"}, "/a%20b", {"target": "/a%20b?c=d"}),
    Case("uri", {"request": "uri"}, "/a%20b?c=d?e", {"target": "/a%20b?c=d?e"}),
    Case("uri of absolute form", {"request": "uri"}, "/a?c", {"target": "http://h/a?c"}),
    Case("uri with an empty query", {"request": "uri"}, "/a?", {"target": "/a?"}),
    Case("url", {"request": "url"}, "https://h/a?c=d", {"host": "h", "target": "/a?c=d"}),
    Case(
        "client_ip",
        {"request": "client_ip"},
        "198.51.100.7",
        with_header("X-Forwarded-For", "unknown, 198.51.100.7:81, 10.0.0.1"),
    ),
    Case(
        "remote_ip", {"request": "remote_ip"}, "203.0.113.9", with_header("X-Client-Ip", "1.2.3.4")
    ),
    Case("user_agent", {"request": "user_agent"}, "curl/8", with_header("User-Agent", "curl/8")),
    Case("no user_agent", {"request": "user_agent"}, None),
    Case(
        "content_type",
        {"request": "content_type"},
        "application/json",
        with_header("Content-Type", "Application/JSON ; charset=utf-8"),
    ),
    Case("no content_type", {"request": "content_type"}, None),
    Case("size", {"request": "size"}, 3, {"body": b"abc"}),
    Case("size of nothing", {"request": "size"}, 0),
    Case("time", {"request": "time"}, "2024-05-01T10:20:30.250Z"),
    Case("route", {"request": "route"}, r"/items/(\d+)", {"route": r"/items/(\d+)"}),
    Case("no route", {"request": "route"}, None),
    Case("status", {"response": "status"}, 404, {"status": 404}),
    Case("reason", {"response": "reason"}, "Not Found", {"reason": "Not Found"}),
    Case(
        "response content_type",
        {"response": "content_type"},
        "text/html",
        {"response_headers": {"Content-Type": "text/HTML;charset=x"}},
    ),
    Case("duration_ms", {"response": "duration_ms"}, 12.346, {"duration_s": 0.0123456}),
    Case("response size", {"response": "size"}, 2, {"response_body": b"{}"}),
    Case("response time", {"response": "time"}, "2024-05-01T10:20:30.262Z"),
]


class Raising:
    @property
    def user(self) -> str:
        raise RuntimeError("no session")


HANDLERS = [
    Case("handler", {"handler": "user.id"}, 3, {"handler": SimpleNamespace(user={"id": 3})}),
    Case("handler, step absent", {"handler": "user.id"}, None, {"handler": SimpleNamespace()}),
    Case("handler that raises", {"handler": "user.id"}, None, {"handler": Raising()}),
    Case("handler gone", {"handler": "user.id"}, None),
    Case("handler class", {"handler": "class"}, "shop.handlers.ItemHandler"),
    Case("handler class unknown", {"handler": "class"}, None, {"handler_class": ""}),
]
OTHERS = [
    Case("value", {"value": {"a": [1]}}, {"a": [1]}),
    Case("value false", {"value": False}, False),
    Case("value empty", {"value": ""}, None),
    Case("test that holds", {"test": {"method": "GET"}}, True),
    Case("test that does not", {"test": [{"method": "PUT"}, {"status": 500}]}, False),
    Case(
        "callable",
        {"callable": lambda handler: handler.user},
        "u",
        {"handler": SimpleNamespace(user="u")},
    ),
    Case("callable by name", {"callable": "operator:truth"}, True, {"handler": object()}),
    Case("callable without a handler", {"callable": lambda handler: "x"}, None),
    Case("list, first value", [{"header": "A"}, {"value": "b"}, {"value": "c"}], "b"),
    Case("list without a value", [{"header": "A"}, {"value": ""}], None),
    Case("empty list", [], None),
]


@pytest.mark.parametrize(
    "case",
    [*HEADERS, *ARGUMENTS, *DOCUMENTS, *TOKENS, *FACTS, *HANDLERS, *OTHERS],
    ids=lambda case: case.id,
)
def test_a_selector_picks_its_value(case: Case, bench: Any, make_call: Callable[..., Any]) -> None:
    source = bench.source(case.spec)
    call = make_call(**case.call)
    assert source.read(call) == case.expected
    assert source.read(call) == case.expected, "a second read differs"
    assert bench.found == []


@dataclass(frozen=True)
class Wrong:
    id: str
    spec: dict[str, Any]
    code: str
    key: str
    message: str


WRONG = [
    Wrong("no selector", {"default": 1}, "selector-missing", "RULE", "does not say what it reads"),
    Wrong("jsonpath", {"jsonpath": "$.a["}, "bad-jsonpath", "RULE.jsonpath", ""),
    Wrong("no $", {"jsonpath": "request.body"}, "bad-jsonpath", "RULE.jsonpath", ""),
    Wrong(
        "header spelled otherwise",
        {"jsonpath": "$.request.headers['x-user-id']"},
        "header-spelling",
        "RULE.jsonpath",
        "'x-user-id'",
    ),
    Wrong("claim path", {"jwt": "$.a["}, "bad-jsonpath", "RULE.jwt", ""),
    Wrong(
        "from",
        {"jwt": "a", "from": [{"jsonpath": "$["}]},
        "bad-jsonpath",
        "RULE.from[0].jsonpath",
        "",
    ),
    Wrong("request fact", {"request": "methd"}, "wrong-value", "RULE.request", "no 'methd'"),
    Wrong("response fact", {"response": "path"}, "wrong-value", "RULE.response", "no 'path'"),
    Wrong("handler path", {"handler": "a..b"}, "bad-handler-path", "RULE.handler", "step"),
    Wrong(
        "handler call", {"handler": "get()"}, "bad-handler-path", "RULE.handler", "calls nothing"
    ),
    Wrong("position", {"path_arg": -1}, "out-of-range", "RULE.path_arg", "from 0"),
    Wrong("callable", {"callable": "nowhere:f"}, "bad-callable", "RULE.callable", "no module"),
    Wrong("test", {"test": {"status": "6000"}}, "bad-status", "RULE.test.status", "6000"),
    Wrong(
        "when", {"value": 1, "when": {"path_regex": "("}}, "bad-regex", "RULE.when.path_regex", ""
    ),
    Wrong("regex", {"value": 1, "regex": "(?=a)"}, "bad-regex", "RULE.regex", ""),
    Wrong("split", {"value": 1, "split": ""}, "bad-split", "RULE.split", "empty"),
    Wrong(
        "transform",
        {"value": 1, "transform": ["lwer"]},
        "bad-transform",
        "RULE.transform[0]",
        "'lwer'",
    ),
    Wrong(
        "map", {"value": 1, "map": {"5-1": 1}}, "bad-map-key", "RULE.map.5-1", "before it begins"
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_source_is_a_problem_at_its_option(case: Wrong, bench: Any) -> None:
    [(code, key, message)] = bench.faults(compile_source, case.spec)
    assert (code, key) == (case.code, case.key)
    assert case.message in message


def test_every_fault_of_a_source_is_told_at_once(bench: Any) -> None:
    spec = {"handler": "a..b", "regex": "(", "transform": ["x", "y"], "when": {"status": "x"}}
    assert [code for code, _, _ in bench.faults(compile_source, spec)] == [
        "bad-handler-path",
        "bad-regex",
        "bad-transform",
        "bad-transform",
        "bad-status",
    ]


def test_a_problem_knows_where_it_was_written_and_how_to_mend_it(bench: Any) -> None:
    assert compile_source({"request": "methd"}, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert str(problem.origin) == "settings.toml:7:3"
    assert problem.hint == "did you mean method?"


def test_an_environment_variable_is_read_once_at_startup(make_bench: Any, make_call: Any) -> None:
    variables = {"REGION": "eu-1", "EMPTY": ""}
    bench = make_bench(variables=variables)
    region, empty = bench.source({"env": "REGION"}), bench.source({"env": "EMPTY"})
    variables["REGION"] = "us-2"
    assert (region.read(make_call()), empty.read(make_call())) == ("eu-1", None)
    assert bench.found == []


def test_an_unset_environment_variable_without_default_is_a_warning(
    bench: Any, make_call: Any
) -> None:
    assert bench.source({"env": "NOWHERE"}).read(make_call()) is None
    assert bench.source({"env": "NOWHERE", "default": "x"}).read(make_call()) == "x"
    [problem] = bench.problems
    assert (problem.severity, problem.code, problem.key) == ("warning", "env-unset", "RULE.env")


def test_a_field_that_no_event_has_is_a_warning(bench: Any, make_call: Any) -> None:
    assert bench.source({"jsonpath": "$.requst.body"}).read(make_call()) is None
    [problem] = bench.problems
    assert (problem.severity, problem.hint) == ("warning", "did you mean $.request?")


def raise_value_error(_handler: Any) -> None:
    raise ValueError("a secret")


async def coroutine(_handler: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("function", "message", "cause"),
    [
        (raise_value_error, "raise_value_error raised ValueError", ValueError),
        (lambda handler: coroutine(handler), "returned an awaitable", TypeError),
    ],
    ids=["raises", "returns a coroutine"],
)
def test_a_callable_that_fails_says_so_without_the_value(
    function: Any, message: str, cause: type[BaseException], bench: Any, make_call: Any
) -> None:
    source = bench.source({"callable": function, "default": "never"})
    with pytest.raises(CallableFailedError, match=message) as caught:
        source.read(make_call(handler=object()))
    assert isinstance(caught.value.__cause__, cause)
    assert "secret" not in str(caught.value)


NEEDS = [
    ({"header": "A"}, Needs.NOTHING),
    ({"form": "a"}, Needs.BODY),
    ({"handler": "a"}, Needs.HANDLER),
    ({"handler": "class"}, Needs.NOTHING),
    ({"callable": "operator:truth"}, Needs.HANDLER),
    ({"path_arg": 0}, Needs.NOTHING),
    ({"jsonpath": "$.request.body.a"}, Needs.BODY),
    ({"jsonpath": "$.user_id"}, Needs.BODY | Needs.IDENTITY),
    ({"jsonpath": "$.request.api_version"}, Needs.BODY | Needs.IDENTITY),
    ({"jsonpath": "$.response.status"}, Needs.BODY | Needs.RESPONSE),
    ({"jsonpath": "$..id"}, Needs.BODY | Needs.IDENTITY | Needs.RESPONSE),
    ({"jsonpath": "$"}, Needs.BODY | Needs.IDENTITY | Needs.RESPONSE),
    ({"response_header": "A"}, Needs.RESPONSE),
    ({"response": "status"}, Needs.RESPONSE),
    ({"request": "method"}, Needs.NOTHING),
    ({"jwt": "sub"}, Needs.NOTHING),
    ({"jwt": "sub", "from": {"form": "token"}}, Needs.BODY),
    ({"template": "{a}", "vars": {"a": {"handler": "x"}}}, Needs.HANDLER),
    ({"test": {"handler": "x"}}, Needs.HANDLER),
    ({"value": 1, "when": {"any": [{"handler": "x"}, {"form": "y"}]}}, Needs.HANDLER | Needs.BODY),
    ([{"header": "A"}, {"handler": "a"}], Needs.HANDLER),
]


@pytest.mark.parametrize(("spec", "needs"), NEEDS, ids=[str(spec) for spec, _ in NEEDS])
def test_a_source_says_what_it_needs(spec: Any, needs: Needs, bench: Any) -> None:
    assert bench.source(spec).needs == needs


def test_no_more_tokens_are_tried_than_anyone_sends(
    bench: Any, make_call: Callable[..., Any]
) -> None:
    source = bench.source({"jwt": "sub"})
    token = "e30.eyJzdWIiOiJhbm4ifQ.c2ln"
    assert source.read(make_call(headers={"Authorization": "a.b.c, " * 31 + token})) == "ann"
    assert source.read(make_call(headers={"Authorization": "a.b.c, " * 32 + token})) is None
