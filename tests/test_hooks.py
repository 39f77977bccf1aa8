"""Hooks: their order, what runs on the loop, and what happens when a callable fails."""

from __future__ import annotations

from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.errors import Problems
from moesif_declarative.startup import start


def entry(method: str = "GET", url: str = "https://api.test/a", **more: Any) -> dict[str, Any]:
    return {
        "request": {"method": method, "url": url, "headers": more.pop("headers", [])},
        "response": {"status": more.pop("status", 200), "headers": []},
        **more,
    }


def explain(settings: dict[str, Any], called: dict[str, Any] | None = None) -> dict[str, Any]:
    moesif = MoesifMiddleware({"APPLICATION_ID": "x", "SINK": "null", **settings})
    return moesif.explain(called or entry())


def on_loop(settings: dict[str, Any]) -> set[str]:
    compiled = start({"APPLICATION_ID": "x", **settings}, {}, Problems(), environ={})
    assert compiled is not None
    return set(compiled.hooks.on_loop)


def raises(handler: Any) -> Any:
    raise LookupError("on purpose")


def test_the_first_skip_rule_that_matches_decides() -> None:
    rules = {
        "errors": {"status": "5xx", "action": "keep"},
        "admin": {"path": "/admin/*"},
    }
    failed = entry(url="https://api.test/admin/x", status=500)
    fine = entry(url="https://api.test/admin/x")
    assert explain({"SKIP": rules}, failed)["skipped"] is False
    assert explain({"SKIP": rules}, fine)["skipped"] is True


def test_a_skip_callable_that_fails_skips_nothing_and_later_rules_are_tried() -> None:
    rules = [{"callable": raises}, {"path": "/a"}]
    told = explain({"SKIP": rules})
    assert told["skipped"] is True
    outcomes = [row["outcome"] for row in told["trace"] if row["hook"] == "SKIP"]
    assert outcomes == ["failed with LookupError", "matched: skipped"]


def test_a_source_that_fails_gives_way_to_the_next() -> None:
    told = explain({"IDENTIFY_USER": [{"callable": raises}, {"value": "second"}]})
    assert told["event"]["user_id"] == "second"


def test_metadata_that_fails_is_no_metadata() -> None:
    assert "metadata" not in explain({"GET_METADATA": raises})["event"]


def test_later_hooks_read_what_earlier_ones_gave() -> None:
    settings = {
        "IDENTIFY_USER": {"value": "ann"},
        "API_VERSION": "1.2",
        "GET_METADATA": {
            "who": {"jsonpath": "$.user_id"},
            "version": {"jsonpath": "$.request.api_version"},
        },
    }
    event = explain(settings)["event"]
    assert event["metadata"] == {"who": "ann", "version": "1.2"}


def test_every_identity_has_its_place() -> None:
    settings = {
        "IDENTIFY_USER": "u",
        "IDENTIFY_COMPANY": "c",
        "IDENTIFY_SUBSCRIPTION": "s",
        "GET_SESSION_TOKEN": "t",
        "API_VERSION": "1",
        "ACTION_NAME": "a",
    }
    event = explain({key: {"value": value} for key, value in settings.items()})["event"]
    assert event["request"]["api_version"] == "1"
    found = {key: event[key] for key in event.keys() - {"request", "response", "transaction_id"}}
    assert found == {
        "user_id": "u",
        "company_id": "c",
        "subscription_id": "s",
        "session_token": "t",
        "action_name": "a",
        "direction": "Incoming",
        "weight": 1,
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, set()),
        ({"SKIP": {"path": "/a"}}, {"SKIP"}),
        ({"SKIP": {"jsonpath": "$.request.body.a"}}, set()),
        ({"SKIP": raises}, {"SKIP"}),
        ({"IDENTIFY_USER": {"header": "X"}}, set()),
        ({"IDENTIFY_USER": {"handler": "current_user"}}, {"IDENTIFY_USER"}),
        (
            {"SKIP": {"jsonpath": "$.request.body.a"}, "IDENTIFY_USER": raises},
            {"SKIP", "IDENTIFY_USER"},
        ),
        (
            {"GET_METADATA": {"a": {"handler": "x"}, "b": {"jsonpath": "$.user_id"}}},
            {"IDENTIFY_USER", "ACTION_NAME", "GET_METADATA"},
        ),
        ({"MASK_EVENT_MODEL": {"header": "X", "when": {"handler": "x"}}}, {"MASK_EVENT_MODEL"}),
    ],
)
def test_only_what_needs_the_handler_or_comes_cheap_runs_on_the_loop(
    settings: dict[str, Any], expected: set[str]
) -> None:
    assert on_loop(settings) == expected


def test_a_rate_of_zero_is_told_as_not_sent() -> None:
    told = explain({"SAMPLE": {"rate": 0}})
    assert (told["skipped"], told["event"]) == (True, None)
    assert explain({"SAMPLE": {"rate": 1}})["skipped"] is False


def test_a_verified_rule_turns_the_automatic_user_off() -> None:
    pytest.importorskip("jwt")
    verify = {"key_env": "KEY_OF_TESTS", "algorithms": ["HS256"]}
    bearer = [{"name": "Authorization", "value": "Bearer e30.eyJzdWIiOiJhbm4ifQ.c2ln"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_OF_TESTS", "k" * 32)
        told = explain({"IDENTIFY_USER": {"jwt": "sub", "verify": verify}}, entry(headers=bearer))
    assert "user_id" not in told["event"]


@pytest.mark.parametrize(
    ("rule", "user"),
    [
        ({"callable": raises, "default": "d"}, "d"),
        ({"callable": raises}, "second"),
        ({"value": "v", "when": {"callable": raises}, "default": "d"}, "second"),
    ],
)
def test_where_a_callable_fails_the_default_holds_then_the_next_rule(rule: Any, user: str) -> None:
    told = explain({"IDENTIFY_USER": [rule, {"value": "second"}]})
    assert told["event"]["user_id"] == user
    assert told["trace"][0]["outcome"] == "failed with LookupError"
