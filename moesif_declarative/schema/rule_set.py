"""Settings that take rules: named sets, a single rule, a list, a callable, a constant.

Flows in: the value of such a setting. Flows out: its enabled rules, in their order of work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from moesif_declarative.errors import Problems
from moesif_declarative.schema.documents import options
from moesif_declarative.schema.languages import words
from moesif_declarative.schema.remainder import remainder
from moesif_declarative.schema.settings import RuleTable
from moesif_declarative.schema.table import check_table
from moesif_declarative.schema.validator import kind_of

if TYPE_CHECKING:
    from moesif_declarative.errors import Place
    from moesif_declarative.schema.documents import Option

Form = Literal["named", "single", "list"]

MEANT_AS_NAMES = {"all", "any", "test", "value", "when"}
"""Words that are no rule where a table stands below them and nothing beside them."""

RULE_NAME = "[A-Za-z](?:_?[A-Za-z0-9])*_?"
"""What a rule may be called, as a pattern for the whole name."""

_NAME = re.compile(RULE_NAME)
_NAME_HINT = "a rule's name has letters, digits and single underscores, and begins with a letter"


def form_of(value: Mapping[str, Any] | list[Any]) -> Form:
    """Tell in which form rules are written.

    Args:
        value: The value of a setting that takes rules.

    Returns:
        ``named`` when every value in it is a table and no key is a word of the language,
        ``single`` for any other table, else ``list``.
    """
    if not isinstance(value, Mapping):
        return "list"
    named = all(isinstance(item, Mapping) for item in value.values())
    return "named" if named and words().isdisjoint(value) else "single"


def rule_tables(
    option: Option, value: Any, place: Place, problems: Problems
) -> tuple[tuple[RuleTable, ...], tuple[RuleTable, ...]]:
    """Check the rules of one setting and put the enabled ones in order.

    Args:
        option: The setting; ``rules`` in its meta names the rules' language.
        value: What was written; its type is one that the setting takes.
        place: Where it was written.
        problems: Collects what is wrong.

    Returns:
        The rules that are right in shape and enabled, lower ``order`` first; and what is right
        in the others.
    """
    language = option.meta["rules"]
    found: list[tuple[int, RuleTable]] = []
    others: list[RuleTable] = []
    single = isinstance(value, Mapping) and form_of(value) == "single"
    for name, written, where in _written(value, place, problems):
        table = {"value": written} if isinstance(written, str) and name == "rule" else written
        table = {"callable": table} if callable(table) else table
        own = Problems()
        check_table(language, table, where, own)
        if single:
            _explain_names(value, place, own)
        problems.found.extend(own.found)
        if not own.errors and table.get("enabled", options("rule")["enabled"].default):
            order = table.get("order", options("rule")["order"].default)
            found.append((order, _rule(option, name, table, where)))
        elif own.errors:
            left = remainder(table, where, own.errors, partial(check_table, language))
            if left and left.get("enabled", True):
                others.append(_rule(option, name, left, where))
    found.sort(key=lambda pair: pair[0])
    return tuple(rule for _, rule in found), tuple(others)


def _rule(option: Option, name: str, table: Mapping[str, Any], place: Place) -> RuleTable:
    kept = {key: item for key, item in table.items() if key not in options("rule")}
    return RuleTable(option.name, name, kept, place)


def _written(value: Any, place: Place, problems: Problems) -> Iterator[tuple[str, Any, Place]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, Mapping) or callable(item):
                yield f"rule{index + 1}", item, place.at(index)
            else:
                message = f"must be a rule's table, not {kind_of(item)}"
                hint = "write `{ … }` with the rule's options"
                problems.error("wrong-type", place.at(index), message, hint)
    elif isinstance(value, Mapping) and form_of(value) == "named":
        for name, table in value.items():
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                problems.error(
                    "rule-name-invalid", place.at(name), "is no name for a rule", _NAME_HINT
                )
            yield str(name), table, place.at(name)
    elif names := _mixed_names(value):
        _tell_mixture(value, names, place, problems)
        yield from ((name, value[name], place.at(name)) for name in names)
    else:
        yield "rule", value, place


def _mixed_names(value: Any) -> list[str]:
    """Return what look like rule names in a table that is no named set."""
    if not isinstance(value, Mapping):
        return []
    return [key for key, item in value.items() if isinstance(item, Mapping) and key not in words()]


def _tell_mixture(
    value: Mapping[str, Any], names: list[str], place: Place, problems: Problems
) -> None:
    others = ", ".join(f"`{name}`" for name in names)
    for key in value:
        if key in names:
            continue
        if isinstance(value[key], Mapping):
            message = "is a word of the language and may not name a rule"
            problems.error("rule-name-invalid", place.at(key), message, _rename(key))
        else:
            message = f"stands beside tables ({others}), as if they were named rules"
            hint = "write a named table for every rule, or one rule without names"
            problems.error("rule-form-mixed", place.at(key), message, hint)


def _explain_names(value: Mapping[str, Any], place: Place, own: Problems) -> None:
    """Turn problems of a single rule into the likelier one: a word taken as a rule's name."""
    if not all(isinstance(item, Mapping) for item in value.values()):
        return
    joints = {"not", "all", "any"} & value.keys()
    if "not" in joints or (joints and len(value) > 1):
        return
    alone = len(value) == 1 and next(iter(value)) in MEANT_AS_NAMES
    near = {place.key, *_keys(value, place)}
    shallow = any(problem.key in near and problem.code != "required" for problem in own.found)
    if alone or shallow:
        own.found.clear()
        for key in value:
            message = "is a word of the language and may not name a rule"
            own.error("rule-name-invalid", place.at(key), message, _rename(key))


def _keys(value: Mapping[str, Any], place: Place) -> Iterator[str]:
    return (place.at(key).key for key in value)


def _rename(key: str) -> str:
    return f"if `{key}` is meant as a name, choose another: `my_{key}`"
