"""Regexes in rules: compiled with the ``engine`` that stands beside them.

Flows in: a regex as an option's value. Flows out: a `Pattern`, or a problem at that option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.pattern import Pattern, PatternError, compile_pattern, may_backtrack


def compile_regex(
    source: str, table: Mapping[str, Any], place: Place, scope: Scope, *, ignore_case: bool = False
) -> Pattern | None:
    """Compile a regex of a rule.

    Args:
        source: The pattern.
        table: The table it stands in; ``engine`` is read from there.
        place: Where the pattern itself was written.
        scope: Collects what is wrong.
        ignore_case: Whether letters match in either case.

    Returns:
        The pattern; None after a problem was added. Python's engine adds a warning.
    """
    engine = table.get("engine", "re2")
    try:
        pattern = compile_pattern(source, ignore_case=ignore_case, engine=engine)
    except PatternError as error:
        scope.problems.error("bad-regex", place, f"{source!r}: {error.message}", error.hint)
        return None
    if engine == "python":
        warn_of_python(source, place, scope)
    return pattern


def compile_regexes(
    sources: Sequence[str],
    table: Mapping[str, Any],
    places: Sequence[Place],
    scope: Scope,
    *,
    ignore_case: bool = False,
) -> tuple[Pattern, ...]:
    """Compile several regexes, each with its place; those with a problem are left out."""
    compiled = (
        compile_regex(source, table, place, scope, ignore_case=ignore_case)
        for source, place in zip(sources, places, strict=True)
    )
    return tuple(pattern for pattern in compiled if pattern is not None)


def warn_of_python(source: str, place: Place, scope: Scope) -> None:
    """Add the warning that a pattern with ``engine = "python"`` earns."""
    risk = "may take exponential time" if may_backtrack(source) else "is not linear in time"
    scope.problems.warning(
        "python-engine",
        place,
        f"{source!r} runs in Python's re, which {risk} and stops all other threads meanwhile",
        "write it for RE2 and leave engine out, if it needs no look-around or back-reference",
    )
