"""The plain options: one value each, checked alone.

Flows in: the top-level values. Flows out: every plain option with a right value, its default
where nothing or something wrong was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.validator import faults
from moesif_declarative.settings.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moesif_declarative.errors import Place, Problems
    from moesif_declarative.schema.documents import Option


def defaults(*, from_dict: bool = False) -> dict[str, Any]:
    """Return the built-in default of every top-level key that has one.

    Args:
        from_dict: Whether the settings are the original package's dict, which has some
            defaults of its own.
    """
    found = {}
    for name, option in options("settings").items():
        own = option.meta.get("default_from_dict") if from_dict else None
        value = option.default if own is None else own
        if value is not None:
            found[name] = value
    return found


def check_keys(values: Mapping[Any, Any], place: Place, problems: Problems) -> None:
    """Report top-level keys that are no settings.

    Args:
        values: All values.
        place: The root of the settings.
        problems: Collects what is wrong.
    """
    known = options("settings")
    for key in values:
        if key in known:
            continue
        if isinstance(key, str) and key.upper() in known:
            hint = f"write `{key.upper()}`"
            problems.error("unknown-key", place.at(key), "settings are in upper case", hint)
        else:
            hint = did_you_mean(key, known) or "take it out; the reference lists the settings"
            problems.error("unknown-key", place.at(key), "is no setting", hint)


def right_values(values: Mapping[Any, Any], place: Place, problems: Problems) -> dict[str, Any]:
    """Check the type and limits of every known key and return those that are right.

    Args:
        values: All values.
        place: The root of the settings.
        problems: Collects what is wrong.
    """
    known = options("settings")
    wrong = set()
    for fault in faults(known, values):
        wrong.add(fault.path[0])
        option = known[str(fault.path[0])]
        where = place.at(*fault.path)
        problems.error(fault.code, where, fault.message, _hint(option, values, fault.hint))
    return {key: value for key, value in values.items() if key in known and key not in wrong}


def _hint(option: Option, values: Mapping[Any, Any], hint: str) -> str:
    takes_table = "rules" in option.meta or option.holds == "metadata"
    if takes_table and isinstance(values.get(option.name), str):
        return f'for a function write `{option.name} = {{ callable = "package.module:function" }}`'
    return hint
