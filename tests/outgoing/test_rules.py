"""The rules of outgoing calls, as `explain` tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.errors import Problems
from moesif_declarative.har import HarError
from moesif_declarative.startup import start

JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.x"  # {"sub": "ann"}


def entry(**changes: Any) -> dict[str, Any]:
    headers = [
        {"name": "Authorization", "value": f"Bearer {JWT}"},
        {"name": "X-Forwarded-For", "value": "1.2.3.4"},
    ]
    return {
        "_direction": "Outgoing",
        "request": {
            "method": "POST",
            "url": "https://partner.test/pay?card=1",
            "headers": headers,
            "postData": {"mimeType": "application/json", "text": '{"password": "canary"}'},
        },
        "response": {"status": 201, "statusText": "Created", "headers": []},
        **changes,
    }


def explain(settings: dict[str, Any], called: dict[str, Any] | None = None) -> dict[str, Any]:
    given = {"APPLICATION_ID": "x", "SINK": "null", "CAPTURE_OUTGOING_REQUESTS": True, **settings}
    moesif = MoesifMiddleware(given)
    try:
        return moesif.explain(called or entry())
    finally:
        moesif.close(5)


@dataclass(frozen=True)
class Case:
    id: str
    settings: dict[str, Any]
    has: dict[str, Any] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


OUTGOING = {"jsonpath": "$.direction", "equals": "Outgoing"}
CASES = [
    Case("the direction", {}, {"direction": "Outgoing"}, ("user_id", "action_name")),
    Case("an automatic user", {"AUTHORIZATION_USER_ID_FIELD": "sub"}, {}, ("user_id",)),
    Case(
        "incoming rules",
        {"IDENTIFY_USER": "a", "GET_METADATA": {"a": 1}},
        {},
        ("user_id", "metadata"),
    ),
    Case("a token asked for", {"IDENTIFY_USER_OUTGOING": {"jwt": "sub"}}, {"user_id": "ann"}),
    Case("a query argument", {"IDENTIFY_COMPANY_OUTGOING": {"query": "card"}}, {"company_id": "1"}),
    Case(
        "a session token",
        {"GET_SESSION_TOKEN_OUTGOING": {"response": "reason"}},
        {"session_token": "Created"},
    ),
    Case(
        "the object that callables get",
        {
            "GET_METADATA_OUTGOING": {
                "method": {"handler": "request.method"},
                "url": {"handler": "request.url"},
                "status": {"handler": "response.status"},
                "user": {"handler": "current_user.id"},
                "route": {"request": "route"},
                "group": {"path_arg": 0},
                "address": {"request": "remote_ip"},
            }
        },
        {
            "metadata": {
                "method": "POST",
                "url": "https://partner.test/pay?card=1",
                "status": 201,
            }
        },
    ),
    Case("SAMPLE", {"SAMPLE": {"rate": 50, **OUTGOING}}, {"weight": 2}),
    Case(
        "subscriptions of incoming calls", {"IDENTIFY_SUBSCRIPTION": "s"}, {}, ("subscription_id",)
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_rules_of_outgoing_calls(case: Case) -> None:
    event = explain(case.settings)["event"]
    assert {key: event[key] for key in case.has} == case.has
    assert [key for key in case.lacks if key in event] == []


def test_no_header_says_whose_address_it_is() -> None:
    assert "ip_address" not in explain({})["event"]["request"]


@pytest.mark.parametrize("direction", ["Incoming", "Outgoing"])
def test_a_mask_of_one_direction(direction: str) -> None:
    rule = {"field": "password", "when": OUTGOING}
    told = explain({"MASK_EVENT_MODEL": rule}, entry(_direction=direction))
    masked = told["event"]["request"]["body"]["password"] == "[REDACTED]"
    assert masked is (direction == "Outgoing")


def test_the_first_skip_rule_that_matches_decides() -> None:
    rules = {
        "pay": {"path": "/pay", "action": "keep"},
        "partner": {"host": "partner.test"},
    }
    kept = explain({"SKIP_OUTGOING": rules})
    skipped = explain({"SKIP_OUTGOING": {"partner": rules["partner"]}, "SKIP": rules["pay"]})
    assert [kept["skipped"], skipped["skipped"]] == [False, True]
    outcomes = [
        [
            (row["hook"], row["rule"], row["outcome"])
            for row in told["trace"]
            if "SKIP" in row["hook"]
        ]
        for told in (kept, skipped)
    ]
    assert outcomes == [
        [("SKIP_OUTGOING", "pay", "matched: kept")],
        [("SKIP_OUTGOING", "partner", "matched: skipped")],
    ]


def test_identities_are_told_with_their_values() -> None:
    told = explain({"IDENTIFY_USER_OUTGOING": {"me": {"value": "ann"}}})
    [row] = [row for row in told["trace"] if row["hook"] == "IDENTIFY_USER_OUTGOING"]
    assert (row["rule"], row["outcome"]) == ("me", 'gave user_id = "ann"')


@pytest.mark.parametrize("off", [{"LOG_BODY_OUTGOING": False}, {"BODY_CONTENT_TYPES": ["image/*"]}])
def test_bodies_are_left_out(off: dict[str, Any]) -> None:
    told = explain(off)
    assert "body" not in told["event"]["request"]
    [row] = [row for row in told["trace"] if row["hook"] == "left out"]
    assert row["outcome"] == f"request.body: not wanted by {next(iter(off))}"


@pytest.mark.parametrize("other", ["LOG_BODY", "LOG_REQUEST_BODY"])
def test_the_bodies_of_incoming_calls_have_settings_of_their_own(other: str) -> None:
    assert explain({other: False})["event"]["request"]["body"] == {"password": "canary"}
    incoming = explain({"LOG_BODY_OUTGOING": False}, entry(_direction="Incoming"))
    assert incoming["event"]["request"]["body"] == {"password": "canary"}


def test_without_the_setting_nothing_is_sent() -> None:
    told = explain({"CAPTURE_OUTGOING_REQUESTS": False})
    assert (told["skipped"], told["event"]) == (True, None)
    [row] = told["trace"]
    assert row["outcome"] == "outgoing, and CAPTURE_OUTGOING_REQUESTS is off"


def test_variables_of_the_entry_count_for_outgoing_rules() -> None:
    rule = {"IDENTIFY_USER_OUTGOING": {"env": "WHO", "default": "nobody"}}
    assert explain(rule, entry(_env={"WHO": "ann"}))["event"]["user_id"] == "ann"


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(HarError, match='_direction must be "Incoming" or "Outgoing"'):
        explain({}, entry(_direction="outgoing"))


def test_masks_are_compiled_once_for_both_directions() -> None:
    compiled = start({"APPLICATION_ID": "x"}, {}, Problems(), environ={})
    assert compiled is not None
    assert compiled.outgoing.masks is compiled.hooks.masks
