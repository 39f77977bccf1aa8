"""How the options of one table must go together: selectors, targets, tests, companions.

Flows in: one table of a language, its options known and right by themselves.
Flows out: problems. Tables inside it are another call's matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.languages import language, selectors, targets
from moesif_declarative.schema.patterns import pattern
from moesif_declarative.settings.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from moesif_declarative.errors import Origin, Place, Problems

    Table = Mapping[str, Any]

_CONDITIONS = frozenset({"condition", "skip", "sample"})


def check_constraints(
    name: str, table: Table, place: Place, problems: Problems, *, misspelled: bool
) -> None:
    """Check how a table's options go together.

    Args:
        name: The table's language, as `language` takes it.
        table: The table.
        place: Where it was written.
        problems: Collects what is wrong.
        misspelled: Whether a stray key was meant as the selector or target.
    """
    if name in _CONDITIONS:
        _check_condition(name, table, place, problems, misspelled=misspelled)
    elif name == "mask":
        _check_one(targets(), "target", table, place, problems, needed=not misspelled)
        _check_mask(table, place, problems)
    elif name != "test":
        _check_one(selectors(), "selector", table, place, problems, needed=not misspelled)
    _check_companions(name, table, place, problems)


def _check_one(
    names: Iterable[str],
    role: str,
    table: Table,
    place: Place,
    problems: Problems,
    *,
    needed: bool,
) -> None:
    found = [name for name in names if name in table]
    if len(found) > 1:
        said = " and ".join(f"`{name}` ({place.at(name).origin})" for name in found)
        hint = {
            "selector": "a table has one selector: keep one, or write a list of tables",
            "target": "a mask has one target: keep one, or write a rule for each",
        }[role]
        if len({_layer(place.at(name).origin) for name in found}) > 1:
            hint = (
                f"layers merge: keep the {role} and change its value, or switch the earlier rule "
                "off with `enabled = false` and write one of another name"
            )
        problems.error(f"{role}-several", place.at(found[-1]), f"{said} stand together", hint)
    elif not found and needed:
        missing = {
            "selector": "a source needs a selector, which says where its value comes from",
            "target": "a mask needs a target, which says what it masks",
        }[role]
        problems.error(f"{role}-missing", place, missing, f"write one of {', '.join(names)}")


def _layer(origin: Origin) -> tuple[str, str, str | None]:
    of_variables = origin.kind == "variable"
    return origin.kind, "" if of_variables else origin.source, origin.section


def _check_condition(
    name: str, table: Table, place: Place, problems: Problems, *, misspelled: bool
) -> None:
    _check_one(selectors(), "selector", table, place, problems, needed=False)
    known = language("condition")
    roles = {key: known[key].role for key in table if key in known}
    if "selector" not in roles.values() and not misspelled:
        for key, role in roles.items():
            if role == "test":
                hint = "write what it tests beside it: `header = …`, `jsonpath = …`, …"
                message = "is a test and needs a selector beside it"
                problems.error("test-without-selector", place.at(key), message, hint)
            elif role == "option" and not _stands_alone(key, table):
                hint = "write where its value comes from: `header = …`, `jsonpath = …`, …"
                message = "is an option of sources and needs a selector beside it"
                problems.error("selector-missing", place.at(key), message, hint)
    strays = any(key not in language(name) for key in table)
    empty = set(roles.values()) <= {"modifier"}
    if empty and name != "sample" and not strays:
        hint = "write what must be true: `path = …`, `status = …`, `header = …`, …"
        problems.error("condition-empty", place, "has no condition", hint)


def _stands_alone(key: str, table: Table) -> bool:
    """Tell whether an option of sources has a meaning in a condition without a selector."""
    if key == "engine":
        return not table.keys().isdisjoint({"path_regex", "url_regex"})
    return key == "when"


def _check_companions(name: str, table: Table, place: Place, problems: Problems) -> None:
    known = language(name)
    for key in table:
        beside = known[key].meta.get("beside", ()) if key in known else ()
        if beside and table.keys().isdisjoint(beside):
            needed = " or ".join(f"`{companion}`" for companion in beside)
            examples = " or ".join(f"`{known[name].example}`" for name in beside if name in known)
            hint = f"write {examples}, or leave `{key}` out" if examples else ""
            problems.error("option-needs", place.at(key), f"needs {needed} beside it", hint)


def _check_mask(table: Table, place: Place, problems: Problems) -> None:
    action = table.get("action", options("mask")["action"].default)
    text_for = options("mask")["with"].meta["text_for"]
    if action == "set" and "with" not in table and "callable" not in table:
        hint = "write the value to set: `with = …`"
        problems.error("option-needs", place, 'action = "set" needs `with` beside it', hint)
    if action in text_for and not isinstance(table.get("with", ""), str):
        hint = 'write it in quotes, or `action = "set"`'
        problems.error("wrong-type", place.at("with"), f"must be text for `{action}`", hint)
    if "callable" in table and "action" in table:
        message = "does nothing beside `callable`, which masks by itself"
        problems.error("misplaced-option", place.at("action"), message, "leave it out")
    _check_places(table, place, problems)


def _check_places(table: Table, place: Place, problems: Problems) -> None:
    places = options("mask")["in"].meta["places"]
    target = next((name for name in places if name in table), None)
    written = table.get("in")
    listed = written if isinstance(written, list | tuple) else [written]
    for index, where in enumerate(listed):
        if target is None or not isinstance(where, str) or where in places[target]:
            continue
        if target != "field" and pattern("one_header").fullmatch(where):
            continue
        at = place.at("in") if isinstance(written, str) else place.at("in", index)
        allowed = ", ".join(places[target])
        hint = did_you_mean(where, places[target]) or f"there are {allowed}"
        message = f'"{where}" is no place where `{target}` looks'
        problems.error("wrong-value", at, message, hint)
