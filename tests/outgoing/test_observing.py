"""Who is told of outgoing calls, and that nothing that goes wrong there reaches the caller."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.sessions import Session
from tornado.httputil import HTTPHeaders

from moesif_declarative.outgoing import Exchange, Message, Observation, registry, unobserved

SEND = Session.send


def exchange(url: str = "http://a.test/") -> Exchange:
    message = Message(HTTPHeaders(), b"")
    return Exchange("GET", url, message, 200, "OK", message, 0.0, 0.0)


@pytest.fixture
def told() -> Iterator[list[Exchange]]:
    """What an observation tells, while the test runs."""
    told: list[Exchange] = []
    observation = Observation(told.append)
    observation.switch(on=True)
    yield told
    observation.end()
    assert Session.send is SEND


class Odd(BaseAdapter):
    """Answers with what hardly resembles a response."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = response

    def send(self, *_arguments: Any, **_options: Any) -> Any:
        return self.response

    def close(self) -> None:
        """Nothing is open."""


def session_with(response: Any) -> Session:
    session = Session()
    session.mount("http://odd.test", Odd(response))
    return session


def answer() -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response._content = b"ok"
    return response


def test_an_observation_is_switched_on_and_off_and_ended() -> None:
    told: list[Exchange] = []
    observation = Observation(told.append)
    assert not registry.has_observers()
    for on, count in ((True, 1), (True, 2), (False, 2), (False, 2), (True, 3)):
        observation.switch(on=on)
        registry.tell(lambda: [exchange()])
        assert len(told) == count
    observation.end()
    observation.switch(on=True)
    registry.tell(lambda: [exchange()])
    assert len(told) == 3
    assert Session.send is SEND


def test_an_observation_that_nobody_holds_is_forgotten() -> None:
    observation = Observation(lambda _exchange: None)
    observation.switch(on=True)
    gone = weakref.ref(observation)
    del observation
    gc.collect()
    assert gone() is None
    assert not registry.has_observers()
    another = Observation(lambda _exchange: None)
    another.switch(on=True)
    another.end()
    assert Session.send is SEND


def test_calls_that_are_nobodys_business_are_not_told(told: list[Exchange]) -> None:
    session = session_with(answer())
    with unobserved():
        session.get("http://odd.test/a")
    session.get("http://odd.test/b")
    assert [exchange.url for exchange in told] == ["http://odd.test/b"]


def test_calls_that_an_observer_makes_are_not_told() -> None:
    told: list[str] = []

    def take(exchange: Exchange) -> None:
        told.append(exchange.url)
        session_with(answer()).get("http://odd.test/by-the-observer")

    observation = Observation(take)
    observation.switch(on=True)
    session_with(answer()).get("http://odd.test/a")
    observation.end()
    assert told == ["http://odd.test/a"]


def test_a_response_of_a_stand_in_is_told_as_far_as_it_says_something(
    told: list[Exchange],
) -> None:
    response = answer()
    assert session_with(response).get("http://odd.test/a?b=c") is response
    [exchange] = told
    assert (exchange.method, exchange.url) == ("GET", "http://odd.test/a?b=c")
    assert (exchange.status, exchange.response.body) == (200, b"ok")


def test_what_cannot_be_told_is_logged_without_its_url(
    told: list[Exchange], caplog: pytest.LogCaptureFixture
) -> None:
    response = answer()
    response.headers = None  # type: ignore[assignment]
    response.raw = None

    class Plain(Session):
        """Leaves out what requests itself does with the headers."""

        def get_redirect_target(self, resp: Any) -> str | None:
            return None

    session = Plain()
    session.mount("http://odd.test", Odd(response))
    with caplog.at_level(logging.WARNING):
        assert session.get("http://odd.test/?token=canary") is response
    assert told == []
    assert caplog.messages == ["an outgoing call was not recorded: AttributeError"]


def test_an_observer_that_raises_does_not_reach_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_exchange: Exchange) -> None:
        raise LookupError("canary")

    observation = Observation(fails)
    observation.switch(on=True)
    assert session_with(answer()).get("http://odd.test/").status_code == 200
    observation.end()
    assert caplog.messages == ["an outgoing call was not recorded: LookupError"]


def test_wrong_calls_fail_as_without_us(told: list[Exchange]) -> None:
    with pytest.raises(ValueError, match="You can only send PreparedRequests"):
        Session().send(requests.Request("GET", "http://odd.test/"))  # type: ignore[arg-type]
    with pytest.raises(requests.exceptions.InvalidSchema):
        Session().get("ftp://odd.test/")
    assert told == []
