"""GET_METADATA: the whole table, its leaves and its guards.

Flows in: the value of the setting. Flows out: the same table without a problem, or None.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moesif_declarative.errors import Problems
from moesif_declarative.schema.documents import options
from moesif_declarative.schema.metadata import leaf_kind
from moesif_declarative.schema.remainder import remainder
from moesif_declarative.schema.stray import UNLIKE_ANY
from moesif_declarative.schema.table import MAX_DEPTH, check_table, check_tables
from moesif_declarative.schema.validator import kind_of

if TYPE_CHECKING:
    from moesif_declarative.errors import Place, Problem


def metadata_table(
    value: Any, place: Place, problems: Problems
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """Check the metadata.

    Args:
        value: What was written: a table, or a Python callable of the dict way.
        place: Where it was written.
        problems: Collects what is wrong.

    Returns:
        The table; ``{"callable": …}`` where a callable gives the whole; None when it is empty
        or something in it is wrong. Beside it what is right in a wrong one, else None.
    """
    table = {"callable": value} if callable(value) else value
    own = Problems()
    _check_metadata(table, place, own)
    problems.found.extend(own.found)
    if own.errors:
        return None, remainder(table, place, own.errors, _check_metadata)
    return table or None, None


def _check_metadata(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    if isinstance(table.get("callable"), str) or callable(table.get("callable")):
        _check_whole(table, place, problems)
    else:
        _check_data(table, place, problems)


def _check_whole(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    if table["callable"] == "":
        hint = 'write `callable = "package.module:function"`'
        problems.error("empty-value", place.at("callable"), "must not be empty", hint)
    for key in table:
        if key not in {"callable", "_when"}:
            message = "stands beside `callable`, which gives the whole metadata"
            hint = (
                f"give it a key of its own: `{key}_of_mine = {{ callable = … }}`, or leave it out"
            )
            if key == "when":
                hint = "write `_when` to guard the metadata"
            problems.error("misplaced-option", place.at(key), message, hint)
    _check_guard(table, place, problems)


def _check_data(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    _check_guard(table, place, problems)
    for key, value in table.items():
        if key != "_when":
            _check_leaf(value, place.at(key), problems)


def _check_guard(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    if "_when" not in table:
        return
    value, where = table["_when"], place.at("_when")
    hint = f"write `{options('metadata')['_when'].example}`"
    if not value:
        problems.error("empty-value", where, "must not be empty", hint)
    elif isinstance(value, Mapping | list | tuple):
        check_tables("condition", value, where, problems)
    else:
        problems.error("wrong-type", where, f"must be a condition, not {kind_of(value)}", hint)


def _check_leaf(value: Any, place: Place, problems: Problems) -> None:
    kind = leaf_kind(value)
    if len(place.path) > MAX_DEPTH:
        hint = "no rule needs more than a few levels"
        problems.error("too-deep", place, f"is nested deeper than {MAX_DEPTH} levels", hint)
    elif kind == "table":
        _check_data(value, place, problems)
    elif kind == "source":
        own = Problems()
        check_table("leaf", value, place, own)
        problems.found.extend(map(_with_way_out, own.found))
    elif kind == "chain":
        for index, item in enumerate(value):
            check_table("leaf", item, place.at(index), problems)
    elif callable(value):
        hint = "write a table: { callable = … }"
        problems.error("wrong-type", place, "must be a value or a table, not a function", hint)
    elif isinstance(value, list | tuple) and any(leaf_kind(item) == "source" for item in value):
        message = "some items are sources and some are not, so the list is a constant as it stands"
        problems.warning("mixed-list", place, message, "write constants as `{ value = … }`")


def _with_way_out(problem: Problem) -> Problem:
    """Say how a table that only looks like a source is written as data."""
    if problem.code != "unknown-option" or problem.hint != UNLIKE_ANY:
        return problem
    hint = "to write this table as data, put it into `{ value = { … } }`"
    return dataclasses.replace(problem, hint=hint)
