"""The text of a value: one form wherever rules want text.

Flows in: any value that a source gave: JSON values, Python objects of the handler, bytes.
Flows out: text, or None where the value has none.

Text stands for itself, numbers as they were written, booleans as ``true`` and ``false``,
objects and lists as compact JSON, times as ISO 8601, UUIDs and decimals as Python writes them,
bytes as the UTF-8 they hold.
"""

from __future__ import annotations

from typing import Any

from moesif_declarative.call import json_text


def text_of(value: Any) -> str | None:
    """Write a value as text.

    Args:
        value: Whatever a source gave.

    Returns:
        Its text; None for None, for bytes that are no UTF-8, and for an object that has no
        form in JSON. Never raises.
    """
    if type(value) is str:
        return value
    if isinstance(value, bytes | bytearray):
        return _decoded(value)
    plain = json_text.plain(value)
    if plain is None or isinstance(plain, str):
        return plain
    return json_text.dump(plain)


def comparable(value: Any) -> Any:
    """Make a JSON value of what a source gave, so that it can be compared.

    Returns:
        Text, number, boolean, list or dict; None where the value has no such form. Never raises.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or kind is dict or kind is list:
        return value
    return _decoded(value) if isinstance(value, bytes | bytearray) else json_text.plain(value)


def _decoded(value: bytes | bytearray) -> str | None:
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return None
