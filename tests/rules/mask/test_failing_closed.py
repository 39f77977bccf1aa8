"""Where a rule cannot be applied, what it guards does not leave the process."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest
from moesifapi.models import EventModel

URI = "/users/17?token=abc#frag"
MEMBERS: dict[str, Any] = {
    "user_id": "u",
    "company_id": "c",
    "subscription_id": "s",
    "session_token": "t",
    "action_name": "a",
    "trace_id": "x",
    "metadata": {"m": 1},
}


def _call(make_call: Any) -> Any:
    return make_call(
        uri=URI,
        route="/users/([0-9]+)",
        headers={"Authorization": "Bearer x"},
        body='{"a": 1}',
        response_headers={"Location": "/?token=abc"},
        response_body="text",
        handler=object(),
    )


def _stripped(**others: Any) -> dict[str, Any]:
    request = {
        "time": "2024-05-01T10:20:30.250Z",
        "verb": "POST",
        "uri": "https://api.example.test/users/17",
        "headers": {},
        "ip_address": "203.0.113.9",
    } | others.pop("request", {})
    return {
        "request": request,
        "response": {"time": "2024-05-01T10:20:30.262Z", "status": 200, "headers": {}},
        "direction": "Incoming",
        "weight": 1,
        "transaction_id": "6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11",
        **others,
    }


KEPT = {key: MEMBERS[key] for key in MEMBERS if key not in {"session_token", "metadata"}}
NOTHING_LEFT = _stripped(
    request={"uri": "https://api.example.test/users/([0-9]+)", "ip_address": "0.0.0.0"}
)


def _raises(event: Any) -> Any:
    event.request.body["a"] = 2
    raise ValueError("a secret")


def _exits(event: Any) -> Any:
    raise SystemExit(1)


def _returns_none(event: Any) -> Any:
    return None


def _returns_dict(event: Any) -> Any:
    return {"request": {}}


def _spoils_status(event: Any) -> Any:
    event.response.status = "fine"
    return event


def _removes_request(event: Any) -> Any:
    event.request = None
    return event


def _circle(event: Any) -> Any:
    event.request.time = []
    return event


FAILING = [
    _raises,
    _exits,
    _returns_none,
    _returns_dict,
    _spoils_status,
    _removes_request,
    _circle,
]


@pytest.mark.parametrize("function", FAILING)
def test_after_a_failed_callable_nothing_is_left_that_it_may_guard(
    function: Any, bench: Any, make_call: Any
) -> None:
    masked = bench({"mine": {"callable": function}}).apply(
        _call(make_call), **copy.deepcopy(MEMBERS)
    )
    assert masked.document == NOTHING_LEFT
    assert [name for name, _ in masked.failures] == ["mine"]
    assert "a secret" not in str(masked.failures[0][1])


@pytest.mark.parametrize("function", FAILING)
def test_a_failed_callable_drops_the_event_where_the_user_says_so(
    function: Any, bench: Any, make_call: Any
) -> None:
    masked = bench({"mine": {"callable": function}}, ON_MASK_ERROR="drop").apply(_call(make_call))
    assert masked.document is None
    assert [name for name, _ in masked.failures] == ["mine"]


def _failing_condition(handler: Any) -> bool:
    raise ValueError("no verdict")


WHEN = {"callable": _failing_condition}
TARGETS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"field": "a"}, KEPT),
    ({"header": "X"}, KEPT),
    ({"query": "token"}, KEPT),
    ({"body": "both"}, KEPT),
    (
        {"jsonpath": "$.user_id"},
        {key: value for key, value in KEPT.items() if key != "user_id"},
    ),
    ({"jsonpath": "$.request.ip_address"}, {**KEPT, "request": {"ip_address": "0.0.0.0"}}),
    (
        {"jsonpath": "$.request.uri"},
        {**KEPT, "request": {"uri": "https://api.example.test/users/([0-9]+)"}},
    ),
    (
        {"regex": "x"},
        {**KEPT, "request": {"uri": "https://api.example.test/users/([0-9]+)"}},
    ),
    ({"regex": "x", "in": ["request.body"]}, KEPT),
    (
        {"preset": "emails", "in": ["company_id"]},
        {key: value for key, value in KEPT.items() if key != "company_id"},
    ),
]


@pytest.mark.parametrize(("rule", "left"), TARGETS, ids=lambda value: str(value)[:60])
def test_a_rule_whose_condition_fails_takes_what_it_names_with_it(
    rule: dict[str, Any], left: dict[str, Any], bench: Any, make_call: Any
) -> None:
    masked = bench({"mine": {**rule, "when": WHEN}}).apply(
        _call(make_call), **copy.deepcopy(MEMBERS)
    )
    assert masked.document == _stripped(**copy.deepcopy(left))
    assert [name for name, _ in masked.failures] == ["mine"]


def test_a_condition_on_a_handler_that_is_gone_fails_closed(bench: Any, make_call: Any) -> None:
    rule = {"field": "a", "when": {"handler": "current_user", "exists": True}}
    masked = bench({"mine": rule}).apply(make_call(body='{"a": 1}'))
    assert "body" not in masked.document["request"]
    assert [name for name, _ in masked.failures] == ["mine"]


def test_the_rules_after_a_failed_one_still_work(bench: Any, make_call: Any) -> None:
    masks = bench({"bad": {"field": "a", "when": WHEN}, "user": {"jsonpath": "$.user_id"}})
    masked = masks.apply(_call(make_call), user_id="u")
    assert masked.document == _stripped(user_id="[REDACTED]")
    assert masked.counts == {"user": 1}


def test_a_python_regex_that_may_not_see_a_text_whole_fails_closed(
    bench: Any, make_call: Any
) -> None:
    rule = {"regex": "(?<=a)secret", "engine": "python", "in": ["request.body"]}
    masked = bench({"look": rule}).apply(make_call(body='{"a": "' + "x" * 20_000 + 'asecret"}'))
    assert masked.document["request"].get("body") is None
    assert [name for name, _ in masked.failures] == ["look"]


def test_user_information_and_a_path_without_route_go_too(bench: Any, make_call: Any) -> None:
    call = make_call(uri="http://user:pw@other.test/secret/path?x")
    masked = bench({"mine": {"callable": _raises}}).apply(call)
    assert masked.document["request"]["uri"] == "http://other.test/"


def _original_readme(event: Any) -> Any:
    if "password" in event.request.body:
        event.request.body["password"] = None
    return event


def test_an_absent_body_is_an_empty_text_for_a_callable(bench: Any, make_call: Any) -> None:
    masks = bench(_original_readme)
    masked = masks.apply(make_call())
    assert masked.failures == ()
    assert "body" not in masked.document["request"]
    masked = masks.apply(make_call(body='{"password": 1, "b": 1.50}'))
    assert masked.document["request"]["body"] == {"password": None, "b": 1.5}


def _busy(event: Any) -> Any:
    assert isinstance(event, EventModel)
    event.request.body = {"when": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), "t": (1,)}
    event.request.time = datetime.datetime(2024, 1, 2, 3, 4, 5, 678_900, tzinfo=datetime.UTC)
    event.response.body = "[gone]"
    event.user_id = None
    event.metadata["n"] = float("nan")
    return event


def test_what_a_callable_returns_is_made_plain_json(bench: Any, make_call: Any) -> None:
    masks = bench({"mine": {"callable": _busy}, "later": {"field": "t"}})
    masked = masks.apply(_call(make_call), **copy.deepcopy(MEMBERS))
    document = masked.document
    assert document["request"]["body"] == {"when": "2024-01-01T00:00:00+00:00", "t": "[REDACTED]"}
    assert document["request"]["time"] == "2024-01-02T03:04:05.678Z"
    assert document["response"]["body"] == "[gone]"
    assert document["response"]["transfer_encoding"] == "json"
    assert document["user_id"] is None
    assert document["subscription_id"] == "s"
    assert document["metadata"] == {"m": 1, "n": None}


def test_no_masks_change_nothing(bench: Any, make_call: Any) -> None:
    call = _call(make_call)
    before = copy.deepcopy(call.document)
    assert bench().apply(call).document == before
