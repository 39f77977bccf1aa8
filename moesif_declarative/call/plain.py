"""Whatever a hook returned, as plain JSON values.

Flows in: any value of the application. Flows out: JSON values that share nothing with it.
"""

from __future__ import annotations

import base64
import datetime
import enum
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from moesif_declarative.call.number import INT64_MIN, UINT64_MAX, WrittenNumber, big_text

_MAX_PLAIN_DEPTH: Final = 100
# What is a JSON value as it stands, and cannot be changed by whoever holds it too.
_PLAIN_KINDS: Final = frozenset({type(None), bool, str, WrittenNumber})


def plain(value: Any) -> Any:
    """Make JSON values out of whatever a hook returned; what cannot be one becomes None.

    Times become ISO 8601 text, bytes base64 text, sets and tuples lists, dataclasses objects,
    numbers that JSON or 64 bits do not hold text or None. The result shares nothing with the
    value. Never raises.
    """
    try:
        return _plain(value, 0)
    except Exception:  # noqa: BLE001 - the value's own methods run here, and may do anything
        return None


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in _PLAIN_KINDS:
        return value
    if depth > _MAX_PLAIN_DEPTH:
        return None
    if kind is dict:
        return _plain_members(value, depth)
    if isinstance(value, enum.Enum):
        return _plain(value.value, depth + 1)
    if isinstance(value, int):
        return int(value) if INT64_MIN <= value <= UINT64_MAX else big_text(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return _plain_members(value, depth)
    if isinstance(value, list | tuple | AbstractSet):
        return [_plain(member, depth + 1) for member in value]
    return _plain_object(value, depth)


def _plain_members(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {
        key if type(key) is str else _key(key): _plain(member, depth + 1)
        for key, member in value.items()
    }


def _plain_object(value: Any, depth: int) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | PurePath):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            member.name: _plain(getattr(value, member.name), depth + 1) for member in fields(value)
        }
    return None


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    written = _plain(key, _MAX_PLAIN_DEPTH)
    return "" if written is None else str(written)
