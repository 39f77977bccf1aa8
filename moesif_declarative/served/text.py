"""A served document: bytes to plain values that hold nothing odd.

Flows in: the body of an answer. Flows out: dicts, lists, texts, numbers, booleans, None.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_LONGEST_INTEGER: Final = 18
_MOST_TOLD: Final = 5


class UnreadableError(ValueError):
    """A served document is no JSON; the message holds none of it."""


def parse_served(body: bytes) -> Any:
    """Read a served document.

    Args:
        body: JSON in UTF-8; NaN and Infinity become None, integers beyond 64 bits floats.

    Raises:
        UnreadableError: It is no JSON, or nested without measure.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_constant=lambda _name: None, parse_int=_integer
        )
    except (ValueError, RecursionError):
        raise UnreadableError("it is no JSON") from None


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else float(text)


def listed(value: Any, place: str, most: int, told: list[str]) -> Iterator[tuple[str, Any]]:
    """Go through a served list, each item with its place.

    Args:
        value: What was served; None is an empty list, anything but a list is told and empty.
        place: Where it stands, for what is told.
        most: How many items are looked at.
        told: Collects what is wrong.
    """
    if value is None:
        return
    if not isinstance(value, list):
        told.append(f"{place} is no list")
        return
    if len(value) > most:
        told.append(f"{place} has more than {most} entries: the rest is left out")
    for at, item in enumerate(value[:most]):
        yield f"{place}[{at}]", item


def keyed(value: Any, place: str, told: list[str]) -> Mapping[str, Any] | None:
    """Take a served object; None is an empty one.

    Returns:
        The object; None, and told, where it is something else.
    """
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    told.append(f"{place} is no object")
    return None


def told_in_one(told: list[str]) -> str:
    """Write what was told on one line, not all of it where it is much."""
    rest = len(told) - _MOST_TOLD
    return "; ".join(told[:_MOST_TOLD]) + (f"; and {rest} more" if rest > 0 else "")
