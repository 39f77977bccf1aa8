"""JSONPaths that go on inside strings: a string that holds JSON has the children of that JSON.

Flows in: a `Query`. Flows out: a closure that gives container and key of every node in such a
document. For filters and functions a string stays the text that it is (RFC 9535); only where a
path or a filter takes a further step does it go into what the string holds. A filter that would
have to step into a string that nobody can read counts as holding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from moesif_declarative.rules.jsonpath.evaluate import Key, compile_places
from moesif_declarative.rules.jsonpath.filters import Nodes, Scope, compile_test
from moesif_declarative.rules.jsonpath.tree import Filter, Name, Query, Segment, Selector
from moesif_declarative.rules.mask.path_needs import need_of_test, needs_of
from moesif_declarative.rules.mask.path_strings import (
    Need,
    Strings,
    inside,
    unreadable,
)

Node: TypeAlias = tuple[Any, Any]
"""Container and key."""

Inside: TypeAlias = Callable[[Any, Strings], list[Node]]
"""Gives the nodes of a document whose strings are opened on the way."""

_Doubt: TypeAlias = Literal["node", "root"]


@dataclass(frozen=True, slots=True)
class _Scope(Scope):
    """What all filters of one evaluation share.

    Attributes:
        strings: The strings that were opened.
        doubts: Why nobody knows whether the filter that is being asked holds: what may decide it
            stands in a string that could not be read, below its ``node`` or, for every node
            alike, below the ``root``.
    """

    strings: Strings = field(kw_only=True)
    doubts: set[_Doubt] = field(kw_only=True, default_factory=set)


_Keys: TypeAlias = Callable[[Any, Any], Iterable[Key]]
_Places: TypeAlias = Callable[[list[Any], Any], Iterator[Node]]


def compile_inside(query: Query) -> Inside:
    """Compile a query to a closure that gives container and key of every node, each once.

    The document itself has no container: it is ``(None, "")``.
    """
    if not query.segments:
        return lambda _document, _strings: [(None, "")]
    needs = needs_of(query)
    *before, last = (
        _places(segment, need, after, once=True)
        for segment, need, after in zip(query.segments, needs, needs[1:], strict=False)
    )

    def nodes(document: Any, strings: Strings) -> list[Node]:
        scope = _Scope(document, strings=strings)
        found = [document]
        for places in before:
            found = [strings.open(*node) for node in _once(places(found, scope))]
        return _once(last(found, scope))

    return nodes


def walk(nodes: list[Any], strings: Strings, need: Need | None, *, once: bool) -> Iterator[Any]:
    """Give all objects and lists in nodes and below them, through strings, parents first.

    Args:
        nodes: Where it begins: what `Strings.open` gave.
        strings: Takes the strings that are opened.
        need: What is looked for below each of them; None for a filter, which looks for nothing.
        once: Whether to give each of them once, however many of the nodes it is in.
    """
    seen: set[int] | None = set() if once and len(nodes) > 1 else None
    waiting = nodes[::-1]
    while waiting:
        node = waiting.pop()
        branch = inside(node)
        if seen is not None and id(branch) in seen:
            continue
        if need is not None:
            strings.reach(node, need)
        if branch is None:
            continue
        if seen is not None:
            seen.add(id(branch))
        yield branch
        waiting += reversed(strings.below(branch))


def _entered(nodes: list[Any], strings: Strings, need: Need | None) -> Iterator[Any]:
    for node in nodes:
        if need is not None:
            strings.reach(node, need)
        branch = inside(node)
        if branch is not None:
            yield branch


def _once(nodes: Iterable[Node]) -> list[Node]:
    return list({(id(container), key): (container, key) for container, key in nodes}.values())


def _compile_values(query: Query, exact: bool) -> Nodes:
    """Compile a query of a filter; the arguments are those of `evaluate.compile_values`."""
    doubt: _Doubt = "root" if query.absolute else "node"
    steps = tuple(
        (_places(segment, None, None, once=not exact), segment.descendant, need)
        for segment, need in zip(query.segments, needs_of(query), strict=False)
    )

    def values(node: Any, scope: Any) -> list[Any]:
        nodes = [node]
        for places, descendant, need in steps:
            found = list(places(nodes, scope))
            asks = scope.strings.unread and doubt not in scope.doubts
            if asks and _hides(nodes, scope.strings, need, deep=descendant):
                scope.doubts.add(doubt)
            nodes = [scope.strings.open(*each) for each in (found if exact else _once(found))]
        return nodes

    return values


def _hides(nodes: list[Any], strings: Strings, need: Need, *, deep: bool) -> bool:
    """Whether what a filter needs may stand in a string that could not be read.

    Args:
        nodes: What a step of the filter begins at.
        strings: Takes the strings that are opened.
        need: What the filter needs from there on.
        deep: Whether the step goes to everything below the nodes.
    """
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        text = unreadable(node)
        if text is not None and text.may_hold(need):
            return True
        branch = inside(node) if deep else None
        if branch is not None:
            waiting += strings.below(branch)
    return False


def _places(segment: Segment, need: Need | None, after: Need | None, *, once: bool) -> _Places:
    """Compile a segment.

    Args:
        segment: The segment.
        need: What is needed from here on; None in a filter.
        after: What is needed behind it.
        once: Whether what is found in two ways counts once.
    """
    every = [_keys(selector, after) for selector in segment.selectors]

    def places(nodes: list[Any], scope: _Scope) -> Iterator[Node]:
        strings = scope.strings
        if segment.descendant:
            branches = walk(nodes, strings, need, once=once)
        else:
            branches = _entered(nodes, strings, need)
        for branch in branches:
            for keys in every:
                for key in keys(branch, scope):
                    yield branch, key

    return places


def _keys(selector: Selector, after: Need | None) -> _Keys:
    match selector:
        case Name(name):
            return lambda node, _scope: (name,) if isinstance(node, dict) and name in node else ()
        case Filter():
            return _filtered(selector, after)
    places = compile_places(Query((Segment((selector,)),), absolute=False))
    return lambda node, _scope: [key for _, key in places(node)]


def _filtered(selector: Filter, after: Need | None) -> _Keys:
    holds = compile_test(selector.test, _compile_values)
    need = None if after is None else need_of_test(selector.test)
    hidden = None if need is None or after is None else (*need, *after)

    def keys(node: Any, scope: _Scope) -> Iterator[Key]:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            child = scope.strings.open(node, key)
            if after is not None:  # not in a filter of a filter, whose doubts are those of both
                scope.doubts.discard("node")
            if holds(child, scope):
                yield key
            elif after is not None:
                text = unreadable(child)
                if text is None and scope.doubts:
                    yield key
                elif text is not None and hidden is not None:
                    text.needs.add(hidden)

    return keys
