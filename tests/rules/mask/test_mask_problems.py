"""What is wrong with mask rules is told at startup, at its place and with a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.rules.compiled import Needs


@dataclass(frozen=True)
class Case:
    id: str
    rule: dict[str, Any]
    key: str
    message: str
    hint: str = ""


M = "MASK_EVENT_MODEL.m"
PROTECTED = "which every event needs as it is"
CASES = [
    Case("bad path", {"jsonpath": "$.request.body["}, f"{M}.jsonpath", ""),
    Case("no root", {"jsonpath": "request.body"}, f"{M}.jsonpath", ""),
    Case(
        "one of several paths",
        {"jsonpath": ["$.user_id", "$.request.body["]},
        f"{M}.jsonpath[1]",
        "",
    ),
    Case(
        "header spelled otherwise",
        {"jsonpath": "$.request.headers.authorization"},
        f"{M}.jsonpath",
        "authorization",
        "Authorization",
    ),
    Case("status redacted", {"jsonpath": "$.response.status"}, f"{M}.jsonpath", PROTECTED),
    Case(
        "time removed",
        {"jsonpath": "$.request['time']", "action": "remove"},
        f"{M}.jsonpath",
        "remove would break $.request.time",
    ),
    Case("verb null", {"jsonpath": "$.request.verb", "action": "null"}, f"{M}.jsonpath", PROTECTED),
    Case("weight by any way", {"jsonpath": "$..weight"}, f"{M}.jsonpath", PROTECTED),
    Case(
        "status set to text",
        {"jsonpath": "$.response.status", "action": "set", "with": "ok"},
        f"{M}.jsonpath",
        PROTECTED,
    ),
    Case("transaction id", {"jsonpath": "$.transaction_id"}, f"{M}.jsonpath", PROTECTED),
    Case("the whole event", {"jsonpath": "$"}, f"{M}.jsonpath", "the whole event"),
    Case("the whole request", {"jsonpath": "$.request"}, f"{M}.jsonpath", "$.request"),
    Case("hash without a key", {"field": "a", "action": "hash"}, f"{M}.action", "MASK_HASH_KEY"),
    Case("unknown group", {"regex": "(a)b", "with": r"\2"}, f"{M}.with", "group 2", "parentheses"),
    Case("look-around", {"regex": "(?=a)"}, f"{M}.regex", ""),
    Case("unset variable", {"env_value": "NOT_THERE"}, f"{M}.env_value", "NOT_THERE"),
    Case(
        "without an unknown name",
        {"preset": "credentials", "without": ["Cookies"]},
        f"{M}.without",
        "Cookies",
        "Cookie",
    ),
    Case(
        "without names in a content preset",
        {"preset": "emails", "without": ["a"]},
        f"{M}.without",
        "has no names",
    ),
    Case("callable not there", {"callable": "no.such:thing"}, f"{M}.callable", "no"),
    Case("set without a value", {"field": "a", "action": "set"}, M, "needs"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_wrong_rule_is_refused(case: Case, bench: Any) -> None:
    found = bench({"m": case.rule})
    (problem,) = found.problems.errors
    assert problem.key.startswith(case.key)
    assert case.message in problem.message
    assert case.hint in problem.hint
    assert found.masks.rules == ()


@pytest.mark.parametrize(
    "rule",
    [
        {"jsonpath": "$.request.verb"},
        {"jsonpath": "$.*.*", "action": "remove"},
        {"jsonpath": "$..*", "action": "null"},
        {"jsonpath": "$.direction", "action": "set", "with": "Internal"},
        {"jsonpath": "$.request.body..status"},
    ],
    ids=str,
)
def test_what_keeps_its_type_may_be_named(rule: dict[str, Any], bench: Any, make_call: Any) -> None:
    found = bench({"m": rule})
    assert found.problems.errors == []
    masked = found.apply(make_call(body="{}"))
    assert masked.failures == ()
    assert isinstance(masked.document["response"]["status"], int)


def test_every_problem_is_told_at_once(bench: Any) -> None:
    found = bench({"a1": {"jsonpath": "x"}, "a2": {"regex": "("}, "a3": {"env_value": "NONE"}})
    assert len(found.problems.errors) == 3


def test_an_unknown_shipped_preset_is_refused(bench: Any) -> None:
    found = bench(MASK_PRESETS=["credential"])
    assert len(found.problems.errors) == 1


def test_a_condition_that_reads_the_handler_makes_deciding_need_it(bench: Any) -> None:
    rule = {"field": "a", "when": {"handler": "current_user.id", "exists": True}}
    assert Needs.HANDLER in bench({"m": rule}).masks.needs
    assert bench({"m": {"field": "a"}}).masks.needs == Needs.NOTHING
