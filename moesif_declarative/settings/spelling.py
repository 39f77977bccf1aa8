"""Names in one layer: options are spelled as the schema spells them, rules named properly.

Flows in: one layer as written. Flows out: the same layer with its options rightly spelled and
without the rules whose names are wrong; each such name is a problem.
"""

from __future__ import annotations

import re

from moesif_declarative.errors import KeyPath, Place, Problems
from moesif_declarative.settings.rule_form import is_word, tables_of
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.written import Written

_RULE_NAME = re.compile(r"(?!.*__)[A-Za-z][A-Za-z0-9_]*")


def respell(layer: Written, shapes: Shapes, problems: Problems) -> Written:
    """Spell the options of a layer as the schema does, and check the names of its rules.

    Args:
        layer: One layer, its top-level keys as written.
        shapes: The outline of the schema.
        problems: Takes ``option-twice``, ``rule-name-invalid``, ``rule-name-twice`` and
            ``rule-form-mixed``.

    Returns:
        The layer without what was wrong.
    """
    table = {}
    for key, value in layer.value.items():
        spelled = _respell(value, (key,), shapes, problems)
        if key in shapes.rule_settings and isinstance(spelled.value, dict):
            checked = _checked(key, spelled, shapes, problems)
            if checked is None:
                continue
            spelled = checked
        table[key] = spelled
    return Written(table, layer.origin)


def _respell(written: Written, path: KeyPath, shapes: Shapes, problems: Problems) -> Written:
    if isinstance(written.value, list):
        items = [
            _respell(item, (*path, at), shapes, problems) for at, item in enumerate(written.value)
        ]
        return Written(items, written.origin)
    if not isinstance(written.value, dict):
        return written
    table: dict[str, Written] = {}
    for key, child in written.value.items():
        option = shapes.option((*path, key)) if isinstance(key, str) else None
        name = option or key
        if name in table:
            place = Place((*path, name), {(*path, name): child.origin})
            message = f"the option is set twice; {table[name].origin} has it already"
            problems.error("option-twice", place, message, "names of options ignore case")
            continue
        table[name] = _respell(child, (*path, name), shapes, problems)
    return Written(table, written.origin)


def _checked(key: str, rules: Written, shapes: Shapes, problems: Problems) -> Written | None:
    """Return a set of rules without wrong names; None when it is no set and no rule."""
    tables = tables_of(rules.value)
    free = [name for name in tables if not is_word(name, shapes)]
    loose = [name for name in rules.value if name not in tables and is_word(name, shapes)]
    if free and loose:
        _mixed_in_one(key, rules, free[0], loose[0], problems)
        return None
    # Words alone are one rule's options; whether a name was meant the schema can tell better.
    if len(tables) < len(rules.value) or not free:
        return rules
    return _names_checked(key, rules, shapes, problems)


def _names_checked(key: str, rules: Written, shapes: Shapes, problems: Problems) -> Written:
    table: dict[str, Written] = {}
    seen: dict[str, str] = {}
    for name, rule in rules.value.items():
        place = Place((key, name), {(key, name): rule.origin})
        if is_word(name, shapes):
            message = f"a rule may not be named {name!r}: it is a word of the language"
            problems.error("rule-name-invalid", place, message, f"call it {name}_rule, say")
        elif not _RULE_NAME.fullmatch(str(name)):
            message = f"a rule may not be named {name!r}"
            hint = "letters, digits and single underscores, a letter first"
            problems.error("rule-name-invalid", place, message, hint)
        elif name.lower() in seen:
            first = seen[name.lower()]
            message = f"{name!r} and {first!r} in {table[first].origin} differ only in case"
            problems.error("rule-name-twice", place, message, "names of rules ignore case")
        else:
            seen[name.lower()] = name
            table[name] = rule
    return Written(table, rules.origin)


def _mixed_in_one(key: str, rules: Written, rule: str, option: str, problems: Problems) -> None:
    first, second = rules.value[rule].origin, rules.value[option].origin
    message = f"named rules ({rule} in {first}) and a rule's option ({option} in {second}) mix"
    hint = f"write [default.{key}.NAME] above {option}, with a name of your own"
    problems.error("rule-form-mixed", Place((key,), {(key,): second}), message, hint)
