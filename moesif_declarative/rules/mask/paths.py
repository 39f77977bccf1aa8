"""JSONPath rules compiled: what they select, what they may change, what they guard.

Flows in: the paths of jsonpath rules. Flows out: a `PathTarget` for each; what would break an
event becomes a problem.
"""

from __future__ import annotations

from typing import Any

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.document_path import compile_document_path
from moesif_declarative.rules.jsonpath import JSONPath
from moesif_declarative.rules.jsonpath.evaluate import compile_places
from moesif_declarative.rules.jsonpath.tree import Name, Query
from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.path_places import PROTECTED, Location, may_change
from moesif_declarative.rules.mask.path_target import Nodes, PathTarget
from moesif_declarative.rules.mask.path_walk import compile_inside
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.strip import PLACES
from moesif_declarative.rules.mask.work import SIDES, Side


def compile_path_target(
    text: str, rule: MaskRule, action: Action, with_: Any, place: Place, scope: Scope
) -> PathTarget | None:
    """Compile one path of a jsonpath rule.

    Args:
        text: The path.
        rule: The rule.
        action: Its action.
        with_: What ``set`` puts there.
        place: Where the path was written.
        scope: Collects problems.

    Returns:
        The target; None after adding a problem.
    """
    path = compile_document_path(text, place, scope)
    if path is None:
        return None
    allowed = set()
    for protected in PROTECTED:
        if not _names(path.query, protected[-1]) or not path.selects(protected):
            continue
        if not may_change(protected, action, with_):
            _refuse(protected, action, place, scope)
            return None
        allowed.add(protected)
    if not path.query.segments:
        _refuse((), action, place, scope)
        return None
    return PathTarget(
        rule,
        action,
        path,
        _guarded(path),
        Nodes(path.nodes, compile_inside(path.query)),
        *_creation(path.query, action),
        frozenset(allowed),
        path.reaches_inside(("metadata",)),
    )


def guards_of(path: JSONPath) -> frozenset[str]:
    """Tell what of the event must go when a rule with this path fails."""
    return frozenset(
        guard
        for place, guard in PLACES.items()
        if path.selects(place) or path.reaches_inside(place)
    )


def _guarded(path: JSONPath) -> dict[Side, tuple[str, ...] | None]:
    names = path.names
    cores = None if names is None else tuple(normalise(name) for name in names)
    return {side: cores for side in SIDES if path.reaches_inside((side, "body"))}


def _creation(query: Query, action: Action) -> tuple[Nodes | None, str]:
    last = query.segments[-1]
    (selector, *more) = last.selectors
    if action.name != "set" or last.descendant or more or not isinstance(selector, Name):
        return None, ""
    parents = Query(query.segments[:-1])
    return Nodes(compile_places(parents), compile_inside(parents)), selector.name


def _names(query: Query, name: str) -> bool:
    return bool(query.segments) and Name(name) in query.segments[-1].selectors


def _refuse(where: Location, action: Action, place: Place, scope: Scope) -> None:
    what = f"$.{'.'.join(where)}" if where else "the whole event"
    if where and where not in (("request",), ("response",)):
        hint = "mask something else, or set a value of its own type"
    else:
        hint = "name what is in it: $.request.body, $.request.headers, $.user_id …"
    message = f"{action.name} would break {what}, which every event needs as it is"
    scope.problems.error("protected-field", place, message, hint)
