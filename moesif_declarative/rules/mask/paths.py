"""Masks by JSONPath: every node that a path selects in the event document.

Flows in: jsonpath rules. Flows out: the document with these nodes masked; where one lies inside
another, the outer one wins. What Moesif needs in every event keeps its type (LANGUAGE 6).
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.document_path import compile_document_path
from moesif_declarative.rules.jsonpath import JSONPath
from moesif_declarative.rules.jsonpath.evaluate import compile_places
from moesif_declarative.rules.jsonpath.tree import Name, Query
from moesif_declarative.rules.mask.action import REMOVED, Action, as_text
from moesif_declarative.rules.mask.bodies import mask_body
from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.strip import PLACES
from moesif_declarative.rules.mask.work import SIDES, Side, Trail, Work

Node: TypeAlias = tuple[Any, Any]
"""Container and key."""

_Gone: TypeAlias = dict[int, tuple[list[Any], list[int]]]

# Places that keep their type: what may be set there, and whether any text will do.
_PROTECTED: Final[Mapping[tuple[str, ...], Callable[[Any], bool]]] = {
    ("request", "time"): lambda value: _is_time(value),
    ("response", "time"): lambda value: _is_time(value),
    ("request", "verb"): lambda value: isinstance(value, str) and value != "",
    ("response", "status"): lambda value: _is_integer(value),
    ("weight",): lambda value: _is_integer(value),
    ("direction",): lambda value: value in {"Incoming", "Outgoing", "Internal"},
    ("transaction_id",): lambda value: _is_uuid(value),
    ("request", "transfer_encoding"): lambda _: False,
    ("response", "transfer_encoding"): lambda _: False,
    ("request",): lambda _: False,
    ("response",): lambda _: False,
}
_TEXT_ACTIONS: Final = {"redact", "hash", "keep"}


@dataclass(frozen=True, slots=True)
class PathTarget:
    """A jsonpath rule: one of its paths.

    Attributes:
        rule: The rule.
        action: What happens to the nodes.
        path: The path.
        guarded: The sides inside whose bodies it may select, with what must stand in a body
            without structure for that (`Work.guard`).
        parents: Gives the nodes that hold its last name, for ``set``; None without one.
        last: That name.
        allowed: Protected places that it may change, since they keep their type.
    """

    rule: MaskRule
    action: Action
    path: JSONPath
    guarded: Mapping[Side, tuple[str, ...] | None]
    parents: Callable[[Any], list[Node]] | None
    last: str
    allowed: frozenset[tuple[str, ...]]

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def run(self, work: Work) -> None:
        """Mask every node; make the last name where `set` is to do that."""
        self.guard(work)
        trails = Trails(work)
        if self.parents is not None:
            self._make(work, self.parents(work.document), trails)
        self.mask(work, self.path.nodes(work.document), trails, set())

    @property
    def anywhere(self) -> str | None:
        """The name, if the path is ``$..name`` and makes nothing new; else None."""
        (first, *more) = self.path.query.segments
        (selector, *others) = first.selectors
        if more or others or not first.descendant or self.action.name == "set":
            return None
        return selector.name if isinstance(selector, Name) else None

    def guard(self, work: Work) -> None:
        """Leave bodies out that it cannot look into and that may hold what it masks."""
        for side, cores in self.guarded.items():
            work.guard(side, cores)

    def mask(self, work: Work, nodes: Iterable[Node], trails: Trails, detached: set[int]) -> None:
        """Mask some nodes.

        Args:
            work: The event.
            nodes: What the path selects, outer ones first.
            trails: Where they stand.
            detached: Containers, by identity, that are not in the event any more; those that
                leave it here are added.
        """
        gone: _Gone = {}
        for container, key in nodes:
            if id(container) not in detached:
                for node in self._places(work.document, container, key):
                    self._mask(work, node, trails, detached, gone)
        for items, indexes in gone.values():
            work.drop(items, indexes)

    def _make(self, work: Work, parents: list[Node], trails: Trails) -> None:
        for container, key in parents:
            parent = work.document if container is None else container[key]
            if not isinstance(parent, dict) or self.last in parent:
                continue
            value = self.action.whole(None)
            is_header = any(parent is work.document[side].get("headers") for side in SIDES)
            parent[self.last] = as_text(value) if is_header else value
            work.mark(parent, self.last)
            work.forget_literals()
            work.count(self.rule, trails.of(parent, self.last))
            for side in SIDES:
                if parent is work.document[side] and self.last == "body":
                    parent["transfer_encoding"] = "json"
                    work.reread_body(side)

    def _places(self, document: dict[str, Any], container: Any, key: Any) -> Iterator[Node]:
        """Give what a node stands for: itself, or what is in it where it must keep its type."""
        if container is None:
            for member in list(document):
                yield from self._places(document, document, member)
            return
        if isinstance(container, dict) and key not in container:
            return  # it went with what it was in
        location = _location(document, container, key)
        if location in (("request",), ("response",)):
            for member in list(container[key]):
                yield from self._places(document, container[key], member)
        elif location and location in _PROTECTED and location not in self.allowed:
            return
        elif location and self._keeps_members(location, container[key]):
            yield from ((container[key], member) for member in list(container[key]))
        else:
            yield container, key

    def _keeps_members(self, location: tuple[str, ...], value: Any) -> bool:
        """Whether a map stays a map: headers and metadata are masked member by member."""
        if not isinstance(value, dict) or not (
            location[1:] == ("headers",) or location == ("metadata",)
        ):
            return False
        if self.action.name == "set":
            return not isinstance(self.action.whole(None), dict)
        return location[1:] == ("headers",) or self.action.name not in {"remove", "null"}

    def _mask(
        self, work: Work, node: Node, trails: Trails, detached: set[int], gone: _Gone
    ) -> None:
        container, key = node
        if key in work.marked(container):
            return
        value = container[key]
        location = _location(work.document, container, key)
        leaves_list = False
        if location in (("request", "body"), ("response", "body")):
            mask_body(
                work, self, "request" if container is work.document["request"] else "response"
            )
        else:
            result = self.action.whole(value)
            if location == ("request", "uri") and (result is REMOVED or result is None):
                result = "/"  # Moesif refuses an event without one
            leaves_list = work.put(self, container, key, trails.of(container, key), result)
        if leaves_list:
            gone.setdefault(id(container), (container, []))[1].append(key)
        if isinstance(value, dict | list) and (leaves_list or not _holds(container, key, value)):
            _detach(value, detached)


class Trails:
    """Where containers of the document stand: for the trace alone, so found only for one.

    Args:
        work: The event.
    """

    def __init__(self, work: Work) -> None:
        self._found: dict[int, Trail] = {}
        stack: list[tuple[Any, Trail]] = [] if work.trace is None else [(work.document, "")]
        while stack:
            container, trail = stack.pop()
            self._found[id(container)] = trail
            members = container.items() if isinstance(container, dict) else enumerate(container)
            stack += [
                (member, (trail, key)) for key, member in members if isinstance(member, dict | list)
            ]

    def of(self, container: Any, key: Any) -> Trail:
        """Give the trail of a member."""
        return self._found.get(id(container), ""), key


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
    for location, fits in _PROTECTED.items():
        if not _names(path.query, location[-1]) or not path.selects(location):
            continue
        keeps_text = location == ("request", "verb") and action.name in _TEXT_ACTIONS
        if keeps_text or (action.name == "set" and fits(with_)):
            allowed.add(location)
            continue
        _refuse(location, action, place, scope)
        return None
    if not path.query.segments:
        _refuse((), action, place, scope)
        return None
    return PathTarget(
        rule, action, path, _guarded(path), *_creation(path.query, action), frozenset(allowed)
    )


def guards_of(path: JSONPath) -> frozenset[str]:
    """Tell what of the event must go when a rule with this path fails."""
    return frozenset(
        guard
        for location, guard in PLACES.items()
        if path.selects(location) or path.reaches_inside(location)
    )


def _guarded(path: JSONPath) -> dict[Side, tuple[str, ...] | None]:
    names = path.names
    cores = None if names is None else tuple(normalise(name) for name in names)
    return {side: cores for side in SIDES if path.reaches_inside((side, "body"))}


def _creation(query: Query, action: Action) -> tuple[Callable[[Any], list[Node]] | None, str]:
    last = query.segments[-1]
    (selector, *more) = last.selectors
    if action.name != "set" or last.descendant or more or not isinstance(selector, Name):
        return None, ""
    return compile_places(Query(query.segments[:-1])), selector.name


def _names(query: Query, name: str) -> bool:
    return bool(query.segments) and Name(name) in query.segments[-1].selectors


def _refuse(location: tuple[str, ...], action: Action, place: Place, scope: Scope) -> None:
    what = f"$.{'.'.join(location)}" if location else "the whole event"
    if location and location not in (("request",), ("response",)):
        hint = "mask something else, or set a value of its own type"
    else:
        hint = "name what is in it: $.request.body, $.request.headers, $.user_id …"
    message = f"{action.name} would break {what}, which every event needs as it is"
    scope.problems.error("protected-field", place, message, hint)


def _location(document: dict[str, Any], container: Any, key: Any) -> tuple[str, ...] | None:
    if container is document:
        return (key,)
    for side in SIDES:
        if container is document[side]:
            return (side, key)
    return None


def _holds(container: Any, key: Any, value: Any) -> bool:
    return (container.get(key) if isinstance(container, dict) else container[key]) is value


def _detach(value: Any, detached: set[int]) -> None:
    """Remember every container inside a value that was masked whole: nothing in it is left."""
    stack = [value]
    while stack:
        node = stack.pop()
        detached.add(id(node))
        members = node.values() if isinstance(node, dict) else node
        stack += [member for member in members if isinstance(member, dict | list)]


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(uuid.UUID(value))
    except ValueError:
        return False
