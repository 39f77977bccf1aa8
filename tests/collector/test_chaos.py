"""Each fault that the collector commits on purpose, over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.collector.chaos import (
    Chaos,
    ChaosError,
    Plan,
    plan_from_json,
    plan_from_text,
)

ID = {"X-Moesif-Application-Id": "app-1", "Content-Type": "application/json"}


def event(**changes: Any) -> str:
    request = {"time": "2026-01-02T03:04:05Z", "uri": "http://h/", "verb": "GET", "headers": {}}
    return json.dumps({"request": request, **changes})


@dataclass(frozen=True)
class Answered:
    id: str
    plan: dict[str, Any]
    status: int
    kept: int
    retry_after: str | None = None
    body: str = field(default_factory=event)


ANSWERED = [
    Answered("off", {"mode": "off"}, 201, 1),
    Answered("500", {"mode": "500"}, 500, 0),
    Answered("403", {"mode": "403"}, 403, 0),
    Answered("500 that keeps", {"mode": "500", "keep": True}, 500, 1),
    Answered("429", {"mode": "429"}, 429, 0, "1"),
    Answered("429 with a date", {"mode": "429", "retry_after": "soon"}, 429, 0, "soon"),
    Answered("400 unmarked", {"mode": "400"}, 201, 1),
    Answered("400 marked", {"mode": "400"}, 400, 0, body=event(user_id="chaos-400")),
    Answered("400, own mark", {"mode": "400", "mark": "uu"}, 400, 0, body=event(user_id="uu")),
    Answered("413 small", {"mode": "413", "over_bytes": 1000}, 201, 1),
    Answered("413 large", {"mode": "413", "over_bytes": 10}, 413, 0),
    Answered("slow", {"mode": "slow", "seconds": 0.01}, 201, 1),
    Answered("slow that loses", {"mode": "slow", "seconds": 0, "keep": False}, 201, 0),
    Answered("never", {"mode": "500", "rate": 0}, 201, 1),
    Answered("reads alone", {"mode": "500", "on": "reads"}, 201, 1),
]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_a_post_is_answered_as_the_plan_says(
    collector: Any, request_http: Callable[..., Any], case: Answered
) -> None:
    collector.put("/control/chaos.json", case.plan)
    answer = request_http("POST", collector.url + "/v1/events", case.body, ID)
    assert (answer.status, answer.headers["Retry-After"]) == (case.status, case.retry_after)
    assert len(collector.records()) == case.kept


@dataclass(frozen=True)
class Broken:
    id: str
    plan: dict[str, Any]
    error: type[Exception]
    kept: int


BROKEN = [
    Broken("reset", {"mode": "reset"}, ConnectionResetError, 0),
    Broken("reset after keeping", {"mode": "reset", "keep": True}, ConnectionResetError, 1),
    Broken(
        "hang, then close", {"mode": "hang", "seconds": 0.01}, http.client.RemoteDisconnected, 0
    ),
    Broken("half", {"mode": "half"}, http.client.IncompleteRead, 1),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.id)
def test_an_answer_is_broken_off_as_the_plan_says(
    collector: Any, request_http: Callable[..., Any], case: Broken
) -> None:
    collector.put("/control/chaos.json", case.plan)
    with pytest.raises(case.error) as raised:
        request_http("POST", collector.url + "/v1/events", event(), ID)
    assert raised.type is case.error
    assert len(collector.records()) == case.kept
    collector.clear()
    assert request_http("POST", collector.url + "/v1/events", event(), ID).status == 201


def test_hanging_holds_the_answer_until_the_client_gives_up(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    collector.put_chaos("hang")
    with pytest.raises(TimeoutError):
        request_http("POST", collector.url + "/v1/events", event(), ID, timeout_s=0.2)
    assert collector.stats()["chaos"]["hits"] == 1


def test_chaos_ends_after_so_many_times(collector: Any, request_http: Callable[..., Any]) -> None:
    collector.put_chaos("503", times=2)
    url = collector.url + "/v1/events"
    statuses = [request_http("POST", url, event(), ID).status for _ in range(4)]
    assert statuses == [503, 503, 201, 201]


def test_reads_are_hit_unless_the_plan_spares_them(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    url = collector.url + "/v1/config"
    statuses = []
    for on in ("all", "reads", "posts"):
        collector.put_chaos("500", on=on)
        statuses.append(request_http("GET", url, None, ID).status)
    assert statuses == [500, 500, 200]


def test_chaos_never_touches_the_lists(collector: Any) -> None:
    collector.put_chaos("500")
    assert collector.records() == []


WRONG = [
    ([], "a JSON object is expected"),
    ({"mode": "999"}, "mode '999' is not one of"),
    ({"mode": 500}, "mode cannot be 500"),
    ({"mode": "500", "tims": 1}, "'tims' is not known"),
    ({"mode": "500", "times": True}, "times cannot be True"),
    ({"mode": "500", "rate": 2}, "rate must lie between 0 and 1"),
    ({"mode": "500", "on": "x"}, "on 'x' is not one of"),
    ({"mode": "slow", "seconds": -1}, "must not be negative"),
    ({"mode": "400", "mark": 5}, "mark cannot be 5"),
    ({"mode": []}, "mode cannot be []"),
    ({"mode": "429", "retry_after": "a\r\nb"}, "retry_after cannot hold line breaks"),
]


@pytest.mark.parametrize(("value", "message"), WRONG)
def test_a_wrong_plan_is_refused_with_the_reason(
    collector: Any, request_http: Callable[..., Any], value: Any, message: str
) -> None:
    url = collector.url + "/control/chaos.json"
    answer = request_http("PUT", url, json.dumps(value))
    assert (answer.status, message in answer.json()["error"]) == (400, True), answer.body
    assert collector.get("/control/chaos.json")["mode"] == "off"
    with pytest.raises(ChaosError):
        plan_from_json(value)


TEXTS = [
    ("500", Plan("500")),
    ("429:7", Plan("429", retry_after="7")),
    ("400:bad word", Plan("400", mark="bad word")),
    ("413:2000", Plan("413", over_bytes=2000)),
    ("slow:0.5", Plan("slow", seconds=0.5)),
    ("hang:3", Plan("hang", seconds=3.0)),
    ("random", Plan("random")),
]


@pytest.mark.parametrize(("text", "plan"), TEXTS)
def test_the_command_line_names_plans_in_short(text: str, plan: Plan) -> None:
    assert plan_from_text(text) == plan


@pytest.mark.parametrize(
    "text", ["", "600", "half:2", "slow:x", "413:", "4xx", "\uff15\uff10\uff10"]
)
def test_a_wrong_short_plan_is_refused(text: str) -> None:
    with pytest.raises(ChaosError):
        plan_from_text(text)


def test_random_chaos_with_a_seed_repeats_itself() -> None:
    plan = Plan("random", rate=0.5, seed=7)
    first, second = Chaos(plan), Chaos(plan)
    blows = [first.strike(b"") for _ in range(50)]
    assert blows == [second.strike(b"") for _ in range(50)]
    assert 0 < first.hits < 50
