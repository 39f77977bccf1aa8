r"""Regular expressions that a hostile text cannot stall (LANGUAGE section 7).

Flows in: a pattern as the user wrote it. Flows out: a `Pattern`, whose closures were chosen
once: plain string methods where the pattern is a literal, RE2 (linear time) by default, Python's
``re`` over a bounded text on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from moesif_declarative.rules.backtracking import may_backtrack
from moesif_declarative.rules.engines import (
    PYTHON_TEXT_LIMIT,
    Search,
    literal_search,
    python_search,
    re2_search,
)
from moesif_declarative.rules.match import Match, PatternError, PatternLimitError
from moesif_declarative.rules.replacement import compile_replacement as _compile_replacement

__all__ = [
    "PYTHON_TEXT_LIMIT",
    "Engine",
    "Match",
    "Pattern",
    "PatternError",
    "PatternLimitError",
    "check_replacement",
    "compile_pattern",
    "compile_replacement",
    "may_backtrack",
]

Engine: TypeAlias = Literal["re2", "python"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pattern:
    """A compiled regular expression; it prints as its source.

    Attributes:
        source: The pattern as written.
        ignore_case: Whether letters match in either case.
        engine: Which engine reads it.
        groups: How many groups it has.
        names: Group name to number, from 1.
        found: Whether it matches anywhere in a text. Never raises.
        first: Its first match in a text: the first group if it has one, else the whole match;
            None without a match, or if that group took no part in it. Never raises.
        matches: Its matches in a text, left to right, empty ones passed over. Raises
            `PatternLimitError` for a text that the engine may not see whole.
    """

    source: str
    ignore_case: bool
    engine: Engine
    groups: int
    names: Mapping[str, int]
    found: Callable[[str], bool]
    first: Callable[[str], str | None]
    matches: Callable[[str], Iterator[Match]]

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    def replace(self, text: str, with_: Callable[[Match], str] | str) -> tuple[str, int]:
        r"""Replace every match that is not empty.

        Args:
            text: The text to look in.
            with_: The new text for a match, or a function that gives it. A text may hold
                ``\1`` … ``\9``, ``\0`` and ``\g<name>``; `check_replacement` tells whether
                they exist here.

        Returns:
            The new text, and how many matches were replaced.

        Raises:
            PatternLimitError: The text is longer than the engine may be tried on.
        """
        expand = with_ if callable(with_) else compile_replacement(self, with_)
        pieces: list[str] = []
        end = count = 0
        for match in self.matches(text):
            pieces += (text[end : match.start], expand(match))
            end = match.start + len(match.text)
            count += 1
        if not count:
            return text, 0
        pieces.append(text[end:])
        return "".join(pieces), count

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where each match that is not empty begins and ends, in characters.

        Raises:
            PatternLimitError: The text is longer than the engine may be tried on.
        """
        return [(match.start, match.start + len(match.text)) for match in self.matches(text)]


def compile_pattern(source: str, *, ignore_case: bool = False, engine: Engine = "re2") -> Pattern:
    """Compile a pattern; it matches anywhere in a text (search).

    Args:
        source: The pattern, in RE2's syntax or that of Python's ``re``.
        ignore_case: Whether letters match in either case.
        engine: ``re2`` is linear in the text; ``python`` knows back-references and look-around
            but looks only at a text's first `PYTHON_TEXT_LIMIT` characters.

    Raises:
        PatternError: The engine does not take the pattern.
    """
    search = _search(source, ignore_case=ignore_case, engine=engine)
    names = MappingProxyType(dict(search.names))
    return Pattern(
        source,
        ignore_case,
        engine,
        search.groups,
        names,
        search.found,
        search.first,
        search.matches,
    )


def _search(source: str, *, ignore_case: bool, engine: Engine) -> Search:
    if engine == "python":
        return python_search(source, ignore_case=ignore_case)
    plain = None if ignore_case else literal_search(source)
    return plain or re2_search(source, ignore_case=ignore_case)


def compile_replacement(pattern: Pattern, text: str) -> Callable[[Match], str]:
    r"""Compile a replacement text.

    ``\0`` is the whole match, ``\1`` … ``\9`` and ``\g<name>`` are groups, ``\\`` is a
    backslash; any other backslash stands for itself.

    Raises:
        PatternError: The text names a group that the pattern does not have.
    """
    return _compile_replacement(text, pattern.groups, tuple(pattern.names.items()))


def check_replacement(pattern: Pattern, text: str) -> None:
    r"""Check that every group that a replacement text names exists in the pattern.

    Raises:
        PatternError: One does not, or ``\g`` is not followed by a name in angle brackets.
    """
    compile_replacement(pattern, text)
