"""One table of the settings language, and every table inside it.

Flows in: a value that should be a source, a condition, a rule's table, a test.
Flows out: problems, each at its own place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moesif_declarative.schema.constraints import check_constraints
from moesif_declarative.schema.languages import language
from moesif_declarative.schema.stray import check_strays
from moesif_declarative.schema.validator import faults, kind_of

if TYPE_CHECKING:
    from moesif_declarative.errors import Place, Problems
    from moesif_declarative.schema.documents import Option

MAX_DEPTH = 60
"""How deep tables and lists may be nested; deeper ones are a mistake or an attack."""


def check_table(name: str, table: Any, place: Place, problems: Problems) -> None:
    """Check a table of one language and all that stands in it.

    Args:
        name: The table's language, as `language` takes it.
        table: What was written; not necessarily a table.
        place: Where it was written.
        problems: Collects what is wrong.
    """
    if len(place.path) > MAX_DEPTH:
        hint = "no rule needs more than a few levels"
        problems.error("too-deep", place, f"is nested deeper than {MAX_DEPTH} levels", hint)
    elif not isinstance(table, Mapping):
        hint = "write `{ … }` with its options, or give it a header of its own"
        problems.error("wrong-type", place, f"must be a table, not {kind_of(table)}", hint)
    else:
        known = language(name)
        misspelled = check_strays(table, known, place, problems)
        _check_values(known, table, place, problems)
        check_constraints(name, table, place, problems, misspelled=misspelled)


def check_option(option: Option, value: Any, place: Place, problems: Problems) -> None:
    """Check the tables that stand in an option's value; the value's own type is right.

    Args:
        option: The option.
        value: Its value.
        place: Where the value was written.
        problems: Collects what is wrong.
    """
    if option.below:
        check_strays(value, option.below, place, problems)
        _check_values(option.below, value, place, problems)
    elif option.holds in {"conditions", "sources"}:
        check_tables(option.holds[:-1], value, place, problems)
    elif option.holds == "vars":
        for key, source in value.items():
            check_tables("source", source, place.at(key), problems)


def check_tables(name: str, value: Any, place: Place, problems: Problems) -> None:
    """Check a table of one language, or a list of such tables that must not be empty.

    Args:
        name: The tables' language, as `language` takes it.
        value: What was written.
        place: Where it was written.
        problems: Collects what is wrong.
    """
    if not isinstance(value, list | tuple):
        check_table(name, value, place, problems)
        return
    if not value:
        hint = "put a table into it, or leave it out"
        problems.error("empty-value", place, "must not be an empty list", hint)
    for index, item in enumerate(value):
        check_table(name, item, place.at(index), problems)


def _check_values(
    known: Mapping[str, Option], table: Mapping[Any, Any], place: Place, problems: Problems
) -> None:
    wrong = set()
    for fault in faults(known, table):
        wrong.add(fault.path[0])
        missing = fault.code == "required"
        where = place.at(*fault.path[:-1]) if missing else place.at(*fault.path)
        problems.error(fault.code, where, fault.message, fault.hint)
    for key, value in table.items():
        if key in known and key not in wrong:
            check_option(known[key], value, place.at(key), problems)
