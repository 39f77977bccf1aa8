"""The lists, the page and the doors of the collector over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

ID = {"X-Moesif-Application-Id": "app-1", "Content-Type": "application/json"}


def event(uri: str = "http://h/", **changes: Any) -> dict[str, Any]:
    request = {"time": "2026-01-02T03:04:05.678Z", "uri": uri, "verb": "GET", "headers": {}}
    return {"request": request, **changes}


@pytest.fixture
def post(collector: Any, request_http: Callable[..., Any]) -> Callable[[str, Any], None]:
    def post(path: str, value: Any) -> None:
        assert request_http("POST", collector.url + path, json.dumps(value), ID).status == 201

    return post


def test_lists_give_the_newest_first_up_to_the_limit(
    collector: Any, post: Callable[[str, Any], None]
) -> None:
    post("/v1/events/batch", [event(transaction_id=f"t{n}") for n in range(5)])
    for query, expected in (
        ("", [4, 3, 2, 1, 0]),
        ("?limit=2", [4, 3]),
        ("?limit=0", [4, 3, 2, 1, 0]),
    ):
        listed = collector.get("/events.json" + query)
        assert [row["document"]["transaction_id"] for row in listed] == [f"t{n}" for n in expected]
    assert sorted(listed[0]) == ["application_id", "document", "number", "received", "received_at"]


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "9999999999", ""])
@pytest.mark.parametrize("path", ["/events.json", "/"])
def test_a_limit_that_is_no_whole_number_is_refused(
    collector: Any, request_http: Callable[..., Any], limit: str, path: str
) -> None:
    answer = request_http("GET", f"{collector.url}{path}?limit={limit}")
    assert (answer.status, answer.json()) == (400, {"error": "limit must be a whole number"})


def test_one_event_is_found_by_its_transaction_id_or_its_number(
    collector: Any, request_http: Callable[..., Any], post: Callable[[str, Any], None]
) -> None:
    post("/v1/events/batch", [event(transaction_id="a b/c"), event(user_id="no id")])
    assert collector.get("/events/a%20b%2Fc.json")["document"] == event(transaction_id="a b/c")
    number = collector.records()[1]["number"]
    assert collector.get(f"/events/number-{number}.json")["document"] == event(user_id="no id")
    answer = request_http("GET", collector.url + "/events/number-99999999999999999999999.json")
    assert (answer.status, request_http("GET", collector.url + "/events/x.json").status) == (
        404,
        404,
    )


def test_each_list_is_emptied_alone_and_all_together(
    collector: Any, request_http: Callable[..., Any], post: Callable[[str, Any], None]
) -> None:
    for _ in range(2):
        post("/v1/events", event())
        post("/v1/users", {"user_id": "u"})
        assert request_http("DELETE", collector.url + "/events.json").status == 204
    assert (collector.stats()["events"], collector.stats()["users"]) == (0, 2)
    assert request_http("DELETE", collector.url + "/stats.json").status == 204
    assert (collector.stats()["users"], collector.stats()["answers"]) == (0, {})


def test_the_page_shows_what_arrived_with_everything_escaped(
    collector: Any, request_http: Callable[..., Any], post: Callable[[str, Any], None]
) -> None:
    evil = "</pre><script>alert(1)</script>"
    metadata = {"moesif_masked": {f"card{evil}": 2}}
    post(
        "/v1/events",
        event(f"http://h/{evil}", user_id=evil, metadata=metadata, company_id="\ud800"),
    )
    post("/v1/events", event("http://h/plain", session_token="[REDACTED]", metadata=None))
    post("/v1/users", {"user_id": evil})
    answer = request_http("GET", collector.url + "/")
    page = answer.body.decode()
    assert answer.status == 200
    assert "<script>alert" not in page
    escaped = "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    assert f'<span title="{escaped}">{escaped}</span>' in page
    assert f'<span class="mask">card{escaped} x 2</span>' in page
    assert '<span class="mask">session_token</span>' in page
    assert "2 events · 1 user" in page
    nonce = answer.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.count(f'nonce="{nonce}"') == page.count("<script") + page.count("<style") == 2
    assert "src=" not in page
    assert "http" not in page.replace(collector.url, "").replace("http://h", "")


@dataclass(frozen=True)
class Hostile:
    id: str
    change: dict[str, Any]


HOSTILE = [
    Hostile("remarks that are text", {"metadata": {"moesif_masked": "x"}}),
    Hostile("remarks of any shape", {"metadata": {"moesif_masked": {"": [None, {}]}}}),
    Hostile("a nest", {"metadata": {"deep": json.loads("[" * 900 + "]" * 900)}}),
    Hostile("a long text", {"user_id": "x" * 900_000}),
    Hostile("many masked places", {"metadata": {f"k{n}": "[REDACTED]" for n in range(99)}}),
    Hostile("response null", {"response": None, "metadata": None}),
]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.id)
def test_the_page_shows_any_event(
    collector: Any,
    request_http: Callable[..., Any],
    post: Callable[[str, Any], None],
    case: Hostile,
) -> None:
    post("/v1/events", event(**case.change))
    assert request_http("GET", collector.url + "/").status == 200


def test_the_empty_page_says_how_to_go_on(collector: Any, request_http: Callable[..., Any]) -> None:
    page = request_http("GET", collector.url + "/").body.decode()
    assert f"MOESIF_BASE_URI={collector.url}" in page


@pytest.mark.parametrize("path", ["/", "/events.json", "/v1/config", "/control/chaos.json", "/x"])
def test_a_request_for_a_foreign_host_is_refused(
    collector: Any, request_http: Callable[..., Any], path: str
) -> None:
    headers = {**ID, "Host": "evil.example.com"}
    assert request_http("GET", collector.url + path, None, headers).status == 403


def test_a_request_without_a_host_is_refused(collector: Any) -> None:
    connection = http.client.HTTPConnection(collector.url.removeprefix("http://"))
    connection.putrequest("GET", "/", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status in {400, 403}
    connection.close()


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/v1/", 404), ("/control/x.json", 404)]
)
def test_unknown_paths_are_told_in_json(
    collector: Any, request_http: Callable[..., Any], path: str, status: int
) -> None:
    answer = request_http("GET", collector.url + path)
    assert (answer.status, list(answer.json())) == (status, ["error"])


def test_a_wrong_method_is_told_in_json(collector: Any, request_http: Callable[..., Any]) -> None:
    answer = request_http("PUT", collector.url + "/v1/events", b"", ID)
    assert (answer.status, answer.json()) == (405, {"error": "Method Not Allowed"})


@pytest.mark.parametrize("name", ["config", "rules", "chaos"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN"])
def test_control_documents_must_be_json(
    collector: Any, request_http: Callable[..., Any], name: str, body: bytes
) -> None:
    before = collector.get(f"/control/{name}.json")
    assert request_http("PUT", f"{collector.url}/control/{name}.json", body).status == 406
    assert collector.get(f"/control/{name}.json") == before
