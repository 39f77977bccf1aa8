"""Regexes as detectors: one pattern, or several of which any may match.

Flows in, at startup: ``regex``, ``ignore_case`` and ``engine`` of a rule. Flows out: a
`Detector`.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as with_changes
from operator import attrgetter
from typing import Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text.detector import Action, Detector, replace_matches
from moesif_declarative.rules.match import Match
from moesif_declarative.rules.pattern import Pattern
from moesif_declarative.rules.regex_option import compile_regexes

# The ends of texts, lines and words, and what would keep them from being seen here.
_LOOKS_AROUND: Final = re.compile(r"\\[AzZbBQC]")
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_ANCHOR: Final = re.compile(r"\$|(?<!\[)\^")


def compile_regex(options: Mapping[str, Any], place: Place, scope: Scope) -> Detector | None:
    """Compile the ``regex`` of a rule.

    Args:
        options: ``regex``: a pattern or a list of them; ``ignore_case``; ``engine``.
        place: Where the rule's table stands.
        scope: Collects problems.

    Returns:
        The detector; None after adding a problem.
    """
    written = options["regex"]
    at = place.at("regex")
    sources = [written] if isinstance(written, str) else list(written)
    places = [at] if isinstance(written, str) else [at.at(n) for n in range(len(sources))]
    if not sources or not all(sources):
        scope.problems.error(
            "empty-regex",
            at,
            "no pattern, or an empty one, masks nothing",
            "write what to look for",
        )
        return None
    patterns = compile_regexes(
        sources, options, places, scope, ignore_case=bool(options.get("ignore_case", False))
    )
    if not patterns or len(patterns) < len(sources):
        return None
    return _detector(patterns)


def _detector(patterns: Sequence[Pattern]) -> Detector:
    if len(patterns) == 1:
        (only,) = patterns
        return Detector("regex", only.replace, only.groups, only.names, may=_may(patterns))

    def replace(text: str, action: Action) -> tuple[str, int]:
        return replace_matches(text, _joined(patterns, text), action)

    groups = min(pattern.groups for pattern in patterns)
    names = set.intersection(*(set(pattern.names.items()) for pattern in patterns))
    return Detector("regex", replace, groups, dict(names), may=_may(patterns))


def _may(patterns: Sequence[Pattern]) -> Callable[[str], bool] | None:
    """Test a whole text for what may be found in its parts, where none asks what is around it."""
    for pattern in patterns:
        source = pattern.source
        if pattern.engine != "re2" or _LOOKS_AROUND.search(source):
            return None
        if _ANCHOR.search(_ESCAPED.sub("", source)):
            return None
    return lambda text: any(pattern.found(text) for pattern in patterns)


def _joined(patterns: Iterable[Pattern], text: str) -> Iterator[Match]:
    """Give the matches of all patterns, in order.

    Every pattern sees the text as it was, not what an earlier one left of it. Matches that
    overlap become one, with the groups of the first, so that nothing of either is left over.
    """
    matches = heapq.merge(*(p.matches(text) for p in patterns), key=attrgetter("start"))
    last: Match | None = None
    for match in matches:
        end = match.start + len(match.text)
        if last is None or match.start >= last.start + len(last.text):
            if last is not None:
                yield last
            last = match
        elif end > last.start + len(last.text):
            last = with_changes(last, text=text[last.start : end])
    if last is not None:
        yield last
