"""The text of an environment variable to the value that the schema takes there.

Flows in: a variable's text and the kinds of value that are taken at its place. Flows out: a
value, or what is wrong with the text. Values are in TOML syntax; where text is wanted the
characters count as they stand, TOML quotes stripped.
"""

from __future__ import annotations

import datetime
import json
import tomllib
from contextlib import suppress
from typing import Any, Final, NoReturn

_BRACKETS = {"[": ("list", "]"), "{": ("table", "}")}


class MalformedValueError(ValueError):
    """The text looks like a table or list, and is none."""


class _Absent:
    """No value could be read."""


_ABSENT: Final = _Absent()


def read_value(text: str, kinds: frozenset[str]) -> Any:
    """Read the value of a variable.

    Args:
        text: The variable's characters.
        kinds: What the schema takes there, as `Shapes.kinds` gives it; empty: unknown.

    Returns:
        A TOML value. Text that fits none of the kinds comes back as text: that it does not
        fit is the schema's to say.

    Raises:
        MalformedValueError: A table or list is wanted, and the text begins like one but is
            neither TOML nor JSON. The message never holds any of the text.
    """
    if kinds == {"text"}:
        return unquoted(text)
    value = _parsed(text)
    if isinstance(value, str):
        return value
    if value is not _ABSENT and (not kinds or "any" in kinds or _kind(value) in kinds):
        return value
    if isinstance(value, int) and "float" in kinds and not isinstance(value, bool):
        return value
    if _broken(text, value, kinds):
        kind, end = _BRACKETS[text.strip()[0]]
        complete = text.rstrip().endswith(end)
        wrong = "neither valid TOML nor valid JSON" if complete else f"it has no closing {end}"
        raise MalformedValueError(f"this looks like a {kind}, but {wrong}")
    return unquoted(text) if value is _ABSENT or "text" in kinds else value


def unquoted(text: str) -> str:
    """Return a text without the TOML quotes around it; what stands in no quotes stays as it is."""
    stripped = text.strip()
    quote = stripped[:1]
    if quote not in {'"', "'"} or stripped == quote or not stripped.endswith(quote):
        return text
    with suppress(tomllib.TOMLDecodeError):
        found = tomllib.loads(f"value = {stripped}")
        if list(found) == ["value"] and isinstance(found["value"], str):
            return found["value"]
    inner = stripped[1:-1]
    return text if quote in inner else inner


def parse_json(text: str) -> Any:
    """Read JSON strictly.

    Args:
        text: JSON text.

    Returns:
        The value.

    Raises:
        ValueError: It is no JSON; NaN and Infinity are none.
    """
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parsed(text: str) -> Any:
    """Return the TOML value, or the JSON table or list, that the whole text is."""
    stripped = text.strip()
    if stripped in {"True", "False"}:
        return stripped == "True"
    with suppress(ValueError, RecursionError):
        found = tomllib.loads(f"value = {stripped}")
        # More than one key: the text had line breaks and went on with other keys.
        if list(found) == ["value"] and _whole(found["value"], stripped):
            return found["value"]
    if stripped[:1] in _BRACKETS:
        with suppress(ValueError, RecursionError):
            return parse_json(stripped)
    return _ABSENT


def _whole(value: Any, text: str) -> bool:
    """Say whether nothing but the value stands in the text (a comment could follow it)."""
    if isinstance(value, str):
        return text.endswith(('"', "'"))
    if isinstance(value, dict | list):
        return text.endswith(("}", "]"))
    return "#" not in text


def _broken(text: str, value: Any, kinds: frozenset[str]) -> bool:
    first = text.strip()[:1]
    if value is not _ABSENT or first not in _BRACKETS:
        return False
    return _BRACKETS[first][0] in kinds or ("text" not in kinds and bool(kinds & {"list", "table"}))


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "float"
        case list():
            return "list"
        case dict():
            return "table"
        case datetime.date() | datetime.time():
            return "date"
        case _:
            return "text"
