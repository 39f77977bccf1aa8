"""Paths compiled to closures over a document.

Flows in: a `Query`. Flows out: closures from a document to the values, or the places, that it
selects, in the order of RFC 9535. Walks are loops, not recursions: a document may be nested
as deep as memory holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

from moesif_declarative.rules.jsonpath.filters import Nodes, Scope, compile_test
from moesif_declarative.rules.jsonpath.tree import (
    Filter,
    Index,
    Name,
    Query,
    Segment,
    Selector,
    Slice,
    Wildcard,
)

Key: TypeAlias = str | int
Keys: TypeAlias = Callable[[Any, Scope], Iterable[Key]]
Step: TypeAlias = Callable[[list[Any], Scope], list[Any]]
Places: TypeAlias = Callable[[list[Any], Scope], Iterator[tuple[Any, Key]]]

_BRANCHES: Final = (dict, list)


def compile_values(query: Query, exact: bool) -> Nodes:
    """Compile a query to a closure from a node, and the scope, to the values found below it.

    Args:
        query: The query; whether it begins at ``$`` or ``@`` is the caller's matter.
        exact: Whether a node that the query reaches in two ways is there twice, as
            RFC 9535 says. Without it no document can make the work grow faster than itself.
    """
    names = plain_names(query)
    if names is not None:
        return _chain(names)
    steps = tuple(_step(segment, once=not exact) for segment in query.segments)

    def values(node: Any, scope: Scope) -> list[Any]:
        nodes = [node]
        for step in steps:
            nodes = step(nodes, scope)
            if not nodes:
                break
        return nodes

    return values


def compile_places(query: Query) -> Callable[[Any], list[tuple[Any, Key]]]:
    """Compile a query to a closure that gives container and key of every node, each once.

    The root has no container: it is ``(None, "")``.
    """
    if not query.segments:
        return lambda _document: [(None, "")]
    parents = compile_values(Query(query.segments[:-1]), False)
    places = _places(query.segments[-1], once=True)

    def nodes(document: Any) -> list[tuple[Any, Key]]:
        scope = Scope(document)
        found = places(parents(document, scope), scope)
        return list({(id(container), key): (container, key) for container, key in found}.values())

    return nodes


def plain_names(query: Query) -> tuple[str, ...] | None:
    """Return the names of a query that is nothing but names, else None."""
    names: list[str] = []
    for segment in query.segments:
        name = _only_name(segment)
        if name is None or segment.descendant:
            return None
        names.append(name)
    return tuple(names)


def _only_name(segment: Segment) -> str | None:
    first, *others = segment.selectors
    return first.name if isinstance(first, Name) and not others else None


def _chain(names: tuple[str, ...]) -> Nodes:
    def values(node: Any, _scope: Scope) -> list[Any]:
        for name in names:
            if not isinstance(node, dict) or name not in node:
                return []
            node = node[name]
        return [node]

    return values


def _step(segment: Segment, *, once: bool) -> Step:
    name = _only_name(segment)
    if name is not None and not segment.descendant:
        return lambda nodes, _scope: [
            node[name] for node in nodes if isinstance(node, dict) and name in node
        ]
    places = _places(segment, once=once)
    if not once or len(segment.selectors) == 1:
        return lambda nodes, scope: [container[key] for container, key in places(nodes, scope)]

    def step(nodes: list[Any], scope: Scope) -> list[Any]:
        found = {(id(container), key): container[key] for container, key in places(nodes, scope)}
        return list(found.values())

    return step


def _places(segment: Segment, *, once: bool) -> Places:
    """Compile a segment to a closure that gives container and key of every child selected."""
    name = _only_name(segment)
    walk = _containers(once=once) if segment.descendant else None
    if name is not None:
        return lambda nodes, _scope: (
            (node, name)
            for node in (walk(nodes) if walk else nodes)
            if isinstance(node, dict) and name in node
        )
    keys = _all_keys([_keys(selector) for selector in segment.selectors])
    return lambda nodes, scope: (
        (node, key)
        for node in (walk(nodes) if walk else nodes)
        if isinstance(node, _BRANCHES)
        for key in keys(node, scope)
    )


def _containers(*, once: bool) -> Callable[[list[Any]], Iterator[Any]]:
    """Give a walk over nodes and all below them that have children, parents first."""

    def walk(nodes: list[Any]) -> Iterator[Any]:
        seen: set[int] | None = set() if once and len(nodes) > 1 else None
        waiting = nodes[::-1]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, _BRANCHES) or (seen is not None and id(node) in seen):
                continue
            if seen is not None:
                seen.add(id(node))
            yield node
            children = node.values() if isinstance(node, dict) else node
            waiting += [child for child in reversed(children) if isinstance(child, _BRANCHES)]

    return walk


def _all_keys(every: list[Keys]) -> Keys:
    if len(every) == 1:
        return every[0]
    return lambda node, scope: [key for keys in every for key in keys(node, scope)]


def _keys(selector: Selector) -> Keys:
    """Compile a selector to a closure that gives the keys selected in an object or array."""
    match selector:
        case Name(name):
            return lambda node, _scope: (name,) if isinstance(node, dict) and name in node else ()
        case Index(index):
            return lambda node, _scope: _element(node, index)
        case Slice(start, end, step):
            cut = slice(start, end, step)
            return lambda node, _scope: (
                range(*cut.indices(len(node))) if isinstance(node, list) and step != 0 else ()
            )
        case Wildcard():
            return lambda node, _scope: node if isinstance(node, dict) else range(len(node))
        case Filter(test):
            return _filtered(test)


def _element(node: Any, index: int) -> Iterable[int]:
    if not isinstance(node, list) or not -len(node) <= index < len(node):
        return ()
    return (index % len(node),)


def _filtered(test: Any) -> Keys:
    holds = compile_test(test, compile_values)

    def keys(node: Any, scope: Scope) -> list[Key]:
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        return [key for key, child in pairs if holds(child, scope)]

    return keys
