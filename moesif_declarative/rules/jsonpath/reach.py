"""Which parts of a document a path may touch, told from its form alone.

Flows in: a `Query`. Flows out: verdicts that err on the side of "may": where it cannot be
told, the path may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from moesif_declarative.rules.jsonpath.tree import (
    And,
    Call,
    Comparison,
    Exists,
    Filter,
    Matches,
    Name,
    Not,
    Or,
    Query,
    Segment,
    Test,
    Wildcard,
)
from moesif_declarative.rules.jsonpath.tree import Selector as _Selector

BODIES: Final = (("request", "body"), ("response", "body"))


@dataclass(frozen=True, slots=True)
class _Way:
    """What is known of the ways by which a path may come to one place.

    Attributes:
        unnamed: Whether one of them names no member inside.
        names: The names of members inside that they select by.
    """

    unnamed: bool
    names: frozenset[str] = frozenset()

    def joined(self, other: _Way | None) -> _Way:
        if other is None:
            return self
        return _Way(self.unnamed or other.unnamed, self.names | other.names)


_Ways: TypeAlias = dict[int, _Way]
"""How a path may stand after some segments: at the head's first so many names, or, one more
than it has, strictly inside."""


def _ways(query: Query, head: tuple[str, ...]) -> _Ways:
    ways: _Ways = {0: _Way(unnamed=True)}
    for segment in query.segments:
        after: _Ways = {}
        for depth, way in ways.items():
            for reached in _reached(segment, depth, head):
                come = _inside(segment, way) if reached > len(head) else way
                after[reached] = come.joined(after.get(reached))
        ways = after
    return ways


def _reached(segment: Segment, depth: int, head: tuple[str, ...]) -> Iterator[int]:
    """Give the depths that a segment may lead to from one."""
    furthest = len(head) + 1 if segment.descendant else min(depth + 1, len(head) + 1)
    for reached in range(depth + 1, furthest + 1):
        if reached > len(head) or _may_select(segment.selectors, head[reached - 1]):
            yield reached
    if depth > len(head):
        yield depth


def _may_select(selectors: tuple[_Selector, ...], name: str) -> bool:
    return any(
        selector.name == name if isinstance(selector, Name) else isinstance(selector, _OF_OBJECTS)
        for selector in selectors
    )


_OF_OBJECTS: Final = (Wildcard, Filter)


def _inside(segment: Segment, way: _Way) -> _Way:
    names = [selector.name for selector in segment.selectors if isinstance(selector, Name)]
    if len(names) < len(segment.selectors):
        return way
    return _Way(unnamed=False, names=way.names | frozenset(names))


def selects(query: Query, head: tuple[str, ...]) -> bool:
    """Tell whether a path may select the value at a location."""
    return len(head) in _ways(query, head)


def reaches_inside(query: Query, head: tuple[str, ...]) -> bool:
    """Tell whether a path may select something strictly inside the value at a location."""
    return len(head) + 1 in _ways(query, head)


def names_inside(query: Query) -> frozenset[str] | None:
    """Return the names without which a path selects nothing inside a body.

    Returns:
        Names of which at least one stands in every body that the path selects something
        inside of; None if it may do so where none stands; empty if it never does.
    """
    found: frozenset[str] = frozenset()
    for head in BODIES:
        way = _ways(query, head).get(len(head) + 1)
        if way is not None and way.unnamed:
            return None
        found |= way.names if way else frozenset()
    return found


def leading_names(query: Query) -> tuple[str, ...]:
    """Return the plain names that a path begins with, up to the first other step."""
    names: list[str] = []
    for segment in query.segments:
        if segment.descendant or len(segment.selectors) != 1:
            break
        if not isinstance(segment.selectors[0], Name):
            break
        names.append(segment.selectors[0].name)
    return tuple(names)


def names_below(query: Query, holders: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return the names by which a path selects members of the values at some locations.

    Only where the path names the location's last part itself: ``$..headers.x`` does,
    ``$.request.*.x`` rather means something else. The paths from ``$`` inside its filters count
    too.
    """
    found: dict[str, None] = {}
    for part in _absolute(query):
        for at, segment in enumerate(part.segments[1:], 1):
            before = Query(part.segments[:at], absolute=True)
            named = {
                selector.name
                for selector in part.segments[at - 1].selectors
                if isinstance(selector, Name)
            }
            if any(holder[-1] in named and selects(before, holder) for holder in holders):
                found |= {
                    selector.name: None
                    for selector in segment.selectors
                    if isinstance(selector, Name)
                }
    return list(found)


def first_names(query: Query) -> frozenset[str] | None:
    """Return the members of the document that a path looks at, None for any of them.

    The paths from ``$`` inside its filters count too.
    """
    found: frozenset[str] = frozenset()
    for part in _absolute(query):
        if not part.segments or part.segments[0].descendant:
            return None
        for selector in part.segments[0].selectors:
            if isinstance(selector, _OF_OBJECTS):
                return None
            found |= {selector.name} if isinstance(selector, Name) else frozenset()
    return found


def _absolute(query: Query) -> Iterator[Query]:
    if query.absolute:
        yield query
    for segment in query.segments:
        for selector in segment.selectors:
            if isinstance(selector, Filter):
                for inner in _queries(selector.test):
                    yield from _absolute(inner)


def _queries(test: Test | object) -> Iterator[Query]:
    match test:
        case Query():
            yield test
        case And(parts) | Or(parts) | Call(arguments=parts):
            for part in parts:
                yield from _queries(part)
        case Not(inner) | Exists(inner) | Matches(query=inner):
            yield from _queries(inner)
        case Comparison(left=left, right=right):
            yield from _queries(left)
            yield from _queries(right)
