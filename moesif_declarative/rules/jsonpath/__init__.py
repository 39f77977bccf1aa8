"""JSONPath by RFC 9535, compiled to closures (LANGUAGE section 6).

Flows in: a path as the user wrote it. Flows out: a `JSONPath`. jsonpath-ng's extended parser
reads the path; a small strict reader checks that RFC 9535 allows it, and reads what that
parser refuses or loses. Where both read a path they must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.rules.jsonpath import reach
from moesif_declarative.rules.jsonpath.adopt import adopt
from moesif_declarative.rules.jsonpath.error import PathError
from moesif_declarative.rules.jsonpath.evaluate import Key, compile_places, compile_values
from moesif_declarative.rules.jsonpath.filters import Nodes, Scope
from moesif_declarative.rules.jsonpath.syntax import Reading, read
from moesif_declarative.rules.jsonpath.tree import Query
from moesif_declarative.rules.pattern import Engine

__all__ = ["MISSING", "JSONPath", "Missing", "PathError", "compile_path"]


class Missing:
    """What `JSONPath.first` gives where there is no match; it is false."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JSONPath:
    """A compiled path; it prints as its source. Nothing that it does raises on a JSON document.

    Attributes:
        source: The path as written.
        query: Its tree.
        head: The plain names it begins with, up to the first other step:
            ``("request", "body", "user")``.
        names: Names of which at least one stands in every body that the path selects
            something inside of: where none of them occurs in a body, the path selects nothing
            inside it. None if it may select there without naming a member (by wildcard, index
            or filter); empty if it never does. ``request`` and ``body`` count only where they
            may be members of a body.
        first_names: The members of the document that it looks at, by its filters too; None for
            any of them.
        patterns: The patterns of ``=~`` in it.
    """

    source: str
    query: Query
    head: tuple[str, ...]
    names: frozenset[str] | None
    first_names: frozenset[str] | None
    patterns: tuple[str, ...]
    _exact: Nodes = field()
    _distinct: Nodes = field()
    _places: Callable[[Any], list[tuple[Any, Key]]] = field()

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"JSONPath({self.source!r})"

    def first(self, document: Any) -> Any:
        """Return the first value that the path selects, `MISSING` if there is none."""
        found = self._distinct(document, Scope(document))
        return found[0] if found else MISSING

    def values(self, document: Any) -> list[Any]:
        """Return every value that the path selects, as RFC 9535 says: some may be there twice.

        Two ``..`` in one path may give many more values than a hostile document has; `first`
        and `nodes` do not suffer from that.
        """
        return self._exact(document, Scope(document))

    def nodes(self, document: Any) -> list[tuple[Any, Key]]:
        """Return container and key of every match, each place once, for writing through.

        The document itself (``$``) has no container: it is ``(None, "")``. Indexes count from
        the front.
        """
        return self._places(document)

    def selects(self, head: tuple[str, ...]) -> bool:
        """Tell whether the path may select the value at a location: ``("request", "body")``."""
        return reach.selects(self.query, head)

    def reaches_inside(self, head: tuple[str, ...]) -> bool:
        """Tell whether the path may select something strictly inside the value at a location."""
        return reach.reaches_inside(self.query, head)


def compile_path(text: str, engine: Engine = "re2") -> JSONPath:
    """Compile a path.

    Args:
        text: The path, beginning with ``$``. Beside RFC 9535 only ``=~`` is known: a pattern,
            found anywhere in a text.
        engine: What reads those patterns: RE2, or Python's ``re`` over the beginning of a text.

    Raises:
        PathError: RFC 9535 forbids the path, or jsonpath-ng reads it otherwise.
    """
    reading = _read(text, engine)
    query = reading.query
    return JSONPath(
        text,
        query,
        reach.leading_names(query),
        reach.names_inside(query),
        reach.first_names(query),
        reading.matched,
        compile_values(query, True),
        compile_values(query, False),
        compile_places(query),
    )


def _read(text: str, engine: Engine) -> Reading:
    try:
        reading = read(text, engine)
    except PathError as error:
        raise _mended(error, engine) from error
    adopted = adopt(reading.plain)
    if adopted is None:
        return reading
    if adopted == (reading.query if reading.plain == text else read(reading.plain, engine).query):
        return reading
    raise PathError(
        "jsonpath-ng reads this path otherwise than RFC 9535 does",
        "write it another way, with every name quoted in brackets: $['request']['body']",
    )


_SUGGESTED = "write $"
_MOST_FAULTS = 4  # no hint is longer than what mends these


def _mended(error: PathError, engine: Engine) -> PathError:
    """Let a hint that is a whole path be one that is taken, or say what is wrong with it too."""
    hint = error.hint
    for _ in range(_MOST_FAULTS):
        if not hint.startswith(_SUGGESTED):
            break
        try:
            read(hint.removeprefix("write "), engine)
        except PathError as left:
            further = left.hint.startswith(_SUGGESTED)
            hint = left.hint if further else _both(hint, left)
        else:
            break
    return PathError(error.message, hint, error.position)


def _both(hint: str, left: PathError) -> str:
    first = hint.removeprefix("write ")
    return f"make it {first} first, in which {left.message}: {left.hint}"
