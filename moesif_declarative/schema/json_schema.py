"""The JSON Schema of settings.toml, for editors (Draft 4, which is what TOML editors know).

Flows in: the schema's documents. Flows out: one JSON document. It shows what each key does,
completes names and values, and refuses what is wrong in one file whatever other layers add;
what must be computed (a pattern, a path, an import) and what another layer may complete is
left to startup.
"""

from __future__ import annotations

import json

from moesif_declarative.schema.documents import Option, options
from moesif_declarative.schema.json_metadata import metadata_definitions
from moesif_declarative.schema.json_table import table_definitions, table_name
from moesif_declarative.schema.json_value import TOKEN, Json, any_case, hover, json_value, ref
from moesif_declarative.schema.languages import RULE_LANGUAGES, words
from moesif_declarative.schema.rule_set import MEANT_AS_NAMES, RULE_NAME


def json_schema() -> Json:
    """Build the schema of a settings file."""
    shared = {"type": "object", "required": ["MOESIF"]}
    some = {"not": {"additionalProperties": {"not": shared}}}
    ours = {"additionalProperties": {"properties": {"MOESIF": ref("settings")}}}
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "settings.toml of moesif-declarative",
        "description": "Sections of settings: `default` and one for each environment.",
        "type": "object",
        "patternProperties": {f"^(?:{any_case(['moesif'])})$": {"not": {}}},
        # In a file shared with the application our keys stand in a table MOESIF.
        "anyOf": [{"additionalProperties": ref("settings")}, {"allOf": [some, ours]}],
        "definitions": {
            "settings": _settings(),
            **_rules(),
            **metadata_definitions(),
            **table_definitions(),
        },
    }


def write_json_schema() -> str:
    """Write the schema as text, the same for the same documents."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _settings() -> Json:
    keys = {name: _setting(option) for name, option in options("settings").items()}
    return {"type": "object", "properties": keys, "additionalProperties": False}


def _setting(option: Option) -> Json:
    described = {"description": hover(option)}
    token = {} if "string" in option.types else {"pattern": TOKEN}
    if "rules" in option.meta:
        rules = [ref(f"{option.meta['rules']}Rules")]
        return {**described, "type": ["object", "array", "string"], **token, "allOf": rules}
    if option.holds == "metadata":
        return {**described, "type": ["object", "string"], **token, "allOf": [ref("metadata")]}
    if option.holds == "tests":
        tests = {"additionalProperties": ref("test")}
        return {**described, "type": ["object", "string"], **token, **tests}
    return json_value(option)


def _rules() -> Json:
    """Describe settings that take rules: named tables, one rule, or a list of rules."""
    found = {f"{name}Rules": _ruled(name) for name in RULE_LANGUAGES}
    wordless: Json = {"patternProperties": {f"^(?:{any_case(words())})$": {"not": {}}}}
    return {**found, "word": {"type": "object", "not": wordless}}


def _ruled(name: str) -> Json:
    rule = table_name(name)
    named = {
        "type": "object",
        "not": ref("word"),
        "patternProperties": {f"^{RULE_NAME}$": ref(rule)},
        "additionalProperties": False,
    }
    # A word that alone holds a table was meant as a rule's name, which no word can be.
    meant = {key: {"type": "object"} for key in sorted(MEANT_AS_NAMES)}
    lone = {"maxProperties": 1, "properties": meant, "additionalProperties": False}
    single = {"allOf": [ref("word"), ref(rule, "whole")], "not": lone}
    other = {"not": {"type": "object"}, "items": ref(rule, "whole")}
    return {"anyOf": [named, single, other]}
