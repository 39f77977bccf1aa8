"""The pattern of the route that led to a handler."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.routing import HostMatches, PathMatches, Rule, RuleRouter
from tornado.web import Application, ErrorHandler, RequestHandler, url

from moesif_declarative.capture.routes import Routes


class One(RequestHandler):
    pass


class Two(RequestHandler):
    pass


class Three(RequestHandler):
    pass


@dataclass(frozen=True)
class Case:
    id: str
    kind: type
    path: str
    expected: str | None


NESTED = Application([(r"/nested/(\d+)", Two)])
APPLICATION = Application(
    [
        (r"/one/(?P<id>[^/]+)", One),
        url(r"/two/a", Two, name="a"),
        url(r"/two/b/?", Two),
        Rule(PathMatches("/nested/.*"), NESTED),
        Rule(HostMatches("h"), RuleRouter([Rule(PathMatches("/deep"), Three)])),
    ]
)
CASES = [
    Case("the only one", One, "/one/1", r"/one/(?P<id>[^/]+)"),
    Case("of several, the one that matches", Two, "/two/b/", "/two/b/?"),
    Case("in a nested application", Two, "/nested/5", r"/nested/(\d+)"),
    Case("in a nested router", Three, "/deep", "/deep"),
    Case("no route", ErrorHandler, "/nowhere", None),
    Case("of several, none that matches", Two, "/elsewhere", None),
]


def at(path: str) -> Any:
    return SimpleNamespace(path=path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_pattern_is_that_of_the_route(case: Case) -> None:
    assert Routes(APPLICATION).pattern(case.kind, at(case.path)) == case.expected


def test_routes_that_are_added_later_are_found() -> None:
    application = Application([("/a", One)])
    routes = Routes(application)
    assert routes.pattern(Two, at("/b")) is None
    application.add_handlers(".*", [("/b", Two)])
    assert routes.pattern(Two, at("/b")) == "/b"
    application.wildcard_router.add_rules([("/c", Three)])
    assert routes.pattern(Three, at("/c")) == "/c"
