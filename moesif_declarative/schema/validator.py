"""Cerberus: one table against the rules of its options, its errors put into words.

Flows in: options and a table. Flows out: what is wrong with the table's own values; what
stands in tables below is another call's matter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import TYPE_CHECKING, Any

from moesif_declarative.schema.checks import CHECKS
from moesif_declarative.settings.suggestion import did_you_mean

if TYPE_CHECKING:
    from moesif_declarative.errors import KeyPath
    from moesif_declarative.schema.documents import Option

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "dict": "a table",
    "callable": "a function",
}
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value.

    Attributes:
        path: Where it stands, seen from the table.
        code: The kind of problem.
        message: What is wrong.
        hint: How to mend it.
    """

    path: KeyPath
    code: str
    message: str
    hint: str


def can_run() -> bool:
    """Tell whether Cerberus works in this interpreter: it refuses ``python -OO``."""
    return sys.flags.optimize < 2


def faults(options: Mapping[str, Option], table: Mapping[Any, Any]) -> list[Fault]:
    """Check the values of a table's known options, and that required ones are there.

    Args:
        options: The options that the table may have.
        table: The table; keys that are no options are passed over.

    Returns:
        The first fault of every value, in the order of the options.
    """
    schema = {
        name: dict(option.rules)
        for name, option in options.items()
        if name in table or option.rules.get("required")
    }
    # A validator keeps its document while it works: one for each use, shared by no thread.
    validator = validator_class()(_trusted(schema), allow_unknown=True)
    validator.validate({name: table[name] for name in schema if name in table}, normalize=False)
    leaves = [leaf for error in validator._errors for leaf in _leaves(error)]
    found: dict[KeyPath, Fault] = {}
    for leaf in leaves:
        for fault in _render(leaf, options):
            found.setdefault(fault.path, fault)
    return list(found.values())


def kind_of(value: Any) -> str:
    """Say what kind of value this is, in the words of the messages."""
    if value is None:
        return "nothing"
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (Mapping, "a table"),
        ((list, tuple), "a list"),
        ((date, time), "a date or time"),
    )
    for types, kind in kinds:
        if isinstance(value, types):
            return kind
    return "a function" if callable(value) else f"a Python {type(value).__name__}"


@cache
def validator_class() -> Any:
    """Return Cerberus's validator with the types and checks of this schema."""
    # Imported late: under `python -OO` the import itself raises, and startup says so plainly.
    from cerberus import TypeDefinition, Validator

    def checker(check: Callable[[Any], tuple[str, str] | None]) -> Callable[..., None]:
        def run(self: Any, field: str, value: Any) -> None:
            # Cerberus checks on after it refused a missing value; a list's items come alone.
            complaint = None if isinstance(value, list | tuple | None) else check(value)
            if complaint:
                self._error(field, "\n".join(complaint))

        return run

    types = {
        # Without the exclusions `True` would pass as a number.
        "integer": TypeDefinition("integer", (int,), (bool,)),
        "number": TypeDefinition("number", (int, float), (bool,)),
        "callable": TypeDefinition("callable", (Callable,), (Mapping, Sequence)),
    }
    members: dict[str, Any] = {
        f"_check_with_{name}": checker(check) for name, check in CHECKS.items()
    }
    members["types_mapping"] = {**Validator.types_mapping, **types}
    return type("SettingsValidator", (Validator,), members)


def _trusted(schema: dict[str, Any]) -> Any:
    """Spare Cerberus checking the rules themselves: they ship with the package, checked.

    That check takes longer than everything else that is validated at startup.
    """
    from cerberus.schema import UnvalidatedSchema

    return UnvalidatedSchema(schema)


def _leaves(error: Any) -> Iterator[Any]:
    if error.is_group_error:
        for child in error.child_errors:
            yield from _leaves(child)
    else:
        yield error


def _render(error: Any, options: Mapping[str, Option]) -> Iterator[Fault]:
    path = tuple(error.document_path)
    option = options[path[0]]
    if error.rule == "type":
        types = error.constraint if isinstance(error.constraint, list) else [error.constraint]
        yield Fault(path, "wrong-type", *_wrong_type(types, error.value, option))
    elif error.rule == "allowed":
        yield from _unallowed(path, error.value, error.constraint)
    elif error.rule in {"min", "max"}:
        side = "least" if error.rule == "min" else "most"
        message = f"must be at {side} {error.constraint}"
        yield Fault(path, "out-of-range", message, f"write `{option.example}`")
    elif error.rule == "required":
        message = f"`{path[-1]}` is missing"
        yield Fault(path, "required", message, f"write `{option.example}`")
    elif error.rule == "empty":
        yield Fault(path, "empty-value", "must not be empty", f"write `{option.example}`")
    elif error.rule == "nullable":
        yield Fault(path, "wrong-type", *_wrong_type(list(option.types), None, option))
    else:
        message, _, hint = str(error.info[0]).partition("\n")
        yield Fault(path, "wrong-value", f"{_shown(error.value, option)}{message}", hint)


def _wrong_type(types: Sequence[str], value: Any, option: Option) -> tuple[str, str]:
    wanted = [_KINDS[name] for name in types if name != "callable" or len(types) == 1]
    message = f"must be {' or '.join(wanted)}, not {kind_of(value)}" if wanted else "must be there"
    if "string" in types and isinstance(value, int | float | date | time):
        hint = "write it in quotes"
    elif isinstance(value, str) and not {"string", "list", "dict"} & set(types):
        hint = "write it without quotes" if _reads_as_toml(value) else f"write `{option.example}`"
    else:
        hint = f"write `{option.example}`"
    return message, hint


def _reads_as_toml(text: str) -> bool:
    return text in {"true", "false"} or text.lstrip("+-").replace(".", "", 1).isdecimal()


def _unallowed(path: KeyPath, value: Any, allowed: Sequence[str]) -> Iterator[Fault]:
    places = enumerate(value) if isinstance(value, list | tuple) else [(None, value)]
    for index, item in places:
        if isinstance(item, str) and item not in allowed:
            where = path if index is None else (*path, index)
            message = f"{_quoted(item)} is none of {', '.join(allowed)}"
            hint = did_you_mean(item, allowed) or f"write one of {', '.join(allowed)}"
            yield Fault(where, "wrong-value", message, hint)


def _shown(value: Any, option: Option) -> str:
    return "" if option.meta.get("secret") or option.meta.get("unshown") else f"{_quoted(value)} "


def _quoted(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > _LONGEST_VALUE:
        return "the number"  # Python itself refuses to write the longest ones
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
