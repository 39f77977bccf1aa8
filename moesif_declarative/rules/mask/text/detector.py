"""What finds secrets inside a text: matches, and the detector that replaces them.

Flows in: one text of the event and an action. Flows out: the text with every place the
detector found given over to the action, and how many places those were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.match import Match

__all__ = ["Action", "Detector", "Match", "Span", "merge", "replace_matches", "span_detector"]

Action: TypeAlias = Callable[[Match], str]
"""Gives what to put in the place of a match."""

Span: TypeAlias = tuple[int, int]
"""Start and end of a place, in characters, the end not included."""


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one kind of secret in texts.

    Attributes:
        name: What it looks for, for `explain`: ``emails``, ``regex``, ``env_value DB_PASSWORD``.
        replace: Takes a text and an action; gives the masked text and how many places were
            replaced. Never raises on any text, lone surrogates and NULs included, but for
            `PatternLimitError` of a regex with ``engine = "python"``, which must fail closed.
        groups: How many groups every match has at least: what a replacement may refer to.
        names: Group name to number, for the groups that every match has.
        sign: What every text holds in which it finds something; None where that is unknown.
        may: Whether it may find something in any part of a text; None where that is unknown,
            or `sign` tells it.
    """

    name: str
    replace: Callable[[str, Action], tuple[str, int]]
    groups: int = 0
    names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    sign: Sign | None = None
    may: Callable[[str], bool] | None = None


def span_detector(
    name: str, find: Callable[[str], Iterable[Span]], sign: Sign | None = None
) -> Detector:
    """Make a detector of a function that finds spans, in order and without overlap."""

    def replace(text: str, action: Action) -> tuple[str, int]:
        matches = (Match(text[start:end], start=start) for start, end in find(text))
        return replace_matches(text, matches, action)

    return Detector(name, replace, sign=sign)


def replace_matches(text: str, matches: Iterable[Match], action: Action) -> tuple[str, int]:
    """Give every match in a text over to an action.

    Args:
        text: Any text.
        matches: In order, not overlapping.
        action: What to put in their places.

    Returns:
        The new text, and how many matches there were.
    """
    pieces: list[str] = []
    count = last = 0
    for match in matches:
        pieces += (text[last : match.start], action(match))
        last = match.start + len(match.text)
        count += 1
    if not count:
        return text, 0
    pieces.append(text[last:])
    return "".join(pieces), count


def merge(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap, so that nothing of either is left over.

    Spans that merely touch stay apart: they are two places.
    """
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
