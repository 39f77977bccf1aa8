"""What a value in GET_METADATA is: a source, a chain of sources, a table of data, a constant.

Flows in: a value below GET_METADATA. Flows out: its kind, for whoever checks or compiles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from moesif_declarative.schema.languages import language, selectors

LeafKind = Literal["source", "chain", "table", "constant"]


def leaf_kind(value: Any) -> LeafKind:
    """Tell what a value below GET_METADATA is; the top-level table itself is always data.

    Args:
        value: Any value as it stands in the settings.

    Returns:
        ``source``: a table in which a selector key holds what that selector takes;
        ``chain``: a list of such tables, not empty; ``table``: any other table, data with
        leaves of its own; ``constant``: anything else.
    """
    if isinstance(value, Mapping):
        return "source" if any(_is_selector(key, value[key]) for key in value) else "table"
    if isinstance(value, list | tuple) and value and all(map(_is_source, value)):
        return "chain"
    return "constant"


def _is_source(value: Any) -> bool:
    return isinstance(value, Mapping) and leaf_kind(value) == "source"


def _is_selector(key: Any, value: Any) -> bool:
    if key not in selectors():
        return False
    if key == "value":
        return True
    if key == "test":
        return _is_condition(value)
    if key == "path_arg" and isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str) or (key == "callable" and callable(value))


def _is_condition(value: Any) -> bool:
    """Tell a condition from data: some key of the table is a word of conditions."""
    if isinstance(value, Mapping):
        return any(key in language("condition") for key in value)
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_condition, value))
