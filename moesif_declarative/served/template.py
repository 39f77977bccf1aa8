"""The texts of governance rules, with ``{{name}}`` where a value of the user or company stands.

Flows in: a text or JSON value, and the values. Flows out: the same, filled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from moesif_declarative.rules.text_form import text_of

UNKNOWN: Final = "UNKNOWN"
"""What stands where there is no value."""

DEEPEST: Final = 50
"""How many levels a body may have."""

_PLACEHOLDER: Final = re.compile(r"\{\{([^{}]*)\}\}")


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Fill the placeholders in a text, or in all texts of a JSON value; names of members stay.

    Args:
        value: What was served.
        values: Name to text; numbers and booleans are written as JSON does.

    Returns:
        A new value; nothing that was served is changed.
    """
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _text(values, found[1]), value)
    if isinstance(value, dict):
        return {key: fill(member, values) for key, member in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    return value


def is_template(value: Any) -> bool:
    """Whether a value has anything to fill."""
    if isinstance(value, dict):
        return any(map(is_template, value.values()))
    if isinstance(value, list):
        return any(map(is_template, value))
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def is_deep(value: Any, left: int = DEEPEST) -> bool:
    """Whether a JSON value has more levels than can be worked on safely."""
    if left < 0:
        return True
    if isinstance(value, dict):
        return any(is_deep(member, left - 1) for member in value.values())
    return isinstance(value, list) and any(is_deep(item, left - 1) for item in value)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name.strip())
    text = None if isinstance(value, dict | list) else text_of(value)
    return text or UNKNOWN
