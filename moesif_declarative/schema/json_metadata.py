"""GET_METADATA in the vocabulary of JSON Schema Draft 4: data in which sources stand.

Flows in: the documents' languages. Flows out: definitions. They tell a source from data as
`metadata.leaf_kind` does: by a selector key that holds what the selector takes.
"""

from __future__ import annotations

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.json_value import TOKEN, Json, json_value, ref
from moesif_declarative.schema.languages import language, selectors


def metadata_definitions() -> Json:
    """Define the metadata's table, its leaves, and what makes a table a source."""
    guard = {"_when": json_value(options("metadata")["_when"])}
    data = {"type": "object", "properties": guard, "additionalProperties": ref("metadataLeaf")}
    call = json_value(options("source")["callable"])
    giver = {"required": ["callable"], "properties": {"callable": {"type": "string"}}}
    whole = {"properties": {"callable": call, **guard}, "additionalProperties": False}
    return {
        "metadata": {
            "anyOf": [
                {"type": "string", "pattern": TOKEN},
                {"allOf": [giver, whole]},
                {"not": giver, **data},
            ]
        },
        "metadataLeaf": {
            "description": "A constant, a source, a list of sources, or a table of such.",
            "anyOf": [
                {"allOf": [ref("metadataSource"), ref("leaf")]},
                {"not": ref("metadataSource"), **data},
                {"allOf": [ref("metadataChain"), {"items": ref("leaf", "whole")}]},
                {"not": {"anyOf": [{"type": "object"}, ref("metadataChain")]}},
            ],
        },
        "metadataSource": {"type": "object", "anyOf": [_picks(name) for name in selectors()]},
        "metadataChain": {"type": "array", "minItems": 1, "items": ref("metadataSource")},
        "metadataCondition": _condition(),
    }


def _picks(name: str) -> Json:
    """Describe a table in which this key is a selector and no data."""
    types = {"path_arg": ["string", "integer"], "value": None, "test": None}.get(name, "string")
    value: Json = {"type": types} if types else {}
    if name == "test":
        value = ref("metadataCondition")
    return {"required": [name], "properties": {name: value}}


def _condition() -> Json:
    """Describe what `test` takes for a condition: a table with a word of conditions, or a list."""
    words = "|".join(sorted(language("condition")))
    some: Json = {"not": {"patternProperties": {f"^(?:{words})$": {"not": {}}}}}
    tables = {"type": "array", "minItems": 1, "items": ref("metadataCondition")}
    return {"anyOf": [{"type": "object", **some}, tables]}
