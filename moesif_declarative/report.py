"""Problems as people read them: where, an excerpt with a caret, what is wrong, how to mend it.

Flows in: problems and the files that they stand in. Flows out: text, or rows for programs.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any, Final

from moesif_declarative.errors import Origin, Problem
from moesif_declarative.settings.suggestion import nearest

_WIDEST_EXCERPT: Final = 120
_SECRET_KEYS: Final = ("APPLICATION_ID", "MASK_HASH_KEY")
_SECRET_OPTIONS: Final = frozenset({"key", "password", "private_key", "secret", "secret_key"})
"""No options at all, but what a person writes a key of `verify` under."""

_SECRETS_FILE: Final = ".secrets.toml"
_UNKNOWN: Final = frozenset({"unknown-key", "key-outside-section"})
"""Problems of keys that nobody knows: what stands there may well be a secret."""

_ASSIGNED: Final = re.compile(r"([\w-]+)[\"']?\s*=")
_USERINFO: Final = re.compile(r"(://)[^/\s\"']*@")
_OPENING: Final = ('"""', "'''", "[", "{")


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


def annotation(problem: Problem) -> str:
    """Write one problem as an annotation of GitHub's CI.

    Returns:
        A workflow command: ``::error file=…,line=…,col=…,title=…::…``; without a file where
        there is none, as for variables. A path in the working directory is written from there.
    """
    origin = problem.origin
    properties = {"title": problem.code}
    if origin.kind == "file":
        properties = {
            "file": _from_here(origin.source),
            **({"line": str(origin.line)} if origin.line else {}),
            **({"col": str(origin.column)} if origin.column else {}),
            **properties,
        }
    hint = f"\nhint: {problem.hint}" if problem.hint else ""
    where = "" if origin.kind == "file" else f" ({origin})"
    told = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{problem.severity} {told}::{_escaped(_subject(problem) + where + hint)}"


def _from_here(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


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
    if origin.kind != "file" or not origin.line:
        return None
    try:
        lines = Path(origin.source).read_text("utf-8-sig").split("\n")
    except (OSError, ValueError):
        return None
    if origin.line > len(lines):
        return None
    if _inside_secret(lines[: origin.line - 1]):
        return None
    text = _without_secrets(lines[origin.line - 1].rstrip("\r"), problem)
    column = min(origin.column or 1, len(text) + 1)
    start = max(0, column - _WIDEST_EXCERPT // 2) if len(text) > _WIDEST_EXCERPT else 0
    return origin.line, one_line(text[start : start + _WIDEST_EXCERPT]), column - start


def _without_secrets(text: str, problem: Problem) -> str:
    """Cut a line behind a key whose value may be a secret, under a misspelled name too."""
    hide_all = problem.code in _UNKNOWN or PurePath(problem.origin.source).name == _SECRETS_FILE
    for found in _ASSIGNED.finditer(text):
        bare = found[1] == "verify" and not text[found.end() :].lstrip().startswith("{")
        if hide_all or bare or _is_secret(found[1]):
            return f"{text[: found.end()]} …"
    return _USERINFO.sub(r"\1…@", text)


def _inside_secret(before: Sequence[str]) -> bool:
    """Tell whether a line goes on with a secret's value that began on an earlier one."""
    for line in reversed(before):
        found = list(_ASSIGNED.finditer(line))
        if found:
            value = line[found[-1].end() :].strip()
            return _is_secret(found[-1][1]) and value.startswith(_OPENING)
        if line.lstrip().startswith("["):
            return False
    return False


def _is_secret(key: str) -> bool:
    return key.lower() in _SECRET_OPTIONS or nearest(key, _SECRET_KEYS) is not None


def one_line(text: str) -> str:
    """Put a text on one line, without the control characters that could drive a terminal."""
    return "".join(
        " " if char == "\t" else char if unicodedata.category(char)[0] != "C" else "�"
        for char in text
    )


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)
    return len(text) + wide
