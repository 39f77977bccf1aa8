"""The form of a setting that takes rules: a named set, or a short form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.written import Written

RuleForm: TypeAlias = Literal["empty", "named", "short"]


def rule_form(setting: Written, shapes: Shapes) -> RuleForm:
    """Tell the form of a setting that takes rules.

    Args:
        setting: The setting's value.
        shapes: The outline of the schema.

    Returns:
        ``named`` when every value in it is a table and no key is a word of the language;
        ``empty`` for an empty table, which goes with both forms; else ``short``.
    """
    table = setting.value
    if not isinstance(table, dict):
        return "short"
    if not table:
        return "empty"
    all_tables = len(tables_of(table)) == len(table)
    return "named" if all_tables and not any(is_word(key, shapes) for key in table) else "short"


def tables_of(table: Mapping[str, Written]) -> list[str]:
    """Return the keys that hold tables."""
    return [key for key, value in table.items() if isinstance(value.value, dict)]


def is_word(key: object, shapes: Shapes) -> bool:
    """Say whether a key is a word of the language, in any case."""
    return isinstance(key, str) and key.lower() in shapes.words
