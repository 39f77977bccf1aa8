"""Moesif's endpoints over real HTTP: what is taken, what is refused and why."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

ID = {"X-Moesif-Application-Id": "app-1", "Content-Type": "application/json; charset=utf-8"}


def event(**changes: Any) -> dict[str, Any]:
    request = {
        "time": "2026-01-02T03:04:05.678Z",
        "uri": "https://api.example.com/items?page=2",
        "verb": "GET",
        "headers": {"Host": "api.example.com"},
    }
    response = {"time": "2026-01-02T03:04:05.700Z", "status": 200, "headers": {}}
    return {"request": request, "response": response, **changes}


def request_with(**changes: Any) -> dict[str, Any]:
    return event(request={**event()["request"], **changes})


def request_without(name: str) -> dict[str, Any]:
    request = event()["request"]
    del request[name]
    return event(request=request)


@dataclass(frozen=True)
class Accepted:
    id: str
    path: str
    value: Any
    list: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def documents(self) -> Any:
        return self.value if isinstance(self.value, list) else [self.value]


USER = {"user_id": "u1", "metadata": {"plan": "pro"}, "campaign": {"utm_source": "x"}}
COMPANY = {"company_id": "c1", "company_domain": "example.com"}
SUBSCRIPTION = {"subscription_id": "s1", "company_id": "c1", "status": "active", "items": [{}]}
ACTION = {"action_name": "Clicked", "user_id": "u1", "request": {"time": "2026-01-02T03:04:05Z"}}

ACCEPTED = [
    Accepted("one event", "/v1/events", event(), "events"),
    Accepted("events", "/v1/events/batch", [event(), event(user_id="u")], "events"),
    Accepted("no events", "/v1/events/batch", [], "events"),
    Accepted("an event without response", "/v1/events", {"request": event()["request"]}, "events"),
    Accepted("nulls for optional fields", "/v1/events", event(user_id=None, weight=None), "events"),
    Accepted("a user", "/v1/users", USER, "users"),
    Accepted("users", "/v1/users/batch", [USER, {"user_id": "u2"}], "users"),
    Accepted("a company", "/v1/companies", COMPANY, "companies"),
    Accepted("companies", "/v1/companies/batch", [COMPANY], "companies"),
    Accepted("a subscription", "/v1/subscriptions", SUBSCRIPTION, "subscriptions"),
    Accepted("subscriptions", "/v1/subscriptions/batch", [SUBSCRIPTION], "subscriptions"),
    Accepted("an action", "/v1/actions", ACTION, "actions"),
    Accepted("actions", "/v1/actions/batch", [ACTION], "actions"),
    Accepted("under a proxy's base", "/collector/v1/events", event(), "events"),
    Accepted("under a deep base", "/a/b/v1/users/batch", [USER], "users"),
    Accepted("hostile text", "/v1/events", event(user_id="\ud800\0<script>"), "events"),
    Accepted("a hostile id", "/v1/events", event(transaction_id="\ud800\0'"), "events"),
]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.id)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_documents_are_taken_and_listed(
    collector: Any, request_http: Callable[..., Any], case: Accepted, compressed: bool
) -> None:
    body = json.dumps(case.value).encode()
    headers = {**ID, "Content-Encoding": "gzip"} if compressed else ID
    body = gzip.compress(body) if compressed else body
    answer = request_http("POST", collector.url + case.path, body, headers)
    assert (answer.status, answer.json()) == (201, {"received": len(case.documents)})
    assert collector.documents(case.list) == case.documents
    assert {record["application_id"] for record in collector.records(case.list)} <= {"app-1"}


@dataclass(frozen=True)
class Refused:
    id: str
    body: Any
    status: int
    error: str
    path: str = "/v1/events"
    headers: Mapping[str, str] = field(default_factory=lambda: ID)


def batch(fault: Any) -> list[Any]:
    return [event(), event(), fault]


REFUSED = [
    Refused("no id", event(), 401, "X-Moesif-Application-Id is missing", headers={}),
    Refused("an empty id", event(), 401, "is missing", headers={"X-Moesif-Application-Id": " "}),
    Refused("a form", "a=b", 406, "Content-Type", headers={**ID, "Content-Type": "text/plain"}),
    Refused("no JSON", "{", 406, "not JSON"),
    Refused("nothing", "", 406, "not JSON"),
    Refused("NaN", '{"request": NaN}', 406, "not JSON: NaN"),
    Refused("two documents", "{} {}", 406, "extra data at character 3"),
    Refused("no UTF-8", b'{"a": "\xff"}', 406, "not UTF-8"),
    Refused("a deep nest", "[" * 100_000, 406, "not JSON", "/v1/events/batch"),
    Refused("a huge number", '{"a": ' + "1" * 5000 + "}", 406, "not JSON"),
    Refused("an array for one", [], 400, "a JSON object is expected, one event"),
    Refused("text for one", '"text"', 400, "a JSON object is expected, one event"),
    Refused("an object for many", event(), 400, "array of events", "/v1/events/batch"),
    Refused("a cut array", "[{}", 406, "',' expected", "/v1/events/batch"),
    Refused("a comma too many", "[{},]", 406, "not JSON", "/v1/events/batch"),
    Refused("more than an array", "[] 1", 406, "extra data", "/v1/events/batch"),
    Refused("a number among many", [event(), 1], 400, "events[1] must be", "/v1/events/batch"),
    Refused("no request", {}, 400, "event.request is required"),
    Refused("no verb", request_without("verb"), 400, "event.request.verb is required"),
    Refused("no uri", request_without("uri"), 400, "event.request.uri is required"),
    Refused("no headers", request_without("headers"), 400, "event.request.headers is required"),
    Refused("no time", request_without("time"), 400, "event.request.time is required"),
    Refused("time null", request_with(time=None), 400, "event.request.time is required"),
    Refused("no ISO time", request_with(time="yesterday"), 400, "time must be a time in ISO 8601"),
    Refused("a relative uri", request_with(uri="/items"), 400, "uri must be a whole URL"),
    Refused("a broken uri", request_with(uri="http://[::1"), 400, "uri must be a URL"),
    Refused(
        "501 parameters",
        request_with(uri="http://h/?" + "&".join(f"p{n}=1" for n in range(501))),
        400,
        "more than 500 distinct query parameters",
    ),
    Refused("a header list", request_with(headers={"A": ["b"]}), 400, "headers.A must be text"),
    Refused("bad address", request_with(ip_address="unknown"), 400, "ip_address must be an IP"),
    Refused("bad base64", request_with(body="%", transfer_encoding="base64"), 400, "be base64"),
    Refused("encoding", request_with(transfer_encoding="xml"), 400, "must be one of base64, json"),
    Refused("status", event(response={"time": "2026-01-01"}), 400, "response.status is required"),
    Refused("a user number", event(user_id=7), 400, "event.user_id must be text"),
    Refused("weight text", event(weight="1"), 400, "event.weight must be an integer"),
    Refused("weight true", event(weight=True), 400, "event.weight must be an integer"),
    Refused("metadata", event(metadata=[]), 400, "event.metadata must be an object"),
    Refused("direction", event(direction="in"), 400, "must be one of Incoming, Internal, Outgoing"),
    Refused("in a batch", batch({}), 400, "events[2].request is required", "/v1/events/batch"),
    Refused("no user id", {}, 400, "user.user_id is required", "/v1/users"),
    Refused("empty user id", {"user_id": ""}, 400, "must not be empty", "/v1/users"),
    Refused("no company id", [{}], 400, "companies[0].company_id", "/v1/companies/batch"),
    Refused("no status", {"subscription_id": "s", "company_id": "c"}, 400, "status is required",
            "/v1/subscriptions"),
    Refused("items", {**SUBSCRIPTION, "items": {}}, 400, "must be a list", "/v1/subscriptions"),
    Refused("no action", {}, 400, "action.action_name is required", "/v1/actions"),
    Refused("1 MB", event(user_id="x" * 1_000_000), 413, "event is larger than 1,000,000"),
    Refused("1 MB of umlauts", ('"' + "\u00fc" * 500_000 + '"').encode(), 400, "a JSON object"),
    Refused("umlauts", ('{"a":"' + "\u00fc" * 500_000 + '"}').encode(), 413, "event is larger"),
    Refused("no gzip", "{}", 400, "not gzip", headers={**ID, "Content-Encoding": "gzip"}),
    Refused("half a gzip", gzip.compress(b"{}")[:-4], 400, "ends too early",
            headers={**ID, "Content-Encoding": "gzip"}),
    Refused("brotli", "{}", 415, "'br' is not", headers={**ID, "Content-Encoding": "br"}),
    Refused("many empty gzip members", gzip.compress(b"") * 1001, 413, "1,000 gzip members",
            headers={**ID, "Content-Encoding": "gzip"}),
    Refused("a gzip bomb", gzip.compress(b" " * 50_000_001), 413, "larger than 50,000,000",
            headers={**ID, "Content-Encoding": "gzip"}),
    Refused("50 MB", b" " * 50_000_001, 413, "larger than 50,000,000"),
    Refused("an unknown path", {}, 404, "nothing under /v1/nothing", "/v1/nothing"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_what_moesif_would_refuse_is_refused_and_not_kept(
    collector: Any, request_http: Callable[..., Any], case: Refused
) -> None:
    body = case.body if isinstance(case.body, str | bytes) else json.dumps(case.body)
    answer = request_http("POST", collector.url + case.path, body, case.headers)
    assert (answer.status, case.error in answer.json()["error"]) == (case.status, True), answer.body
    stats = collector.stats()
    assert [stats[kind] for kind in ("events", "users", "companies")] == [0, 0, 0]


def test_a_document_keeps_every_character_of_its_json(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    number = (
        ' {"request" : {"time":"2026-01-01T00:00:00Z","uri":"http:\\/\\/h","verb":"GET",'
        '"headers":{},"body":{"price":1.10,"big":123456789012345678901234567890,"a":1,"a":2}}} '
    )
    request_http("POST", collector.url + "/v1/events/batch", f"[{number},{number}]", ID)
    listed = request_http("GET", collector.url + "/events.json").body.decode()
    assert listed.count('"document": ' + number.strip() + "}") == 2


def test_the_same_transaction_id_is_one_event_within_and_across_batches(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    first, second = event(transaction_id="t1", user_id="first"), event(transaction_id="t2")
    again = event(transaction_id="t1", user_id="again")
    for documents in ([first, again], [second, first]):
        url = collector.url + "/v1/events/batch"
        assert request_http("POST", url, json.dumps(documents), ID).status == 201
    assert [(r["document"], r["received"]) for r in collector.records()] == [
        (first, 3),
        (second, 1),
    ]
    assert collector.transactions() == {"t1": 3, "t2": 1}
    assert (collector.stats()["events"], collector.stats()["duplicates"]) == (2, 2)


def test_the_same_transaction_id_of_two_applications_is_two_events(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    for application_id in ("app-1", "app-2"):
        headers = {**ID, "X-Moesif-Application-Id": application_id}
        body = json.dumps(event(transaction_id="t1"))
        request_http("POST", collector.url + "/v1/events", body, headers)
    assert [r["application_id"] for r in collector.records()] == ["app-1", "app-2"]
    assert collector.stats()["application_ids"] == ["app-1", "app-2"]


@pytest.mark.parametrize(
    ("name", "header", "default", "value"),
    [
        ("config", "X-Moesif-Config-ETag", {"sample_rate": 100}, {"sample_rate": 7}),
        ("rules", "X-Moesif-Rules-Tag", [], [{"_id": "r1"}]),
    ],
)
def test_config_and_rules_are_served_with_tags_that_change_with_them(
    collector: Any,
    request_http: Callable[..., Any],
    name: str,
    header: str,
    default: Any,
    value: Any,
) -> None:
    url = f"{collector.url}/collector/v1/{name}"
    before = request_http("GET", url, None, ID)
    assert (before.status, before.json()) == (200, default)
    tag = before.headers[header]
    for sent in (tag, f'"{tag}"', f'W/"{tag}", "x"', "*"):
        answer = request_http("GET", url, None, {**ID, "If-None-Match": sent})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", f'"{tag}"')
    new_tag = collector.put(f"/control/{name}.json", value)["tag"]
    after = request_http("GET", url, None, {**ID, "If-None-Match": tag})
    assert (after.status, after.json(), after.headers[header]) == (200, value, new_tag)
    assert collector.get(f"/control/{name}.json") == value
    posted = request_http("POST", collector.url + "/v1/events", json.dumps(event()), ID)
    assert posted.headers[header] == new_tag != tag


def test_reading_the_config_needs_an_application_id(
    collector: Any, request_http: Callable[..., Any]
) -> None:
    assert request_http("GET", collector.url + "/v1/config").status == 401


def test_answers_are_counted_by_status(collector: Any, request_http: Callable[..., Any]) -> None:
    request_http("POST", collector.url + "/v1/events", json.dumps(event()), ID)
    request_http("POST", collector.url + "/v1/events", "{}", ID)
    request_http("GET", collector.url + "/v1/config", None, ID)
    assert collector.stats()["answers"] == {"200": 1, "201": 1, "400": 1}
