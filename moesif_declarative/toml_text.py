"""Plain values to TOML text.

Flows in: values as `tomllib` gives them. Flows out: TOML v1.0 that `tomllib` reads back to the
same values.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from moesif_declarative.errors import MoesifError

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL: Final = re.compile(r"[^'\x00-\x08\x0a-\x1f\x7f]*")
_ESCAPED: Final = re.compile(r'[\x00-\x1f\x7f"\\]')
_NAMED: Final = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}
_INT64: Final = range(-(2**63), 2**63)


class TomlError(MoesifError, ValueError):
    """A value that TOML cannot hold; the message says which kind."""


def write_value(value: Any) -> str:
    """Write a value on one line.

    Args:
        value: Text, a number, a truth value, a date or time, or lists and tables of such;
            tuples count as lists.

    Raises:
        TomlError: There is a value in it that TOML cannot hold: None, a lone surrogate, an
            integer beyond 64 bits, any other Python object.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and value in _INT64:
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return _time(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(
            f"{write_key((key,))} = {write_value(item)}" for key, item in value.items()
        )
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write_value, value))}]"
    raise TomlError(f"TOML cannot hold {_kind(value)}")


def write_key(path: Iterable[Any]) -> str:
    """Write a dotted key; parts that are no bare keys are quoted.

    Args:
        path: The key's parts, each text.

    Raises:
        TomlError: A part is no text, or holds a lone surrogate.
    """
    parts = []
    for part in path:
        if not isinstance(part, str):
            raise TomlError(f"TOML cannot hold a key of type {type(part).__name__}")
        parts.append(part if _BARE_KEY.fullmatch(part) else _text(part))
    return ".".join(parts)


def untokened(value: Any) -> Any:
    """Keep texts from being taken for one of dynaconf's ``@`` tokens when a file is read.

    Args:
        value: Any value; tables and lists are gone through.

    Returns:
        The same, with every text that begins with ``@`` as a cast of itself: ``@json "@…"``.
    """
    if isinstance(value, Mapping):
        return {key: untokened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [untokened(item) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return f"@json {json.dumps(value)}"
    return value


def write_comment(text: str) -> str:
    """Write a text as comment lines, whatever stands in it."""
    printable = (re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "�", text)).split("\n")
    return "\n".join(f"# {line}".rstrip() for line in printable)


def _kind(value: Any) -> str:
    if value is None:
        return "a null"
    return "an integer beyond 64 bits" if isinstance(value, int) else type(value).__name__


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise TomlError("TOML cannot hold a lone surrogate") from None
    if ("\\" in value or '"' in value) and _LITERAL.fullmatch(value):
        return f"'{value}'"
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _NAMED.get(char) or (f"\\{char}" if char in '"\\' else f"\\u{ord(char):04x}")


def _float(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float.__repr__(value)


def _time(value: datetime.datetime | datetime.date | datetime.time) -> str:
    if isinstance(value, datetime.time) and value.tzinfo is not None:
        raise TomlError("TOML cannot hold a time of day with an offset")
    return value.isoformat()
