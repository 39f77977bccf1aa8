"""The value of one option, in the vocabulary of JSON Schema Draft 4.

Flows in: an option of the documents. Flows out: what an editor shows of it and holds it to.
Tables of a language are only referred to, in the mode of the table around them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from moesif_declarative.schema.documents import Option
from moesif_declarative.schema.patterns import bounds, is_pattern, pattern_text

Json = dict[str, Any]

Mode = Literal["part", "whole"]
"""Whether another layer may complete a table (``part``), or nothing can (``whole``)."""

TOKEN = r"^@(int|float|bool|str|json)\b"  # noqa: S105 - dynaconf's casting tokens, no secret

_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "list": "array",
    "dict": "object",
}


def ref(name: str, mode: Mode = "part") -> Json:
    """Refer to a definition; the whole form of a table has a name of its own."""
    return {"$ref": f"#/definitions/{defined(name, mode)}"}


def defined(name: str, mode: Mode) -> str:
    """Return the name of a definition in a mode."""
    return f"whole.{name}" if mode == "whole" else name


def has_modes(option: Option) -> bool:
    """Tell whether an option's value holds a table that may be completed elsewhere."""
    return bool(option.below) or option.holds in {"conditions", "sources", "vars"}


def json_value(option: Option, mode: Mode = "part") -> Json:
    """Describe what an option takes.

    Args:
        option: The option.
        mode: That of the table it stands in.

    Returns:
        A schema with the text that editors show.
    """
    described: Json = {"description": hover(option)}
    if option.default is not None:
        described["default"] = option.default
    if option.below:
        return {**described, **_fixed(option, mode)}
    if option.holds in {"conditions", "sources"}:
        language = option.holds if "dict" in option.types else f"{option.holds[:-1]}List"
        return {**described, "allOf": [ref(language, mode if "dict" in option.types else "part")]}
    if option.holds == "vars":
        sources = ref("sources", mode)
        return {
            **described,
            "type": ["object", "string"],
            "pattern": TOKEN,
            "minProperties": 1,
            "additionalProperties": sources,
        }
    return {**described, **_limits(option.rules, option.meta), **_inside(option)}


def no_stray(known: Mapping[str, Json]) -> Json:
    """Describe a table that has these options, in whatever case, and no others."""
    return {
        "type": "object",
        "minProperties": 1,
        "properties": dict(known),
        # In another case than the reference's an option is known, and its value not looked at.
        "patternProperties": {f"^(?=.*[A-Z])(?:{any_case(known)})$": {}},
        "additionalProperties": False,
    }


def any_case(names: Iterable[str]) -> str:
    """Write a pattern for names in any case of their letters."""
    return "|".join(
        "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in name) for name in sorted(names)
    )


def hover(option: Option) -> str:
    """Write what an editor shows beside a key."""
    default = "" if option.default is None else f"\n\nDefault: `{_toml(option.default)}`"
    return f"{option.doc}{default}\n\nExample: `{option.example}`"


def _fixed(option: Option, mode: Mode) -> Json:
    """Describe a table of fixed options."""
    table = no_stray({name: json_value(below, mode) for name, below in option.below.items()})
    needed = [name for name, below in option.below.items() if below.rules.get("required")]
    if mode == "whole" and needed:
        complete = {"required": needed}
        table["anyOf"] = [ref("otherSpelling"), complete]
    if not needed and option.rules.get("empty", True):
        del table["minProperties"]
    return table


def _inside(option: Option) -> Json:
    """Describe what stands in a list or a table of plain values."""
    found: Json = {}
    if item := option.rules.get("schema"):
        allowed = option.rules.get("allowed")
        found["items"] = _limits({**item, **({"allowed": allowed} if allowed else {})}, option.meta)
    if values := option.rules.get("valuesrules"):
        found["additionalProperties"] = _limits(values, {})
        if inner := values.get("schema"):
            found["additionalProperties"]["items"] = _limits(inner, {})
    return found


def _limits(rules: Mapping[str, Any], meta: Mapping[str, Any]) -> Json:
    types = rules.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    found: Json = {}
    if types:
        found["type"] = [_TYPES[name] for name in types if name in _TYPES]
    for ours, theirs in (("min", "minimum"), ("max", "maximum")):
        if ours in rules:
            found[theirs] = rules[ours]
    if rules.get("empty") is False:
        found |= _not_empty(types)
    if types and "string" not in types:
        return {**found, "type": [*found["type"], "string"], "pattern": TOKEN}
    return {**found, **_text(rules, meta, types)}


def _text(rules: Mapping[str, Any], meta: Mapping[str, Any], types: Iterable[str]) -> Json:
    """Describe which texts an option takes: words, or a shape."""
    if "allowed" in rules and "list" not in types:
        return {"anyOf": [{"enum": rules["allowed"]}, {"pattern": TOKEN}]}
    if "counted" in meta:
        counted = "|".join(meta["counted"])
        steps = rf"{'|'.join(meta['values'])}|(?:{counted})\s*:\s*[1-9][0-9]{{0,8}}"
        pattern = rf"^\s*(?:{steps})\s*$|{TOKEN}"
        suggested = [*meta["values"], *(f"{name}:8" for name in meta["counted"])]
        return {"anyOf": [{"enum": suggested}, {"pattern": pattern}, {"type": "array"}]}
    name = str(rules.get("check_with", meta.get("pattern", "")))
    if not is_pattern(name):
        return {}
    found: Json = {"pattern": f"^(?:{pattern_text(name)})$|{TOKEN}"}
    if limits := bounds(name):
        found |= {"minimum": limits[0], "maximum": limits[1]}
    return found


def _not_empty(types: Iterable[str]) -> Json:
    keywords = {"string": "minLength", "list": "minItems", "dict": "minProperties"}
    return {keywords[name]: 1 for name in types if name in keywords}


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
