"""One value or a list of them, as options take both.

Flows in: an option's value. Flows out: what stands in it, with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moesif_declarative.errors import Place


def texts(value: Any) -> list[str]:
    """Return a text, or the texts of a list."""
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]


def placed_texts(value: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """Yield a text, or the texts of a list, each with its place."""
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, str):
                yield item, place.at(index)


def placed_tables(value: Any, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Yield a table, or the tables of a list, each with its place."""
    if isinstance(value, Mapping):
        yield value, place
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                yield item, place.at(index)
