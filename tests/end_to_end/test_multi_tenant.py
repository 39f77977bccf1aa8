"""Several middlewares with different settings in one process, and on one application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import tornado.web
from tornado.routing import PathMatches, Rule

from moesif_declarative import MoesifMiddleware
from tests.end_to_end.conftest import Echo, Large

JSON = {"Content_Type": "application/json"}


@pytest.fixture
def other_collector(start_collector: Callable[..., Any]) -> Any:
    return start_collector()


def received(collector: Any) -> list[tuple[str, str]]:
    """Application id and path of each event."""
    return [
        (record["application_id"], record["document"]["request"]["uri"].rpartition("/")[2])
        for record in collector.records()
    ]


def test_two_applications_have_settings_of_their_own(
    start_api: Callable[..., Any], collector: Any, other_collector: Any
) -> None:
    first = start_api(
        APPLICATION_ID="id-of-the-first",
        MASK_EVENT_MODEL={"field": "user"},
        SKIP={"path": "/status/200"},
    )
    second = start_api(
        APPLICATION_ID="id-of-the-second",
        BASE_URI=other_collector.url,
        IDENTIFY_USER={"jsonpath": "$.request.body.user"},
    )
    for api in (first, second):
        api.call("POST", "/echo", '{"user": "ann"}', **JSON)
        api.call("GET", "/status/200")
    [masked] = first.events(1)
    assert (masked["request"]["body"], "user_id" in masked) == ({"user": "[REDACTED]"}, False)
    second.serving.settle()
    assert second.moesif.flush(10)
    plain, _ = other_collector.events(2)
    assert (plain["request"]["body"], plain["user_id"]) == ({"user": "ann"}, "ann")
    assert received(collector) == [("id-of-the-first", "echo")]
    assert received(other_collector) == [("id-of-the-second", "echo"), ("id-of-the-second", "200")]


def test_the_close_of_one_leaves_the_other(
    start_api: Callable[..., Any], collector: Any, other_collector: Any
) -> None:
    first = start_api()
    second = start_api(BASE_URI=other_collector.url)
    assert first.moesif.close(10)
    assert first.call("GET", "/echo").status == second.call("GET", "/echo").status == 200
    for api in (first, second):
        api.serving.settle()
        assert api.moesif.flush(10)
    assert (collector.events(0), len(other_collector.events(1))) == ([], 1)
    assert first.moesif.stats()["dropped"] == {"closed": 1}


def test_two_middlewares_on_one_application_see_each_call_for_themselves(
    start_api: Callable[..., Any], collector: Any, other_collector: Any
) -> None:
    api = start_api(MAX_BODY_SIZE=10, MASK_REMARKS=True)
    other = start_api(
        app=api.application, BASE_URI=other_collector.url, MASK_EVENT_MODEL={"field": "token"}
    )
    api.moesif.install(api.application)
    other.moesif.install(api.application)
    api.call("GET", "/echo")
    [cut] = api.events(1)
    assert other.moesif.flush(10)
    [masked] = other_collector.events(1)
    assert "body" not in cut["response"]
    assert cut["metadata"]["moesif_body_sizes"] == {"response": 45}
    assert masked["response"]["body"] == {"path": "/echo", "token": "[REDACTED]"}


def test_debug_of_one_changes_no_events_of_the_other(
    start_api: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The loggers of the package are the process's: they say more, for both."""
    logger = logging.getLogger("moesif_declarative")
    level = logger.level
    try:
        quiet = start_api()
        start_api(DEBUG=True, SINK="null")
        assert logger.level == logging.DEBUG
        assert logging.getLogger().level == logging.WARNING
        quiet.call("GET", "/echo")
        [event] = quiet.events(1)
    finally:
        logger.setLevel(level)
    assert event["response"]["status"] == 200


def test_a_nested_application_is_logged_by_what_is_installed_on_it(
    start_api: Callable[..., Any], collector: Any, other_collector: Any
) -> None:
    """As Tornado calls log functions: that of the application whose handler it is."""
    inner = tornado.web.Application([(r"/inner/large/(\d+)", Large), ("/inner/.*", Echo)])
    outer = tornado.web.Application([("/outer", Echo), Rule(PathMatches("/inner/.*"), inner)])
    api = start_api(app=outer)
    api.call("GET", "/inner/before")
    tenant = MoesifMiddleware(APPLICATION_ID="id-of-the-inner", BASE_URI=other_collector.url)
    api.serving.call(lambda: tenant.install(inner))
    answer = api.call("GET", "/inner/large/5")
    api.call("GET", "/outer")
    [event] = api.events(1)
    assert tenant.close(10)
    [nested] = other_collector.events(1)
    assert (event["action_name"], nested["action_name"]) == ("/outer", r"/inner/large/(\d+)")
    assert answer.headers.get_all("X-Moesif-Transaction-Id") == [nested["transaction_id"]]
