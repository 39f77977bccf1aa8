"""What a JSONPath is made of, as frozen values (RFC 9535 section 2).

Flows in: what the readers made of a path's text. Flows out: a `Query` that is compiled to
closures. Two readings of one path agree when their trees are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as Choice
from typing import TypeAlias

from moesif_declarative.rules.pattern import Engine

Kind: TypeAlias = Choice["null", "boolean", "number", "text"]
Operator: TypeAlias = Choice["==", "!=", "<=", ">=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Name:
    """Selects the member of that name: ``.a``, ``['a']``."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """Selects one element, from the end if negative: ``[0]``, ``[-1]``."""

    index: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Selects a run of elements: ``[1:5:2]``."""

    start: int | None
    end: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Selects every child: ``.*``, ``[*]``."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects the children for which a test holds: ``[?@.a > 1]``."""

    test: Test


Selector: TypeAlias = Name | Index | Slice | Wildcard | Filter


@dataclass(frozen=True, slots=True)
class Segment:
    """One step: of a node's children, or of all its descendants' children (``..``)."""

    selectors: tuple[Selector, ...]
    descendant: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Steps from the document (``$``), or from the node that a filter looks at (``@``)."""

    segments: tuple[Segment, ...]
    absolute: bool = True

    @property
    def singular(self) -> bool:
        """Whether it can give at most one node by its form alone (RFC 9535 section 2.3.5.1)."""
        return all(
            not segment.descendant
            and len(segment.selectors) == 1
            and isinstance(segment.selectors[0], Name | Index)
            for segment in self.segments
        )


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in a filter; its kind keeps ``true`` apart from ``1``."""

    kind: Kind
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments: ``length(@.a)``."""

    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares two values, either of which may be missing."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class Matches:
    """Whether a pattern is found in any of the texts that a query gives: ``@.a =~ '^x'``.

    Attributes:
        query: Where the texts stand.
        pattern: The pattern.
        engine: What reads the pattern; it stands beside the path, not in it.
    """

    query: Query
    pattern: str
    engine: Engine = field(default="re2", compare=False)


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a query gives any node."""

    query: Query


@dataclass(frozen=True, slots=True)
class Not:
    """Whether a test does not hold."""

    test: Test


@dataclass(frozen=True, slots=True)
class And:
    """Whether all tests hold (``&&``); none of them is an `And` itself."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Whether any test holds (``||``); none of them is an `Or` itself."""

    tests: tuple[Test, ...]


Operand: TypeAlias = Literal | Query | Call
Test: TypeAlias = Comparison | Matches | Exists | Call | Not | And | Or


def all_of(tests: list[Test]) -> Test:
    """Join tests by ``&&``, flat."""
    flat: list[Test] = []
    for test in tests:
        flat += test.tests if isinstance(test, And) else (test,)
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(tests: list[Test]) -> Test:
    """Join tests by ``||``, flat."""
    flat: list[Test] = []
    for test in tests:
        flat += test.tests if isinstance(test, Or) else (test,)
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
