"""A rule on one line, as a person wrote it, for `explain` and for messages.

Flows in: a rule's table. Flows out: TOML's inline form of it, shortened where it is long.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_WRITTEN_LENGTH: Final = 200
"""How many characters of a rule are shown."""

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def write_inline(value: Any) -> str:
    """Write a table, or a list of them, on one line; the outermost table without braces."""
    text = _members(value) if isinstance(value, Mapping) else _written(value)
    return text if len(text) <= MAX_WRITTEN_LENGTH else f"{text[: MAX_WRITTEN_LENGTH - 1]}…"


def _members(table: Mapping[str, Any]) -> str:
    return ", ".join(f"{_key(str(key))} = {_written(value)}" for key, value in table.items())


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"{{ {_members(value)} }}" if value else "{}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{', '.join(_written(item) for item in value)}]"
    if callable(value):
        return f"{getattr(value, '__module__', '?')}:{getattr(value, '__qualname__', '?')}"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _text(value: str) -> str:
    # TOML's literal form keeps a regex readable.
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)
