r"""Replacement texts that may quote a match: ``"Bearer \1"``.

Flows in, at startup: the text of ``with``. Flows out, for each match: the text to put there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.match import Match, PatternError
from moesif_declarative.rules.replacement import compile_replacement


@dataclass(frozen=True, slots=True)
class Template:
    """A replacement text, compiled.

    Attributes:
        source: As the user wrote it.
        fill: Gives the text for a match.
    """

    source: str
    fill: Callable[[Match], str]

    def __str__(self) -> str:
        return self.source


def compile_template(
    source: str, groups: int, place: Place, scope: Scope, *, names: Mapping[str, int] | None = None
) -> Template | None:
    r"""Compile a replacement text.

    Args:
        source: Literal text in which ``\1`` … ``\9`` and ``\g<name>`` stand for groups, ``\0``
            for the whole match and ``\\`` for a backslash; any other backslash is literal.
        groups: How many groups every match has (`Detector.groups`).
        place: Where the text was written.
        scope: Collects the problem.
        names: Group name to number (`Detector.names`).

    Returns:
        The template; None after adding a problem for a group that does not exist.
    """
    known = tuple((names or {}).items())
    try:
        return Template(source, compile_replacement(source, groups, known))
    except PatternError as error:
        scope.problems.error("unknown-group", place, f"{source!r}: {error.message}", error.hint)
        return None


def expand(template: Template, match: Match) -> str:
    """Fill a template for one match; a group that took no part is empty."""
    return template.fill(match)
