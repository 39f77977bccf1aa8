"""Globs: ``*`` is any run of characters (``/`` too), ``?`` is one, all else stands for itself.

Flows in: globs as the user wrote them. Flows out: one closure over a whole text, which uses
string methods and no regex engine; nothing in it backtracks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

Test: TypeAlias = Callable[[str], bool]


def compile_globs(globs: str | Sequence[str], *, ignore_case: bool = False) -> Test:
    """Compile one or many globs to a test: does any of them match the whole text?

    Args:
        globs: One glob, or several; none of them: nothing matches.
        ignore_case: Whether letters match in either case. Globs and texts are case-folded
            then, and ``?`` is one character of the folded text.

    Returns:
        The test; it never raises, and takes time proportional to the text's length times the
        globs'.
    """
    every = [globs] if isinstance(globs, str) else globs
    matched = _any_of([glob.casefold() if ignore_case else glob for glob in every])
    return (lambda text: matched(text.casefold())) if ignore_case else matched


def is_literal(glob: str) -> bool:
    """Whether a glob stands for exactly one text: itself."""
    return "*" not in glob and "?" not in glob


def _any_of(globs: Iterable[str]) -> Test:
    """Fuse globs by shape: one set look-up, one prefix test, one suffix test, then the rest."""
    literals: set[str] = set()
    prefixes: list[str] = []
    suffixes: list[str] = []
    others: list[Test] = []
    for glob in dict.fromkeys(globs):
        pieces = _pieces(glob)
        if "?" not in glob and len(pieces) == 1:
            literals.add(glob)
        elif "?" not in glob and len(pieces) == 2 and not pieces[1]:
            prefixes.append(pieces[0])
        elif "?" not in glob and len(pieces) == 2 and not pieces[0]:
            suffixes.append(pieces[1])
        else:
            others.append(_walked(glob) if "?" in glob else _in_order(pieces))
    tests: list[Test] = [frozenset(literals).__contains__] if literals else []
    tests += [_prefixed(tuple(prefixes))] if prefixes else []
    tests += [_suffixed(tuple(suffixes))] if suffixes else []
    tests += others
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def _pieces(glob: str) -> list[str]:
    """Split at the stars; neighbouring stars are one."""
    first, *rest = glob.split("*")
    if not rest:
        return [first]
    return [first, *(piece for piece in rest[:-1] if piece), rest[-1]]


def _prefixed(prefixes: tuple[str, ...]) -> Test:
    if "" in prefixes:
        return lambda _text: True
    return lambda text: text.startswith(prefixes)


def _suffixed(suffixes: tuple[str, ...]) -> Test:
    return lambda text: text.endswith(suffixes)


def _in_order(pieces: Sequence[str]) -> Test:
    """Match a prefix, then each piece at its leftmost place, then a suffix after the last."""
    prefix, *between, suffix = pieces
    if not prefix and not suffix and len(between) == 1:
        (part,) = between
        return lambda text: part in text

    def matched(text: str) -> bool:
        if not text.startswith(prefix):
            return False
        position = len(prefix)
        for piece in between:
            position = text.find(piece, position)
            if position < 0:
                return False
            position += len(piece)
        return len(text) - position >= len(suffix) and text.endswith(suffix)

    return matched


def _walked(glob: str) -> Test:
    """Walk text and glob together; on a mismatch only the last star takes one more character."""

    def matched(text: str) -> bool:
        at = resume_at = place = 0
        star = -1
        while place < len(text):
            sign = glob[at] if at < len(glob) else ""
            if sign == "*":
                star, resume_at = at, place
                at += 1
            elif sign and sign in ("?", text[place]):
                at += 1
                place += 1
            elif star >= 0:
                resume_at += 1
                at, place = star + 1, resume_at
            else:
                return False
        return not glob[at:].strip("*")

    return matched
