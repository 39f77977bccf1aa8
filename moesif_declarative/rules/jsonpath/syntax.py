"""The strict reader: exactly the paths that RFC 9535 allows, and ``=~``.

Flows in: a path's text. Flows out: its `Query`, or a `PathError` that says where it is wrong
and what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from moesif_declarative.rules.jsonpath import hints
from moesif_declarative.rules.jsonpath.cursor import Cursor
from moesif_declarative.rules.jsonpath.logic import read_test
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
from moesif_declarative.rules.pattern import Engine


@dataclass(frozen=True, slots=True)
class Reading:
    """What the strict reader made of a path.

    Attributes:
        query: Its tree.
        plain: The same path with another string for every string that has escapes in it:
            jsonpath-ng loses escapes, and can be asked for its reading of all the rest.
        matched: The patterns of ``=~`` in it.
    """

    query: Query
    plain: str
    matched: tuple[str, ...] = ()


def read(text: str, engine: Engine = "re2") -> Reading:
    """Read a path.

    Args:
        text: The path, from ``$`` to its end.
        engine: What the patterns of ``=~`` are read by.

    Raises:
        PathError: RFC 9535 does not allow it (section 2.1.1), or a pattern in it is wrong.
    """
    cursor = Cursor(text, engine=engine)
    if not cursor.take("$"):
        cursor.fail(*hints.no_root(text))
    segments = read_segments(cursor)
    if cursor.position < len(text):
        cursor.fail(*hints.trailing(text, cursor.position))
    return Reading(Query(segments), _plain(text, cursor.escaped), tuple(cursor.matched))


def _plain(text: str, escaped: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for number, (start, end) in enumerate(escaped):
        parts += (text[done:start], f"'s{number}'")
        done = end
    return "".join([*parts, text[done:]])


def read_segments(cursor: Cursor) -> tuple[Segment, ...]:
    """Read the steps that come next, up to where none does."""
    segments: list[Segment] = []
    while True:
        before = cursor.position
        cursor.blank()
        if cursor.take(".."):
            bracket = cursor.looking_at("[")
            selectors = _bracketed(cursor) if bracket else (_shorthand(cursor, ".."),)
            segments.append(Segment(selectors, descendant=True))
        elif cursor.take("."):
            segments.append(Segment((_shorthand(cursor, "."),)))
        elif cursor.looking_at("["):
            segments.append(Segment(_bracketed(cursor)))
        else:
            cursor.position = before
            return tuple(segments)


def _shorthand(cursor: Cursor, dots: str) -> Selector:
    """Read what follows dots: a wildcard, or a name without quotes."""
    start = cursor.position
    if cursor.take("*"):
        return Wildcard()
    name = cursor.name()
    if name is None:
        cursor.fail(*hints.after_dots(cursor.text, start, dots))
    fault = hints.name_goes_on(cursor.text, start, cursor.position)
    if fault:
        cursor.fail(*fault)
    return Name(name)


def _bracketed(cursor: Cursor) -> tuple[Selector, ...]:
    start = cursor.position
    cursor.take("[")
    selectors: list[Selector] = []
    while True:
        cursor.blank()
        selectors.append(_selector(cursor, start))
        cursor.blank()
        if cursor.take("]"):
            return tuple(selectors)
        if not cursor.take(","):
            cursor.fail(*hints.in_brackets(cursor.text, cursor.position, start))


def _selector(cursor: Cursor, bracket: int) -> Selector:
    if cursor.take("*"):
        return Wildcard()
    if cursor.take("?"):
        cursor.open()
        cursor.blank()
        test = read_test(cursor, read_segments)
        cursor.close()
        return Filter(test)
    name = cursor.string()
    if name is not None:
        return Name(name)
    start = cursor.integer()
    after_start = cursor.position
    cursor.blank()
    if cursor.take(":"):
        return _slice(cursor, start)
    cursor.position = after_start
    if start is None:
        cursor.fail(*hints.in_brackets(cursor.text, cursor.position, bracket))
    return Index(start)


def _slice(cursor: Cursor, start: int | None) -> Slice:
    cursor.blank()
    end = cursor.integer()
    cursor.blank()
    step = None
    if cursor.take(":"):
        cursor.blank()
        step = cursor.integer()
    return Slice(start, end, step)
