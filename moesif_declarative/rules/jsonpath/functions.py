"""The functions of RFC 9535 section 2.4 and the patterns they take (RFC 9485).

Flows in: a call's arguments as values. Flows out: a value, `NOTHING`, or a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from typing import Literal as Choice

from moesif_declarative.rules.engines import RE2_MEMORY_BYTES, re2_search
from moesif_declarative.rules.jsonpath.tree import Call, Literal, Matches, Operand, Query
from moesif_declarative.rules.pattern import PatternError, compile_pattern


class Nothing:
    """The value of a query that gives no node; equal to nothing but itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing()


@dataclass(frozen=True, slots=True)
class Function:
    """How a function may be called.

    Attributes:
        parameters: What each argument is: one value, or the nodes of a query.
        gives: Whether it stands for a value or is a test.
        apply: Computes it from one argument for each parameter; nodes come as the list of
            their values.
    """

    parameters: tuple[Choice["value", "nodes"], ...]
    gives: Choice["value", "logical"]
    apply: Callable[..., Any]


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, str | list | dict) else NOTHING


def _value(nodes: Sequence[Any]) -> Any:
    return nodes[0] if len(nodes) == 1 else NOTHING


def _match(value: Any, pattern: Any) -> bool:
    return _regular(value, pattern, whole=True)


def _search(value: Any, pattern: Any) -> bool:
    return _regular(value, pattern, whole=False)


def _regular(value: Any, pattern: Any, *, whole: bool) -> bool:
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    found = _from_document(pattern, whole)
    return found is not None and found(value)


FUNCTIONS: Final = MappingProxyType(
    {
        "length": Function(("value",), "value", _length),
        "count": Function(("nodes",), "value", len),
        "match": Function(("value", "value"), "logical", _match),
        "search": Function(("value", "value"), "logical", _search),
        "value": Function(("nodes",), "value", _value),
    }
)


def check_pattern(test: Call | Matches) -> None:
    """Check the pattern that stands in a path itself.

    Raises:
        PatternError: It cannot be used.
    """
    if isinstance(test, Matches):
        compile_pattern(test.pattern, engine=test.engine)
    elif literal := _literal_pattern(test):
        iregexp(literal, whole=test.name == "match")


def fixed_pattern(call: Call) -> Callable[[str], bool] | None:
    """Compile the pattern of ``match`` or ``search`` if it stands in the path itself."""
    literal = _literal_pattern(call)
    return None if literal is None else iregexp(literal, whole=call.name == "match")


def _literal_pattern(call: Call) -> str | None:
    if call.name not in {"match", "search"}:
        return None
    second = call.arguments[1]
    value = second.value if isinstance(second, Literal) else None
    return value if isinstance(value, str) else None


_TOKEN: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def iregexp(
    source: str, *, whole: bool, memory_bytes: int = RE2_MEMORY_BYTES
) -> Callable[[str], bool]:
    """Compile an I-Regexp as RFC 9485 section 5.4 says: a dot is no line break.

    Args:
        source: The pattern.
        whole: Whether it has to match a whole text, or anywhere in it.
        memory_bytes: What it may take when compiled.

    Returns:
        Whether it matches a text.

    Raises:
        PatternError: RE2 does not take it.
    """
    re2_search(source, memory_bytes=memory_bytes)
    translated = "".join(r"[^\n\r]" if part == "." else part for part in _TOKEN.findall(source))
    enclosed = rf"\A(?:{translated})\z" if whole else translated
    return re2_search(enclosed, memory_bytes=memory_bytes).found


def varies(operand: Operand) -> bool:
    """Tell whether a value may be another for each node that a filter looks at."""
    if isinstance(operand, Query):
        return not operand.absolute
    return isinstance(operand, Call) and any(varies(part) for part in operand.arguments)


_DOCUMENT_MEMORY_BYTES: Final = 1 << 18
"""Enough for any pattern written by hand, and compiled in milliseconds however hostile."""


@lru_cache(maxsize=8)
def _from_document(source: str, whole: bool) -> Callable[[str], bool] | None:
    """Compile a pattern that comes from a document; None if it is none."""
    try:
        return iregexp(source, whole=whole, memory_bytes=_DOCUMENT_MEMORY_BYTES)
    except PatternError:
        return None
