"""What must stand in a text that could not be read, if a path is to select something in it.

Flows in: a JSONPath's tree. Flows out, for each of its segments: the names without which a text
that the path comes to there holds nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from moesif_declarative.rules.jsonpath.tree import (
    And,
    Call,
    Comparison,
    Exists,
    Filter,
    Literal,
    Matches,
    Name,
    Not,
    Operand,
    Or,
    Query,
    Segment,
    Selector,
    Test,
)
from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.path_strings import Need


def needs_of(query: Query) -> tuple[Need, ...]:
    """Tell for each segment, and for the end, what it and the rest of the path need."""
    needs: list[Need] = [()]
    for segment in reversed(query.segments):
        names = _names_of_segment(segment)
        needs.append(needs[-1] if names is None else (names, *needs[-1]))
    return tuple(reversed(needs))


def need_of_test(test: Test) -> Need | None:
    """Tell what a text needs for which a filter would hold by what stands in it.

    Returns:
        None if the filter looks at a text itself and never at what it may hold.
    """
    names = _names_of_test(test)
    if names is not None:
        return (names,)
    return () if _looks_inside(test) else None


def _names_of_segment(segment: Segment) -> tuple[str, ...] | None:
    return _joined(map(_names_of_selector, segment.selectors))


def _names_of_selector(selector: Selector) -> tuple[str, ...] | None:
    match selector:
        case Name(name):
            return (normalise(name),)
        case Filter(test):
            return _names_of_test(test)
    return None


def _names_of_test(test: Test) -> tuple[str, ...] | None:
    """Give the names of which one stands in everything for which a test holds."""
    match test:
        case And(tests):
            return next((names for names in map(_names_of_test, tests) if names), None)
        case Or(tests):
            return _joined(map(_names_of_test, tests))
        case Exists(query) | Matches(query=query):
            return _names_of_query(query)
        case Comparison(Query() as query, operator, Literal()) if operator != "!=":
            return _names_of_query(query)
        case Comparison(Literal(), operator, Query() as query) if operator != "!=":
            return _names_of_query(query)
        case Call("match" | "search", (Query() as query, *_)):
            return _names_of_query(query)
    return None


def _names_of_query(query: Query) -> tuple[str, ...] | None:
    if query.absolute:
        return None
    named = map(_names_of_segment, query.segments)
    return next((names for names in named if names), None)


def _joined(every: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    joined: tuple[str, ...] = ()
    for names in every:
        if names is None:
            return None
        joined += names
    return joined


def _looks_inside(part: Test | Operand) -> bool:
    match part:
        case Query(segments, absolute):
            return bool(segments) and not absolute
        case And(parts) | Or(parts) | Call(arguments=parts):
            return any(map(_looks_inside, parts))
        case Not(inner) | Exists(inner) | Matches(query=inner):
            return _looks_inside(inner)
        case Comparison(left=left, right=right):
            return _looks_inside(left) or _looks_inside(right)
    return False
