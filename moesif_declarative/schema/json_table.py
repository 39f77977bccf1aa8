"""The tables of the language, in the vocabulary of JSON Schema Draft 4.

Flows in: the documents' languages. Flows out: a definition for each, in two modes. Layers merge
tables by key, so a named table or one inside it may lack what another file, or a variable, adds
(``part``); the short forms and the items of lists are replaced, never merged: they must have
all they need (``whole``).
"""

from __future__ import annotations

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.json_value import (
    TOKEN,
    Json,
    Mode,
    defined,
    has_modes,
    json_value,
    no_stray,
    ref,
)
from moesif_declarative.schema.languages import (
    RULE_LANGUAGES,
    documents_of,
    language,
    selectors,
    targets,
)
from moesif_declarative.schema.patterns import pattern_text

_LANGUAGES = (*RULE_LANGUAGES, "source", "condition", "leaf", "test")
_CONDITIONS = {"condition", "skip", "sample"}
_MODES: tuple[Mode, ...] = ("part", "whole")


def table_definitions() -> Json:
    """Define every table of the language, every option, and what they have in common."""
    found: Json = {}
    for mode in _MODES:
        for name in _LANGUAGES:
            found[defined(table_name(name), mode)] = _table(name, mode)
        for name in ("source", "condition"):
            either = [ref(name, mode), ref(f"{name}List"), {"type": "string", "pattern": TOKEN}]
            types = ["object", "array", "string"]
            found[defined(f"{name}s", mode)] = {"type": types, "anyOf": either}
    for name in ("source", "condition"):
        items = ref(name, "whole")
        found[f"{name}List"] = {"type": "array", "minItems": 1, "items": items}
    return {**found, **_options(), **_counts(), **_text_places()}


def table_name(name: str) -> str:
    """Return what the definition of a language's table is called."""
    return f"{name}Rule" if name in RULE_LANGUAGES else name


def has(*names: str) -> Json:
    """Describe a table in which one of these keys stands."""
    found = [{"required": [name]} for name in names]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _options() -> Json:
    """Describe every option once, and in both modes where they differ; the tables refer to it."""
    return {
        defined(f"{part}.{name}", mode): json_value(option, mode)
        for part in documents_of(*_LANGUAGES)
        for name, option in options(part).items()
        for mode in _MODES
        if mode == "part" or has_modes(option)
    }


def _table(name: str, mode: Mode) -> Json:
    known = language(name)
    table = no_stray(
        {
            key: ref(f"{part}.{key}", mode if has_modes(option) else "part")
            for part in documents_of(name)
            for key, option in options(part).items()
            if key in known
        }
    )
    if mode == "part" and name in {*RULE_LANGUAGES, "test"}:
        del table["minProperties"]  # a named table without a line in it changes nothing
    if rules := _rules(name, mode):
        # Keys that are spelled otherwise are not counted: their table is left to startup.
        table["anyOf"] = [ref("otherSpelling"), {"allOf": rules}]
    return table


def _rules(name: str, mode: Mode) -> list[Json]:
    """Say how the options of a table go together; `constraints` says the same to startup."""
    whole = mode == "whole"
    needed = [key for key, option in language(name).items() if option.rules.get("required")]
    found: list[Json] = [{"required": needed}] if whole and needed else []
    if name == "test":
        return found
    if name == "mask":
        found += [ref("oneTarget" if whole else "atMostOneTarget"), *_mask_rules(whole=whole)]
    elif name in _CONDITIONS:
        found += [ref("atMostOneSelector"), *_condition_rules(name, whole=whole)]
    else:
        found.append(ref("oneSelector" if whole else "atMostOneSelector"))
    companions = _companions(name, whole=whole)
    return [*found, {"dependencies": companions}] if companions else found


def _condition_rules(name: str, *, whole: bool) -> list[Json]:
    if not whole:
        return []
    roles = {key: option.role for key, option in language("condition").items()}
    beside = [*(key for key in language(name) if key not in roles), "ignore_case"]
    nothing = {"properties": {key: {} for key in beside}, "additionalProperties": False}
    idle = [key for key, role in roles.items() if role in {"test", "option"} and key != "when"]
    tied = {key: ref("anySelector") for key in idle}
    tied["engine"] = {"anyOf": [ref("anySelector"), has("path_regex", "url_regex")]}
    found: list[Json] = [{"dependencies": tied}]
    return found if name == "sample" else [{"not": nothing}, *found]


def _companions(name: str, *, whole: bool) -> Json:
    """Say what each option needs beside it, as far as no other layer can add it."""
    heads = targets() if name == "mask" else selectors()
    none = ref("noTarget" if name == "mask" else "noSelector")
    found: Json = {}
    for key, option in language(name).items():
        beside = option.meta.get("beside", ())
        if beside and (whole or set(beside) <= set(heads)):
            found[key] = has(*beside) if whole else {"anyOf": [has(*beside), none]}
    return found


def _mask_rules(*, whole: bool) -> list[Json]:
    known = language("mask")
    text_for = known["with"].meta["text_for"]
    text: Json = {"properties": {"with": {"type": "string"}}}
    other: Json = {"properties": {"action": {"not": {"enum": text_for}}}}
    # Without an action it redacts, unless another layer names one.
    other = {**other, **has("action")} if whole else other
    found: list[Json] = [{"anyOf": [text, other]}, {"not": {"required": ["callable", "action"]}}]
    if whole:
        setting = {"required": ["action"], "properties": {"action": {"enum": ["set"]}}}
        found.append({"anyOf": [{"not": setting}, has("with", "callable")]})
    places = known["in"].meta["places"]
    found += [
        {"dependencies": {target: {"properties": {"in": ref(f"placesOf.{target}")}}}}
        for target in places
    ]
    return found


def _text_places() -> Json:
    """Describe where each target may look."""
    found: Json = {}
    for target, allowed in language("mask")["in"].meta["places"].items():
        header = [] if target == "field" else [{"pattern": f"^{pattern_text('one_header')}$"}]
        place = {"type": "string", "anyOf": [{"enum": allowed}, *header, {"pattern": TOKEN}]}
        found[f"placesOf.{target}"] = {"anyOf": [place, {"type": "array", "items": place}]}
    return found


def _counts() -> Json:
    """Describe how many selectors or targets a table has."""
    lower = {"patternProperties": {"^[^A-Z]*$": {}}, "additionalProperties": False}
    found: Json = {"otherSpelling": {"type": "object", "not": lower}}
    for role, names in (("Selector", selectors()), ("Target", targets())):
        found[f"any{role}"] = has(*names)
        found[f"no{role}"] = {"not": ref(f"any{role}")}
        found[f"one{role}"] = {"oneOf": [{"required": [name]} for name in names]}
        found[f"atMostOne{role}"] = {"anyOf": [ref(f"no{role}"), ref(f"one{role}")]}
    return found
