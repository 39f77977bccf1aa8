"""The JSON Schema of settings.toml, for editors (Draft 4, which is what TOML editors know).

Flows in: the schema's documents. Flows out: one JSON document. It shows what each key does,
completes names and values, and reports what it can tell for certain; it passes every file that
startup would take, and startup finds more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moesif_declarative.schema.documents import Option, options
from moesif_declarative.schema.languages import (
    RULE_LANGUAGES,
    documents_of,
    language,
    selectors,
    targets,
    words,
)

_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "list": "array",
    "dict": "object",
}
_TOKEN = r"^@(int|float|bool|str|json)\b"  # noqa: S105 - dynaconf's casting tokens, no secret
_NAMES = r"^[A-Za-z](_?[A-Za-z0-9])*_?$"


def json_schema() -> dict[str, Any]:
    """Build the schema of a settings file."""
    some = {"not": {"additionalProperties": {"not": {"required": ["MOESIF"]}}}}
    ours = {"additionalProperties": {"properties": {"MOESIF": _ref("settings")}}}
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "settings.toml of moesif-declarative",
        "description": "Sections of settings: `default` and one for each environment.",
        "type": "object",
        "additionalProperties": {"type": "object"},
        # In a file shared with the application our keys stand in a table MOESIF.
        "anyOf": [{"additionalProperties": _ref("settings")}, {"allOf": [some, ours]}],
        "definitions": {
            "settings": _settings(),
            **_rules(),
            **_tables(),
            **_options(),
            **_spellings(),
        },
    }


def write_json_schema() -> str:
    """Write the schema as text, the same for the same documents."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def _settings() -> dict[str, Any]:
    keys = {name: _setting(option) for name, option in options("settings").items()}
    return {"type": "object", "properties": keys, "additionalProperties": False}


def _setting(option: Option) -> dict[str, Any]:
    described = {"description": _hover(option)}
    if "rules" in option.meta:
        rules = [_ref(f"{option.meta['rules']}Rules")]
        types = ["object", "array", "string"]
        text = {} if "string" in option.types else {"pattern": _TOKEN}
        return {**described, "type": types, **text, "allOf": rules}
    if option.holds == "metadata":
        return {**described, "allOf": [_ref("metadata")]}
    if option.holds == "tests":
        return {**described, "type": "object", "additionalProperties": _ref("test")}
    return _value(option)


def _rules() -> dict[str, Any]:
    """Describe settings that take rules: named tables, one rule, or a list of rules."""
    found = {f"{name}Rules": _ruled(name) for name in RULE_LANGUAGES}
    word = {"anyOf": [{"required": [name]} for name in sorted(words())]}
    return {**found, "word": {"type": "object", **word}}


def _ruled(name: str) -> dict[str, Any]:
    rule = _ref(f"{name}Rule")
    named = {
        "type": "object",
        "not": _ref("word"),
        "patternProperties": {_NAMES: rule},
        "additionalProperties": False,
    }
    single = {"allOf": [_ref("word"), rule]}
    other = {"not": {"type": "object"}, "items": _whole(name)}
    return {"anyOf": [named, single, other, _ref("otherSpelling")]}


def _tables() -> dict[str, Any]:
    found = {f"{name}Rule": _table(name) for name in RULE_LANGUAGES}
    found |= {name: _table(name) for name in ("source", "condition", "test")}
    guard = {"_when": _value(options("metadata")["_when"])}
    leaf = {name: {"description": _hover(option)} for name, option in language("leaf").items()}
    found["metadata"] = {"type": "object", "properties": guard}
    found["metadata"]["additionalProperties"] = _ref("metadataLeaf")
    found["metadataLeaf"] = {
        "description": "A constant, a source, a list of sources, or a table of such.",
        "properties": leaf,
    }
    for holder in ("source", "condition"):
        nonempty = {"type": "array", "minItems": 1, "items": _whole(holder)}
        found[f"{holder}s"] = {
            "type": ["object", "array"],
            "anyOf": [_ref(holder), nonempty],
        }
    return found


def _options() -> dict[str, Any]:
    """Describe every option once; the tables refer to it."""
    return {
        f"{part}.{name}": _value(option)
        for part in documents_of(*RULE_LANGUAGES, "leaf", "test")
        for name, option in options(part).items()
    }


def _table(name: str) -> dict[str, Any]:
    table = _object(language(name))
    table["properties"] = {
        key: _ref(f"{part}.{key}") for part in documents_of(name) for key in options(part)
    }
    if name == "mask":
        table["anyOf"] = [_ref("oneTarget"), _none(targets()), _ref("otherSpelling")]
    elif name != "test":
        table["anyOf"] = [_ref("oneSelector"), _none(selectors()), _ref("otherSpelling")]
    if name == "condition":
        table["minProperties"] = 1
    return table


def _whole(name: str) -> dict[str, Any]:
    """Describe a table in a list, which is whole: no other layer can add to it."""
    if name in {"source", "identity"}:
        return _with_one("oneSelector", name)
    return _with_one("oneTarget", name) if name == "mask" else _ref(_definition(name))


def _with_one(what: str, name: str) -> dict[str, Any]:
    either = {"anyOf": [_ref(what), _ref("otherSpelling")]}
    return {"allOf": [_ref(_definition(name)), either]}


def _definition(name: str) -> str:
    return f"{name}Rule" if name in RULE_LANGUAGES else name


def _object(known: Mapping[str, Option]) -> dict[str, Any]:
    # Nothing is required, not even a selector: another layer may have written the rest.
    return {
        "type": "object",
        "properties": {name: _value(option) for name, option in known.items()},
        # Options are read in any case; those in another spelling are left to startup.
        "patternProperties": {"[A-Z]": {}},
        "additionalProperties": False,
    }


def _none(names: Iterable[str]) -> dict[str, Any]:
    return {"not": {"anyOf": [{"required": [name]} for name in names]}}


def _one(names: Iterable[str]) -> dict[str, Any]:
    return {"oneOf": [{"required": [name]} for name in names]}


def _spellings() -> dict[str, Any]:
    lower = {"patternProperties": {"^[^A-Z]*$": {}}, "additionalProperties": False}
    return {
        "otherSpelling": {"type": "object", "not": lower},
        "oneSelector": _one(selectors()),
        "oneTarget": _one(targets()),
    }


def _value(option: Option) -> dict[str, Any]:
    """Describe what an option takes."""
    described: dict[str, Any] = {"description": _hover(option)}
    if option.default is not None:
        described["default"] = option.default
    if option.below:
        return {**described, **_object(option.below)}
    if option.holds in {"conditions", "sources"} and "dict" in option.types:
        return {**described, "allOf": [_ref(option.holds)]}
    if option.holds == "vars":
        return {
            **described,
            "type": "object",
            "minProperties": 1,
            "additionalProperties": _ref("sources"),
        }
    return {**described, **_limits(option.rules), **_items(option)}


def _items(option: Option) -> dict[str, Any]:
    if option.holds == "conditions":
        return {"items": _whole("condition")}
    item = option.rules.get("schema")
    allowed = {"enum": option.rules["allowed"]} if "allowed" in option.rules else {}
    return {"items": {**_limits(item), **allowed}} if item else {}


def _limits(rules: Mapping[str, Any]) -> dict[str, Any]:
    types = rules.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    found: dict[str, Any] = {}
    if types:
        found["type"] = [_TYPES[name] for name in types if name in _TYPES]
        if "string" not in types:
            found["type"].append("string")
            found["pattern"] = _TOKEN
    for ours, theirs in (("min", "minimum"), ("max", "maximum")):
        if ours in rules:
            found[theirs] = rules[ours]
    if rules.get("empty") is False:
        found |= _not_empty(types)
    if "allowed" in rules and "list" not in types:
        found["enum"] = rules["allowed"]
    return found


def _not_empty(types: Iterable[str]) -> dict[str, Any]:
    keywords = {"string": "minLength", "list": "minItems", "dict": "minProperties"}
    return {keywords[name]: 1 for name in types if name in keywords}


def _hover(option: Option) -> str:
    """Write what an editor shows beside a key."""
    default = "" if option.default is None else f"\n\nDefault: `{_toml(option.default)}`"
    return f"{option.doc}{default}\n\nExample: `{option.example}`"


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
