"""jsonpath-ng's reading of a path, taken over into our tree.

Flows in: a path that is well-formed by RFC 9535. Flows out: the `Query` that jsonpath-ng's
extended parser read, or None where that parser refuses it or has no tree for it. Only the
parser is used: `find` of its tree is many times slower than our closures.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Final, cast

from jsonpath_ng import Child, Descendants, Fields, Root, This
from jsonpath_ng import Index as NgIndex
from jsonpath_ng import Slice as NgSlice
from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.filter import And, Expression, Or
from jsonpath_ng.ext.filter import Filter as NgFilter
from jsonpath_ng.ext.parser import ExtendedJsonPathParser
from jsonpath_ng.jsonpath import Wildcard as NgWildcard

from moesif_declarative.rules.jsonpath.tree import (
    Comparison,
    Exists,
    Filter,
    Index,
    Literal,
    Matches,
    Name,
    Not,
    Operand,
    Operator,
    Query,
    Segment,
    Selector,
    Slice,
    Test,
    Wildcard,
    all_of,
    any_of,
)


class _UnknownError(Exception):
    """jsonpath-ng's tree has a part that RFC 9535 does not know."""


_ONE_AT_A_TIME: Final = threading.Lock()


@cache
def _parser() -> ExtendedJsonPathParser:
    return ExtendedJsonPathParser()


def adopt(text: str) -> Query | None:
    """Read a path with jsonpath-ng's parser.

    Args:
        text: A path that RFC 9535 allows.

    Returns:
        Its tree, None where jsonpath-ng refuses the path, or read something that has no
        meaning in RFC 9535.
    """
    try:
        with _ONE_AT_A_TIME:  # the parser keeps its state in itself
            parsed = _parser().parse(text)
        return _query(parsed)
    except (JSONPathError, _UnknownError):
        return None


def _query(parsed: Any) -> Query:
    first, *steps = _flattened(parsed)
    if not isinstance(first[0], Root | This):
        raise _UnknownError
    segments = tuple(Segment(_selectors(node), descendant) for node, descendant in steps)
    return Query(segments, isinstance(first[0], Root))


def _flattened(parsed: Any) -> list[tuple[Any, bool]]:
    """Put a tree's steps in a row, each with whether ``..`` stands before it."""
    steps: list[tuple[Any, bool]] = []
    waiting: list[tuple[Any, bool]] = [(parsed, False)]
    while waiting:
        node, descendant = waiting.pop()
        if isinstance(node, Child | Descendants):
            waiting.append((node.right, isinstance(node, Descendants)))
            waiting.append((node.left, descendant))
        else:
            steps.append((node, descendant))
    return steps


def _selectors(node: Any) -> tuple[Selector, ...]:
    if isinstance(node, Fields):
        return tuple(Name(name) for name in node.fields)
    if isinstance(node, NgIndex):
        return tuple(Index(index) for index in node.indices)
    if isinstance(node, NgSlice):
        return (Slice(node.start, node.end, node.step),)
    if isinstance(node, NgWildcard):
        return (Wildcard(),)
    if isinstance(node, NgFilter):
        return (Filter(all_of([_test(part) for part in node.expressions])),)
    raise _UnknownError


def _test(node: Any) -> Test:
    if isinstance(node, And):
        return all_of([_test(part) for part in node.operands])
    if isinstance(node, Or):
        return any_of([_test(part) for part in node.operands])
    if not isinstance(node, Expression):
        raise _UnknownError
    query = _query(node.target)
    if node.op is None:
        return Exists(query)
    if node.op == "!":
        return Not(Exists(query))
    if node.op == "=~":
        return Matches(query, str(node.value))
    return Comparison(query, cast("Operator", node.op), _operand(node.value))


def _operand(value: Any) -> Operand:
    if value is None:
        return Literal("null", None)
    if isinstance(value, bool):
        return Literal("boolean", value)
    if isinstance(value, int | float):
        return Literal("number", value)
    if isinstance(value, str):
        return Literal("text", value)
    return _query(value)
