"""Conditions: shorthands, selectors with tests, joints, and what they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.condition import JOINTS, compile_condition, has_condition
from moesif_declarative.rules.shorthand import SHORTHANDS


@dataclass(frozen=True)
class Case:
    id: str
    spec: Any
    holds: bool
    call: dict[str, Any] = field(default_factory=dict)


def path(target: str) -> dict[str, Any]:
    return {"target": target}


def agent(text: str) -> dict[str, Any]:
    return {"headers": {"User-Agent": text}}


SHORT = [
    Case("method", {"method": "GET"}, True),
    Case("method in another case", {"method": "get"}, True),
    Case("method of the call in another case", {"method": "GET"}, True, {"method": "gEt"}),
    Case("method of a list", {"method": ["PUT", "get"]}, True),
    Case("another method", {"method": ["PUT", "POST"]}, False),
    Case("path", {"path": "/health"}, True, path("/health")),
    Case("path without the query", {"path": "/health"}, True, path("/health?a=/x")),
    Case("path is whole", {"path": "/health"}, False, path("/health/1")),
    Case("path begins earlier", {"path": "/health"}, False, path("/a/health")),
    Case("path in another case", {"path": "/health"}, False, path("/Health")),
    Case("path, any case wanted", {"path": "/health", "ignore_case": True}, True, path("/Health")),
    Case("path as sent", {"path": "/a b"}, False, path("/a%20b")),
    Case("path glob", {"path": ["/x", "/health/*"]}, True, path("/health/a/b")),
    Case("path glob, nothing after", {"path": "/health/*"}, True, path("/health/")),
    Case("path glob, no slash", {"path": "/health/*"}, False, path("/health")),
    Case("path glob, one character", {"path": "/v?/a"}, True, path("/v1/a")),
    Case("path glob, two characters", {"path": "/v?/a"}, False, path("/v11/a")),
    Case("path with brackets", {"path": "/a[b]"}, True, path("/a[b]")),
    Case("host", {"host": "API.example.test"}, True, {"host": "api.Example.test"}),
    Case("host without its port", {"host": "a.test"}, True, {"host": "a.test:8080"}),
    Case("host with its port", {"host": "a.test:8080"}, True, {"host": "a.test:8080"}),
    Case("host with another port", {"host": "a.test:1"}, False, {"host": "a.test:8080"}),
    Case("host of version 6", {"host": "[::1]"}, True, {"host": "[::1]:80"}),
    Case("host of version 6 alone", {"host": "[::1]"}, True, {"host": "[::1]"}),
    Case("host glob", {"host": "*.internal"}, True, {"host": "a.internal"}),
    Case("no host", {"host": "a"}, False, {"host": ""}),
    Case("url", {"url": "https://*/a?b=*"}, True, path("/a?b=c")),
    Case("url is whole", {"url": "/a"}, False, path("/a")),
    Case("path_regex", {"path_regex": r"\.(css|js)$"}, True, path("/x.js?v=2")),
    Case(
        "path_regex, any case", {"path_regex": r"\.js$", "ignore_case": True}, True, path("/X.JS")
    ),
    Case("path_regex does not see the query", {"path_regex": "js$"}, False, path("/x?f=a.js")),
    Case("path_regex of a list", {"path_regex": ["^/a$", "^/b$"]}, True, path("/b")),
    Case(
        "path_regex in python", {"path_regex": r"^/(\w)\1", "engine": "python"}, True, path("/aa")
    ),
    Case("url_regex", {"url_regex": "[?&]debug="}, True, path("/x?debug=1")),
    Case("path_contains", {"path_contains": "/admin/"}, True, path("/a/admin/b")),
    Case("path_contains in another case", {"path_contains": "/Admin/"}, False, path("/a/admin/b")),
    Case("path_contains a star", {"path_contains": "*"}, False, path("/a")),
    Case("url_contains", {"url_contains": ["x=1", "y=2"]}, True, path("/?y=2")),
    Case(
        "url_contains, any case", {"url_contains": "Y=2", "ignore_case": True}, True, path("/?y=2")
    ),
    Case("user_agent_contains", {"user_agent_contains": "probe"}, True, agent("kube-probe/1")),
    Case(
        "user_agent_contains in another case", {"user_agent_contains": "BOT"}, False, agent("bot")
    ),
    Case("no user agent", {"user_agent_contains": "a"}, False),
    Case("environment", {"environment": "development"}, True),
    Case("environment of a list", {"environment": ["production", "Development"]}, True),
    Case("another environment", {"environment": "production"}, False),
    Case("several at once", {"method": "GET", "path": "/a", "status": 200}, True, path("/a")),
    Case("several, one false", {"method": "GET", "path": "/a", "status": 404}, False, path("/a")),
]
STATUSES = [
    (404, 404, True),
    (404, 405, False),
    ("404", 404, True),
    ("5xx", 503, True),
    ("5XX", 499, False),
    ("200-299", 200, True),
    ("200-299", 299, True),
    ("200 - 299", 300, False),
    (">=500", 500, True),
    (">500", 500, False),
    ("<= 299", 204, True),
    ("<400", 400, False),
    ([404, "5xx"], 502, True),
    ([404, "5xx"], 403, False),
    ([], 200, False),
]
HOLDING = [
    Case("selector without a test", {"header": "A"}, True, {"headers": {"A": "x"}}),
    Case("selector without a value", {"header": "A"}, False),
    Case("false is a value", {"value": False}, True),
    Case("0 is a value", {"value": 0}, True),
    Case("empty is none", {"value": ""}, False),
    Case("exists false", {"header": "A", "exists": False}, True),
    Case("test", {"query": "a", "equals": "1"}, True, path("/?a=1")),
    Case(
        "test and shorthand", {"query": "a", "equals": "1", "method": "PUT"}, False, path("/?a=1")
    ),
    Case(
        "options go before tests",
        {"query": "a", "split": ",", "index": 1, "transform": ["int"], "gt": 4},
        True,
        path("/?a=1,5"),
    ),
    Case("default goes before tests", {"query": "a", "default": "x", "equals": "x"}, True),
    Case(
        "map goes before tests", {"response": "status", "map": {"2xx": "ok"}, "equals": "ok"}, True
    ),
    Case("when goes before tests", {"value": 1, "when": {"method": "PUT"}, "equals": 1}, False),
    Case(
        "when false, exists false", {"value": 1, "when": {"method": "PUT"}, "exists": False}, True
    ),
    Case(
        "ignore_case is the selector's",
        {"path": "/A", "value": "x", "equals": "X", "ignore_case": True},
        False,
        path("/a"),
    ),
    Case("test selector", {"test": {"method": "GET"}}, True),
    Case("test selector, false", {"test": {"method": "PUT"}}, False),
    Case("test selector, tested", {"test": {"method": "PUT"}, "equals": False}, True),
    Case("handler", {"handler": "user"}, True, {"handler": SimpleNamespace(user=object())}),
    Case(
        "handler none",
        {"handler": "user", "exists": False},
        True,
        {"handler": SimpleNamespace(user=None)},
    ),
    Case(
        "callable true",
        {"callable": lambda h: h.flag},
        True,
        {"handler": SimpleNamespace(flag=[1])},
    ),
    Case(
        "callable false",
        {"callable": lambda h: h.flag},
        False,
        {"handler": SimpleNamespace(flag=False)},
    ),
    Case("callable none", {"callable": lambda h: None}, False, {"handler": object()}),
    Case(
        "callable tested", {"callable": lambda h: "x", "equals": "x"}, True, {"handler": object()}
    ),
    Case("callable without a handler", {"callable": lambda h: True}, False),
]
JOINED = [
    Case("all", {"all": [{"method": "GET"}, {"status": 200}]}, True),
    Case("all, one false", {"all": [{"method": "GET"}, {"status": 404}]}, False),
    Case("any", {"any": [{"method": "PUT"}, {"status": 200}]}, True),
    Case("any, none", {"any": [{"method": "PUT"}, {"status": 404}]}, False),
    Case("not", {"not": {"method": "PUT"}}, True),
    Case("not a list", {"not": [{"method": "PUT"}, {"method": "GET"}]}, False),
    Case("not of no value", {"not": {"header": "A", "equals": "x"}}, True),
    Case(
        "joints beside shorthands",
        {"method": "GET", "any": [{"status": 404}], "not": {"path": "/a"}},
        False,
    ),
    Case("deep", {"not": {"all": [{"any": [{"not": {"method": "PUT"}}]}]}}, False),
    Case("list, any", [{"method": "PUT"}, {"method": "GET"}], True),
    Case("list, none", [{"method": "PUT"}, {"status": 404}], False),
    Case("empty table", {}, True),
    Case("empty list", [], False),
    Case("keys of the rule around it", {"method": "GET", "action": "keep", "rate": 1}, True),
    Case("a guard beside shorthands", {"method": "GET", "when": {"status": 404}}, False),
]


@pytest.mark.parametrize("case", [*SHORT, *HOLDING, *JOINED], ids=lambda case: case.id)
def test_a_condition_holds_or_not(case: Case, bench: Any, make_call: Callable[..., Any]) -> None:
    condition = bench.condition(case.spec)
    call = make_call(**case.call)
    assert (condition.holds(call), condition.holds(call)) == (case.holds, case.holds)
    assert bench.problems.errors == []


@pytest.mark.parametrize(("wanted", "status", "holds"), STATUSES, ids=str)
def test_a_status_fits_or_not(
    wanted: Any, status: int, holds: bool, bench: Any, make_call: Callable[..., Any]
) -> None:
    assert bench.condition({"status": wanted}).holds(make_call(status=status)) is holds


WRONG: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"status": "abc"}, [("bad-status", "RULE.status")]),
    ({"status": 4040}, [("bad-status", "RULE.status")]),
    ({"status": "40"}, [("bad-status", "RULE.status")]),
    ({"status": "0xx"}, [("bad-status", "RULE.status")]),
    ({"status": "299-200"}, [("bad-status", "RULE.status")]),
    ({"status": True}, [("bad-status", "RULE.status")]),
    ({"status": -200}, [("bad-status", "RULE.status")]),
    (
        {"status": [200, "x", "y"]},
        [("bad-status", "RULE.status[1]"), ("bad-status", "RULE.status[2]")],
    ),
    ({"path_regex": "(?<=a)b"}, [("bad-regex", "RULE.path_regex")]),
    ({"url_regex": ["a", "("]}, [("bad-regex", "RULE.url_regex[1]")]),
    (
        {"all": [{"status": "x"}, {"path_regex": "("}]},
        [("bad-status", "RULE.all[0].status"), ("bad-regex", "RULE.all[1].path_regex")],
    ),
    ({"not": {"jsonpath": "$["}}, [("bad-jsonpath", "RULE.not.jsonpath")]),
    ([{"method": "GET"}, {"handler": ""}], [("bad-handler-path", "RULE[1].handler")]),
]


@pytest.mark.parametrize(("spec", "found"), WRONG, ids=[str(spec) for spec, _ in WRONG])
def test_a_wrong_condition_is_a_problem_at_its_option(spec: Any, found: Any, bench: Any) -> None:
    assert compile_condition(spec, bench.place, bench.scope) is None
    assert bench.found == found


def test_a_callable_that_fails_is_told(bench: Any, make_call: Callable[..., Any]) -> None:
    condition = bench.condition({"callable": lambda handler: handler.nothing})
    with pytest.raises(CallableFailedError) as caught:
        condition.holds(make_call(handler=object()))
    assert isinstance(caught.value.__cause__, AttributeError)


def test_a_verdict_that_is_neither_true_nor_false_is_a_failure(
    bench: Any, make_call: Callable[..., Any]
) -> None:
    class Undecided:
        def __bool__(self) -> bool:
            raise ValueError("neither")

    condition = bench.condition({"callable": lambda handler: Undecided()})
    with pytest.raises(CallableFailedError, match="neither true nor false"):
        condition.holds(make_call(handler=object()))


def test_a_callable_is_not_asked_where_a_shorthand_has_decided(
    bench: Any, make_call: Callable[..., Any]
) -> None:
    asked: list[Any] = []
    condition = bench.condition({"callable": asked.append, "method": "PUT"})
    assert condition.holds(make_call(handler=object())) is False
    assert asked == []


@pytest.mark.parametrize(
    ("spec", "needs"),
    [
        ({"path": "/a", "environment": "x"}, Needs.NOTHING),
        ({"path": "/a", "status": 200}, Needs.RESPONSE),
        ({"handler": "a", "equals": 1}, Needs.HANDLER),
        ({"any": [{"form": "a"}, {"not": {"handler": "b"}}]}, Needs.HANDLER | Needs.BODY),
        ([{"path": "/a"}, {"jsonpath": "$.user_id"}], Needs.BODY | Needs.IDENTITY),
    ],
    ids=str,
)
def test_a_condition_says_what_it_needs(spec: Any, needs: Needs, bench: Any) -> None:
    assert bench.condition(spec).needs == needs


def test_a_condition_keeps_its_text(bench: Any) -> None:
    assert bench.condition({"path": "/a", "not": {"status": "5xx"}}).text == (
        'path = "/a", not = { status = "5xx" }'
    )


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"rate": 1}, False),
        ({"rate": 1, "by": {"header": "A"}}, False),
        ({"rate": 1, "path": "/a"}, True),
        ({"rate": 1, "header": "A"}, True),
        ({"rate": 1, "not": {}}, True),
    ],
    ids=str,
)
def test_a_rule_has_a_condition_or_none(table: Any, expected: bool) -> None:
    assert has_condition(table) is expected


TEXT = st.text(max_size=6)
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "method": TEXT,
        "path": TEXT | st.lists(TEXT),
        "host": TEXT,
        "url": TEXT,
        "path_contains": TEXT,
        "status": st.sampled_from([404, "5xx", "<300"]),
        "user_agent_contains": TEXT,
        "path_regex": st.just("a|b"),
    },
) | st.sampled_from(
    [{"header": "X-Id", "contains": "a"}, {"handler": "a", "truthy": True}, {"query": "a"}]
)
SPECS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {}, optional={"all": st.lists(inner), "any": st.lists(inner), "not": inner}
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    spec=SPECS,
    target=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
    value=st.text() | st.integers() | st.none() | st.lists(st.text()),
)
def test_no_call_makes_a_condition_raise(
    make_bench: Any, make_call: Any, spec: Any, target: str, value: Any
) -> None:
    call = make_call(target=target, handler=SimpleNamespace(a=value))
    holds = make_bench().condition(spec).holds(call)
    assert holds in {True, False}
    assert make_bench().condition({"not": spec}).holds(call) is not holds


def test_the_words_of_the_schema_are_those_of_the_compiler() -> None:
    from moesif_declarative.schema.languages import language

    words = {
        role: {name for name, option in language("condition").items() if option.role == role}
        for role in ("shorthand", "joint")
    }
    assert words == {"shorthand": set(SHORTHANDS), "joint": set(JOINTS)}
