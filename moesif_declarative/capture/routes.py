"""The patterns under which an application's handlers stand.

Flows in: an application's routes. Flows out: the pattern that led to a handler, as people write
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.web import Application


class Routes:
    """The patterns of one application; they are read again when routes are added.

    Args:
        application: Whose.
    """

    def __init__(self, application: Application) -> None:
        self._router, self._wildcard = application.default_router, application.wildcard_router
        self._patterns: dict[type, list[PathMatches]] = {}
        self._known = -1

    def pattern(self, kind: type, request: HTTPServerRequest) -> str | None:
        """The pattern of the route that led to a handler of this class.

        Args:
            kind: The handler's class.
            request: What it handled.

        Returns:
            The pattern without the ``$`` that Tornado adds; None where no route leads there.
        """
        known = len(self._router.rules) + len(self._wildcard.rules)
        if known != self._known:  # handlers may be added while the application runs
            self._patterns = _patterns(self._router)
            self._known = known
        matchers = self._patterns.get(kind, ())
        if len(matchers) == 1:
            return _written(matchers[0])
        for matcher in matchers:
            if matcher.regex.match(request.path):
                return _written(matcher)
        return None


def _patterns(router: RuleRouter) -> dict[type, list[PathMatches]]:
    patterns: dict[type, list[PathMatches]] = {}
    for rule in _rules(router):
        if isinstance(rule.matcher, PathMatches) and isinstance(rule.target, type):
            patterns.setdefault(rule.target, []).append(rule.matcher)
    return patterns


def _rules(router: RuleRouter) -> Iterator[Rule]:
    for rule in router.rules:
        yield rule
        target: Any = rule.target
        if isinstance(target, Application):
            target = target.default_router
        if isinstance(target, RuleRouter):
            yield from _rules(target)


def _written(matcher: PathMatches) -> str:
    return matcher.regex.pattern.removesuffix("$")
