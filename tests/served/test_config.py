"""The config that Moesif serves: rates, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.call import Call
from moesif_declarative.served import ServedConfig, read_config


@dataclass(frozen=True)
class Case:
    """A config, a call, and the rate of that call."""

    id: str
    config: Mapping[str, Any]
    rate: float
    user: str | None = None
    company: str | None = None
    call: Mapping[str, Any] = field(default_factory=dict)


def when(rate: Any, *conditions: tuple[Any, Any]) -> dict[str, Any]:
    """An entry of ``regex_config``."""
    found = [{"path": path, "value": value} for path, value in conditions]
    return {"conditions": found, "sample_rate": rate}


def rates(*entries: Any, **rest: Any) -> dict[str, Any]:
    """A config with regex rates."""
    return {"regex_config": list(entries), **rest}


GET = when(20, ("request.verb", "GET"))
POST = when(30, ("request.verb", "POST"))
BOTH = {"user_sample_rate": {"ann": 40}, "company_sample_rate": {"acme": 60}, "sample_rate": 80}
GRAPHQL = {"body": '{"operationName": "GetOrders", "query": "query GetOrders { id }"}'}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RAW = {"Content-Type": "application/graphql"}

CASES = [
    Case("nothing served", {}, 100),
    Case("the global rate", {"sample_rate": 50}, 50),
    Case("a fraction", {"sample_rate": 12.5}, 12.5),
    Case("nothing at all", {"sample_rate": 0}, 0),
    Case("more than all", {"sample_rate": 250}, 100),
    Case("less than nothing", {"sample_rate": -3}, 0),
    Case("a boolean is no rate", {"sample_rate": True}, 100),
    Case("a text is no rate", {"sample_rate": "50"}, 100),
    Case("no value is no rate", {"sample_rate": None}, 100),
    Case("a number without measure", {"sample_rate": 1e300}, 100),
    Case("the user's rate", BOTH, 40, user="ann"),
    Case("another user", BOTH, 80, user="bob"),
    Case("the company's rate", BOTH, 60, company="acme"),
    Case("the user's goes before the company's", BOTH, 40, user="ann", company="acme"),
    Case("another user of the company", BOTH, 60, user="bob", company="acme"),
    Case("a user in another case", BOTH, 80, user="Ann"),
    Case("the user's rate of 100 goes before", {**BOTH, "user_sample_rate": {"ann": 100}}, 100,
         user="ann", company="acme"),
    Case("the user's rate of 0", {**BOTH, "user_sample_rate": {"ann": 0}}, 0, user="ann"),
    Case("a user's rate that is none", {**BOTH, "user_sample_rate": {"ann": "x"}}, 60,
         user="ann", company="acme"),
    Case("a user's rate that is true", {"user_sample_rate": {"ann": True}}, 100, user="ann"),
    Case("rates that are a list", {"user_sample_rate": [40], "sample_rate": 70}, 70, user="ann"),
    Case("a regex rate", rates(GET, sample_rate=50), 20),
    Case("no regex rate matches", rates(POST, sample_rate=50), 50),
    Case("the first that matches", rates(POST, GET, when(10, ("request.verb", "G"))), 20),
    Case("a regex rate above the global one", rates(when(90, ("request.verb", "GET")),
                                                    sample_rate=10), 90),
    Case("the smaller of user and regex: regex", rates(GET, **BOTH), 20, user="ann"),
    Case("the smaller of user and regex: user",
         rates(when(90, ("request.verb", "GET")), **BOTH), 40, user="ann"),
    Case("the smaller of company and regex", rates(GET, **BOTH), 20, company="acme"),
    Case("patterns are searched", rates(when(5, ("request.route", "order"))), 5),
    Case("an anchored pattern", rates(when(5, ("request.route", "^/v1/orders$"))), 5),
    Case("the route is the path alone", rates(when(5, ("request.route", "page|api"))), 100),
    Case("patterns mind case", rates(when(5, ("request.verb", "get"))), 100),
    Case("the client's address", rates(when(5, ("request.ip_address", r"^198\.51\."))), 5),
    Case("the address's other name", rates(when(5, ("request.ip", r"^198\.51\."))), 5),
    Case("the address behind a proxy", rates(when(5, ("request.ip_address", "^203"))), 5,
         call={"headers": {"X-Forwarded-For": "203.0.113.9"}}),
    Case("the status", rates(when(5, ("response.status", "^5"))), 5, call={"status": 503}),
    Case("another status", rates(when(5, ("response.status", "^5"))), 100),
    Case("a status as a number", rates(when(5, ("response.status", 200))), 5),
    Case("conditions are joined by AND",
         rates(when(5, ("request.verb", "GET"), ("response.status", "^2"))), 5),
    Case("one of two is false",
         rates(when(5, ("request.verb", "GET"), ("response.status", "^4"))), 100),
    Case("the operation of GraphQL",
         rates(when(5, ("request.body.operationName", "^Get"))), 5, call=GRAPHQL),
    Case("the query of GraphQL", rates(when(5, ("request.body.query", r"\bid\b"))), 5,
         call=GRAPHQL),
    Case("the query as the body", rates(when(5, ("request.body.query", "orders"))), 5,
         call={"body": "{ orders { id } }", "headers": RAW}),
    Case("no such field", rates(when(5, ("request.body.kind", "."))), 100, call=GRAPHQL),
    Case("no body", rates(when(5, ("request.body.query", ".*"))), 100),
    Case("another field", rates(when(5, ("request.body.kind", "^trial$"))), 5,
         call={"body": '{"kind": "trial"}'}),
    Case("a number in the body", rates(when(5, ("request.body.size", "^12$"))), 5,
         call={"body": '{"size": 12}'}),
    Case("a field of a field", rates(when(5, ("request.body.plan.name", "^gold$"))), 5,
         call={"body": '{"plan": {"name": "gold"}}'}),
    Case("a name with a dot", rates(when(5, ("request.body.plan.name", "^gold$"))), 5,
         call={"body": '{"plan.name": "gold"}'}),
    Case("an object is no text", rates(when(5, ("request.body.plan", "."))), 100,
         call={"body": '{"plan": {"name": "gold"}}'}),
    Case("a list as the body", rates(when(5, ("request.body.0", "."))), 100,
         call={"body": '["gold"]'}),
    Case("a field of a form", rates(when(5, ("request.body.plan", "^gold$"))), 5,
         call={"body": "plan=gold&plan=lead", "headers": FORM}),
    Case("a body that is no JSON", rates(when(5, ("request.body.plan", "."))), 100,
         call={"body": '{"plan": '}),
    Case("a header", rates(when(5, ("request.headers.X-Plan", "^gold$"))), 5,
         call={"headers": {"x-plan": "gold"}}),
    Case("a header in another case", rates(when(5, ("request.headers.x-PLAN", "^gold$"))), 5,
         call={"headers": {"X-Plan": "gold"}}),
    Case("a header that is not there", rates(when(5, ("request.headers.X-Plan", ".*"))), 100),
    Case("a broken pattern is passed over", rates(when(5, ("request.verb", "(")), GET), 20),
    Case("a pattern that looks around is passed over",
         rates(when(5, ("request.verb", "(?=G)GET")), GET), 20),
    Case("one broken condition spoils its entry",
         rates(when(5, ("request.verb", "GET"), ("request.route", "[")), GET), 20),
    Case("a path that nobody knows", rates(when(5, ("request.colour", ".*")), GET), 20),
    Case("no conditions match nothing", rates(when(5), GET), 20),
    Case("an entry without a rate", rates(when(None, ("request.verb", "GET")), GET), 20),
    Case("an entry whose rate is true", rates(when(True, ("request.verb", "GET")), GET), 20),
    Case("an entry that is no object", rates("GET", None, 5, GET), 20),
    Case("regex rates that are no list", {"regex_config": GET, "sample_rate": 70}, 70),
    Case("conditions that are no list", rates({"conditions": {}, "sample_rate": 1}, GET), 20),
    Case("a rate above 100", rates(when(900, ("request.verb", "GET")), sample_rate=3), 100),
    Case("a hostile pattern costs nothing", rates(when(5, ("request.route", "(a+)+$"))), 100,
         call={"target": "/" + "a" * 5_000 + "!"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_call_has_the_rate_that_is_served_for_it(
    case: Case, make_call: Callable[..., Call]
) -> None:
    config = read_config(case.config, [])
    assert config is not None
    assert config.rate(make_call(**case.call), case.user, case.company) == case.rate


def told_of(document: Any) -> list[str]:
    told: list[str] = []
    read_config(document, told)
    return told


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, []),
        ({"org_id": "1:2", "app_id": "3:4", **BOTH, **rates(GET, POST)}, []),
        ([], ["it is no object"]),
        ({"sample_rate": "50"}, ["sample_rate is no number"]),
        ({"user_sample_rate": {"a": 1, "b": "x"}}, ["1 of user_sample_rate is no number"]),
        ({"company_sample_rate": {"a": None, "b": []}},
         ["2 of company_sample_rate are no numbers"]),
        ({"user_sample_rate": 7}, ["user_sample_rate is no object"]),
        ({"user_rules": []}, ["user_rules is no object"]),
        ({"regex_config": 7}, ["regex_config is no list"]),
        (rates("x"), ["regex_config[0] has no conditions"]),
        (rates(when("x", ("request.verb", "GET"))), ["regex_config[0].sample_rate is no number"]),
        (rates(GET, when(5, ("request.verb", None))),
         ["regex_config[1].conditions[0].value is no pattern"]),
        (rates(when(5, ("request.colour", "."))),
         ["regex_config[0].conditions[0].path names no field that is known"]),
        (rates(when(5, ("request.verb", "("))),
         ["regex_config[0].conditions[0].value cannot be read: missing ): ("]),
        ({"regex_config": [GET] * 501},
         ["regex_config has more than 500 entries: the rest is left out"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_config_is_told(document: Any, told: list[str]) -> None:
    assert told_of(document) == told


@pytest.mark.parametrize(
    ("document", "decides"),
    [
        ({}, False),
        ({"sample_rate": 100, "user_sample_rate": {}, "regex_config": []}, False),
        ({"sample_rate": 99}, True),
        ({"block_bot_traffic": True}, True),
        ({"user_sample_rate": {"ann": 5}}, True),
        ({"company_sample_rate": {"acme": 5}}, True),
        (rates(GET), True),
    ],
)
def test_a_config_that_leaves_nothing_out_is_not_asked(document: Any, decides: bool) -> None:
    config = read_config(document, [])
    assert config is not None
    assert config.decides is decides


@pytest.mark.parametrize(
    ("path", "reads"), [("request.body.query", True), ("request.headers.X", False)]
)
def test_a_config_says_whether_it_reads_bodies(path: str, reads: bool) -> None:
    config = read_config(rates(GET, when(5, (path, "x"))), [])
    assert config is not None
    assert config.reads_body is reads


MEMBERS = {"ann": [{"rules": "r1", "values": {"0": "gold"}}, {"rules": "r2"}], "bob": "r1",
           "cat": [{"values": {}}], "dan": [{"rules": "r1", "values": 7}]}  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "identity", "found"),
    [
        (MEMBERS, "ann", {"r1": {"0": "gold"}, "r2": {}}),
        (MEMBERS, "eve", {}),
        (MEMBERS, "bob", None),
        (MEMBERS, "cat", None),
        (MEMBERS, "dan", {"r1": {}}),
        (None, "ann", {}),
        ([], "ann", None),
    ],
    ids=["in two", "in none", "no list", "an entry without a rule", "no values", "none", "wrong"],
)
def test_a_config_says_who_falls_under_which_rule(rules: Any, identity: str, found: Any) -> None:
    for kind in ("user", "company"):
        config = read_config({f"{kind}_rules": rules}, [])
        assert isinstance(config, ServedConfig)
        assert config.memberships(kind, identity) == found
