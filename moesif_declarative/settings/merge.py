"""Two layers to one: tables merge by key, lists and scalars replace.

Flows in: what earlier layers gave, and one later layer. Flows out: both as one, in which every
value remembers what it replaced. Rules have their own law: named sets merge rule by rule, a
short form is replaced whole, and the two never mix.
"""

from __future__ import annotations

from moesif_declarative.errors import KeyPath, Place, Problems
from moesif_declarative.settings.rule_form import rule_form
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.written import Written, replaced

_FORMS = {"named": "a set of named rules", "short": "a short form (a rule or a list of rules)"}


def merge(earlier: Written, later: Written, shapes: Shapes, problems: Problems) -> Written:
    """Merge a later layer over earlier ones.

    Args:
        earlier: What was merged so far; its root is a table.
        later: The next layer; its root is a table.
        shapes: The outline of the schema.
        problems: Takes ``rule-form-mixed``.

    Returns:
        The merged tree; neither argument is changed.
    """
    table = dict(earlier.value)
    for key, new in later.value.items():
        old = table.get(key)
        if old is None:
            table[key] = new
        elif key in shapes.rule_settings:
            table[key] = _merge_rules(key, old, new, shapes, problems)
        else:
            table[key] = _join(old, new)
    return Written(table, earlier.origin)


def _join(old: Written, new: Written) -> Written:
    if not (isinstance(old.value, dict) and isinstance(new.value, dict)):
        return replaced(old, new)
    table = dict(old.value)
    for key, value in new.value.items():
        table[key] = _join(table[key], value) if key in table else value
    return Written(table, old.origin, old.earlier)


def _merge_rules(
    key: str, old: Written, new: Written, shapes: Shapes, problems: Problems
) -> Written:
    forms = rule_form(old, shapes), rule_form(new, shapes)
    if forms[1] == "empty":
        return old
    if forms[0] == "empty":
        return Written(new.value, new.origin, old.earlier)
    if forms[0] != forms[1]:
        _mixed((key,), (old, _FORMS[forms[0]]), (new, _FORMS[forms[1]]), problems)
        return old
    return replaced(old, new) if forms[0] == "short" else _join_named(old, new)


def _join_named(old: Written, new: Written) -> Written:
    """Join two sets of named rules; the name stays as it was written first."""
    spelled = {name.lower(): name for name in old.value}
    table = {spelled.get(name.lower(), name): rule for name, rule in new.value.items()}
    return _join(old, Written(table, new.origin))


def _mixed(
    path: KeyPath, old: tuple[Written, str], new: tuple[Written, str], problems: Problems
) -> None:
    origin = new[0].origin
    message = f"{path[0]} is {old[1]} in {old[0].origin}, but {new[1]} in {origin}"
    hint = _switched(path[0], old[0], new[0]) or f"give every rule a name: [default.{path[0]}.NAME]"
    problems.error("rule-form-mixed", Place(path, {path: origin}), message, hint)


def _switched(setting: str | int, old: Written, new: Written) -> str:
    """Say how a rule is switched off, where a later layer wrote ``health = false``."""
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        return ""
    names = {name.lower(): name for name in old.value}
    for key, value in new.value.items():
        if key.lower() in names and isinstance(value.value, bool):
            switch = str(value.value).lower()
            return f"to switch a rule, write `{setting}.{names[key.lower()]}.enabled = {switch}`"
    return ""
