"""Filters compiled to closures (RFC 9535 section 2.3.5).

Flows in: a filter's test. Flows out: a closure from the node it looks at, and the `Scope` of
the evaluation, to its verdict. Nothing here raises on any JSON value, however deep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from moesif_declarative.rules.jsonpath.functions import FUNCTIONS, NOTHING, fixed_pattern
from moesif_declarative.rules.jsonpath.tree import (
    And,
    Call,
    Comparison,
    Exists,
    Literal,
    Matches,
    Not,
    Operand,
    Or,
    Query,
    Test,
)
from moesif_declarative.rules.pattern import compile_pattern


@dataclass(frozen=True, slots=True)
class Scope:
    """What all filters of one evaluation share.

    Attributes:
        root: The document, which ``$`` in a filter means.
        known: What the queries from ``$`` gave, so that each is asked once.
    """

    root: Any
    known: dict[int, list[Any]] = field(default_factory=dict)


Holds: TypeAlias = Callable[[Any, Scope], bool]
Reads: TypeAlias = Callable[[Any, Scope], Any]
Nodes: TypeAlias = Callable[[Any, Scope], list[Any]]
CompileQuery: TypeAlias = Callable[[Query, bool], Nodes]


def compile_test(test: Test, compile_query: CompileQuery) -> Holds:
    """Compile a test.

    Args:
        test: A well-typed test.
        compile_query: Compiles a query to a closure from a node and a scope to the values
            found; told whether a value found twice must be there twice.
    """
    match test:
        case And(tests):
            every = tuple(compile_test(part, compile_query) for part in tests)
            return lambda node, scope: all(part(node, scope) for part in every)
        case Or(tests):
            every = tuple(compile_test(part, compile_query) for part in tests)
            return lambda node, scope: any(part(node, scope) for part in every)
        case Not(inner):
            holds = compile_test(inner, compile_query)
            return lambda node, scope: not holds(node, scope)
        case Exists(query):
            nodes = _nodes(query, compile_query, exact=False)
            return lambda node, scope: bool(nodes(node, scope))
        case Matches(query, pattern, engine):
            found = compile_pattern(pattern, engine=engine).found
            return _matches(_nodes(query, compile_query, exact=False), found)
        case Comparison():
            return _comparison(test, compile_query)
        case Call():
            return _logical_call(test, compile_query)


def _nodes(query: Query, compile_query: CompileQuery, *, exact: bool) -> Nodes:
    found = compile_query(query, exact)
    if not query.absolute:
        return found

    def remembered(_node: Any, scope: Scope) -> list[Any]:
        key = id(found)
        if key not in scope.known:
            scope.known[key] = found(scope.root, scope)
        return scope.known[key]

    return remembered


def _matches(nodes: Nodes, found: Callable[[str], bool]) -> Holds:
    return lambda node, scope: any(
        isinstance(value, str) and found(value) for value in nodes(node, scope)
    )


def _logical_call(call: Call, compile_query: CompileQuery) -> Holds:
    found = fixed_pattern(call)
    if found is None:
        return _applied(call, compile_query)
    read = _value(call.arguments[0], compile_query)

    def holds(node: Any, scope: Scope) -> bool:
        value = read(node, scope)
        return isinstance(value, str) and found(value)

    return holds


def _applied(call: Call, compile_query: CompileQuery) -> Reads:
    function = FUNCTIONS[call.name]
    reads = tuple(
        _nodes(argument, compile_query, exact=True)
        if kind == "nodes" and isinstance(argument, Query)
        else _value(argument, compile_query)
        for kind, argument in zip(function.parameters, call.arguments, strict=True)
    )
    apply = function.apply
    return lambda node, scope: apply(*[read(node, scope) for read in reads])


def _value(operand: Operand, compile_query: CompileQuery) -> Reads:
    """Compile an operand to the one value that it stands for, or `NOTHING`."""
    if isinstance(operand, Literal):
        constant = operand.value
        return lambda _node, _scope: constant
    if isinstance(operand, Call):
        return _applied(operand, compile_query)
    if not operand.segments and not operand.absolute:
        return lambda node, _scope: node
    nodes = _nodes(operand, compile_query, exact=False)

    def read(node: Any, scope: Scope) -> Any:
        found = nodes(node, scope)
        return found[0] if found else NOTHING

    return read


def _comparison(test: Comparison, compile_query: CompileQuery) -> Holds:
    left = _value(test.left, compile_query)
    right = _value(test.right, compile_query)
    compare = _COMPARE[test.operator]
    return lambda node, scope: compare(left(node, scope), right(node, scope))


_BRANCHES: Final = (dict, list)
_NUMBERS: Final = (int, float)


def equal(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal (RFC 9535 section 2.3.5.2.2).

    Numbers are compared by value, ``true`` is no number, members have no order. The depth of
    the values does not matter.
    """
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
            if one is not other:
                return False
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs.extend((value, other[name]) for name, value in one.items())
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, _BRANCHES) or isinstance(other, _BRANCHES) or one != other:
            return False
    return True


def less(left: Any, right: Any) -> bool:
    """Tell whether one value comes before another: only numbers and texts have an order."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return bool(_is_number(left) and _is_number(right) and left < right)


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": lambda left, right: less(left, right) or equal(left, right),
    ">=": lambda left, right: less(right, left) or equal(left, right),
}
