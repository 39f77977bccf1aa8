"""Problems as people read them: where, an excerpt with a caret, what is wrong, how to mend it.

Flows in: problems and the files that they stand in. Flows out: text, or rows for programs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moesif_declarative.errors import Origin, Problem

_WIDEST_EXCERPT = 120
_SECRET_KEYS = {"APPLICATION_ID", "MASK_HASH_KEY"}


def write_problem(problem: Problem) -> str:
    """Write one problem as a compiler would."""
    lines = [f"{problem.severity}[{problem.code}]: {one_line(_subject(problem))}"]
    lines.append(f"  --> {problem.origin}")
    excerpt = _excerpt(problem)
    if excerpt is not None:
        number, text, column = excerpt
        gutter = " " * len(str(number))
        lines += [f" {gutter} |", f" {number} | {text}"]
        lines.append(f" {gutter} | {' ' * _width(text[: column - 1])}^")
    if problem.hint:
        lines.append(f"  = hint: {one_line(problem.hint)}")
    return "\n".join(lines)


def problem_row(problem: Problem) -> dict[str, Any]:
    """Give one problem as ``check --format json`` shows it."""
    return {
        "severity": problem.severity,
        "code": problem.code,
        "key": problem.key,
        "message": problem.message,
        "hint": problem.hint,
        "source": problem.origin.source,
        "line": problem.origin.line,
        "column": problem.origin.column,
    }


def summary(problems: Iterable[Problem]) -> str:
    """Count errors and warnings in words."""
    severities = [problem.severity for problem in problems]
    words = []
    for severity in ("error", "warning"):
        count = severities.count(severity)
        if count:
            words.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(words) or "no problems"


def _subject(problem: Problem) -> str:
    return f"{problem.key}: {problem.message}" if problem.key else problem.message


def _excerpt(problem: Problem) -> tuple[int, str, int] | None:
    origin: Origin = problem.origin
    if origin.kind != "file" or not origin.line or _SECRET_KEYS & set(problem.key.split(".")):
        return None  # the line would show the secret
    try:
        lines = Path(origin.source).read_text("utf-8-sig").split("\n")
    except (OSError, ValueError):
        return None
    if origin.line > len(lines):
        return None
    text = lines[origin.line - 1].rstrip("\r")
    if any(key in text for key in _SECRET_KEYS):
        return None
    column = origin.column or 1
    start = max(0, column - _WIDEST_EXCERPT // 2) if len(text) > _WIDEST_EXCERPT else 0
    return origin.line, one_line(text[start : start + _WIDEST_EXCERPT]), column - start


def one_line(text: str) -> str:
    """Put a text on one line, without the control characters that could drive a terminal."""
    return "".join(
        " " if char == "\t" else char if unicodedata.category(char)[0] != "C" else "�"
        for char in text
    )


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)
    return len(text) + wide
