"""What a settings file can hold of a recorded call.

Flows in: JSON values. Flows out: values that TOML holds and the loader reads back as they are.
"""

from __future__ import annotations

from typing import Any

from moesif_declarative.settings.tokens import MERGE_MARKS
from moesif_declarative.toml_text import TomlError, write_value


def storable(value: Any) -> Any:
    """Make a value that a settings file holds.

    Args:
        value: A JSON value.

    Returns:
        The value without nulls, which TOML does not know, and without what dynaconf merges by;
        what else TOML cannot hold is text.
    """
    if isinstance(value, dict):
        return {
            storable(key): storable(item)
            for key, item in value.items()
            if item is not None and key.lower() not in MERGE_MARKS
        }
    if isinstance(value, list):
        return [storable(item) for item in value if item is not None and not _is_merge_mark(item)]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if is_writable(value) else str(value)


def is_writable(value: Any) -> bool:
    """Tell whether a settings file can hold a JSON value as it is."""
    if _has_merge_mark(value):
        return False
    try:
        write_value(value)
    except TomlError:
        return False
    return True


def _is_merge_mark(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in MERGE_MARKS


def _has_merge_mark(value: Any) -> bool:
    """Whether a file with this value would be refused, since dynaconf would merge by it."""
    if isinstance(value, dict):
        return any(map(_is_merge_mark, value)) or any(map(_has_merge_mark, value.values()))
    if isinstance(value, list):
        return any(map(_is_merge_mark, value)) or any(map(_has_merge_mark, value))
    return False
