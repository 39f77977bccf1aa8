"""Paths on the Tornado handler: ``current_user.id``, ``session.roles.0``.

Flows in: the path as the user wrote it, and at request time a handler. Flows out: what stands
there. Every step is optional and nothing is ever called; properties run, and one that raises
gives no value.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_INDEX: Final = re.compile(r"-?[0-9]{1,9}")
_BRACKETS: Final = re.compile(r"\[(-?[0-9]{1,9})\]")


def compile_handler_path(path: str) -> Callable[[Any], Any]:
    """Compile a path on the handler.

    Args:
        path: Steps joined by dots: attribute names, mapping keys, list indexes (``roles.0``,
            ``roles[0]``, ``roles.-1`` for the last).

    Returns:
        A function from the handler to the value, None where a step is missing. Bytes that hold
        UTF-8 come as text. It never raises.

    Raises:
        ValueError: The path has an empty step, or calls something.
    """
    names = _BRACKETS.sub(r".\1", path.strip()).split(".")
    if not all(names):
        raise ValueError("a step of the path is empty")
    if "(" in path:
        raise ValueError("a path reads attributes, keys and indexes, and calls nothing")
    steps = tuple((name, int(name) if _INDEX.fullmatch(name) else None) for name in names)

    def read(handler: Any) -> Any:
        value = handler
        try:
            for name, index in steps:
                value = _step(value, name, index)
                if value is None:
                    return None
            return _finished(value)
        except Exception:  # noqa: BLE001 - properties and mappings of the application run here
            return None

    return read


def _step(value: Any, name: str, index: int | None) -> Any:
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        if index is not None and index in value:
            return value[index]
    elif index is not None and isinstance(value, list | tuple):
        return value[index] if -len(value) <= index < len(value) else None
    try:
        return getattr(value, name)
    except AttributeError:
        # Sessions and database rows often have keys without being mappings.
        if isinstance(value, Mapping | str | bytes) or not hasattr(value, "__getitem__"):
            return None
        return value[name if index is None else index]


def _finished(value: Any) -> Any:
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        return None
    if inspect.isroutine(value):
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value
