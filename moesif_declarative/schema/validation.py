"""From loaded values to typed settings: every check of shape, in one go.

Flows in: what the loader merged. Flows out: `Settings`, and every problem that was found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moesif_declarative.errors import Place
from moesif_declarative.schema.documents import options
from moesif_declarative.schema.metadata_table import metadata_table
from moesif_declarative.schema.plain import check_keys, defaults, right_values
from moesif_declarative.schema.rule_set import rule_tables
from moesif_declarative.schema.settings import RuleTable, Settings
from moesif_declarative.schema.table import MAX_DEPTH, check_table
from moesif_declarative.schema.validator import can_run

if TYPE_CHECKING:
    from moesif_declarative.errors import Problems
    from moesif_declarative.settings.loaded import Loaded

_HAND_MADE = {"environment", "variables", "place", "rules", "remainders"}
_OPTIONAL = {"sink_path", "spool_dir", "mask_hash_key"}
_UNREAD = {
    "file-missing",
    "file-not-toml",
    "file-not-utf8",
    "file-unreadable",
    "source-unknown",
    "toml-duplicate-key",
    "toml-syntax",
}
_FLOATS = {"event_batch_timeout", "request_timeout", "reload"}


def validate(loaded: Loaded, problems: Problems) -> Settings:
    """Check loaded settings against the schema.

    Args:
        loaded: The merged values of all layers, with their origins.
        problems: Collects everything that is wrong; `Problems.errors` tells whether the
            settings may be used.

    Returns:
        The settings. What is wrong is left out of them, or stands at its default. Never raises
        for wrong settings.
    """
    place = Place((), loaded.origins)
    # None in the original package's dict means the same as no key.
    values = {key: _plain(item) for key, item in loaded.values.items() if item is not None}
    if not can_run():
        message = "Cerberus, which validates the settings, does not run under `python -OO`"
        problems.error("python-optimized", place, message, "start Python with -O, or without it")
        values = {}
    check_keys(values, place, problems)
    right = right_values(values, place, problems) if values else {}
    _take_old_names(right, values, place, problems)
    tables, others = _rules(right, place, problems)
    metadata, rest = _metadata(right, place, problems)
    _check_tests(right.get("TESTS", {}), place.at("TESTS"), problems)
    effective = {**defaults(from_dict=loaded.from_dict), **right}
    if not _unsure(values, right, problems):
        _check_account(effective, values, place, problems)
    rules = _with_hash_key(tables, effective, problems)
    return Settings(
        environment=loaded.environment,
        variables=loaded.variables,
        place=place,
        rules=rules,
        remainders={**others, **rest},
        **_fields({**effective, **metadata}),
    )


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn the mappings and sequences of Python settings into dictionaries and lists."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return value


def _take_old_names(
    right: dict[str, Any], values: Mapping[str, Any], place: Place, problems: Problems
) -> None:
    for name, option in options("settings").items():
        new = option.meta.get("old")
        if not new or name not in values:
            continue
        problems.warning("deprecated-key", place.at(name), "is an old name", f"write `{new}`")
        if name in right and new not in values:
            right[new] = right[name]


def _rules(
    right: Mapping[str, Any], place: Place, problems: Problems
) -> tuple[dict[str, tuple[RuleTable, ...]], dict[str, tuple[RuleTable, ...]]]:
    """Return the rules of every setting that takes some, and what is right in the others."""
    rules: dict[str, tuple[RuleTable, ...]] = {}
    others: dict[str, tuple[RuleTable, ...]] = {}
    for name, option in options("settings").items():
        if "rules" in option.meta:
            rules[name] = ()
        if name in rules and name in right:
            rules[name], left = rule_tables(option, right[name], place.at(name), problems)
            others |= {name: left} if left else {}
    return rules, others


def _metadata(
    right: Mapping[str, Any], place: Place, problems: Problems
) -> tuple[dict[str, Mapping[str, Any] | None], dict[str, Mapping[str, Any]]]:
    """Return both tables of metadata, and what is right in wrong ones."""
    tables: dict[str, Mapping[str, Any] | None] = {}
    others: dict[str, Mapping[str, Any]] = {}
    for name, option in options("settings").items():
        if option.holds != "metadata" or name not in right:
            continue
        tables[name], left = metadata_table(right[name], place.at(name), problems)
        others |= {name: left} if left else {}
    return tables, others


def _check_tests(tests: Mapping[str, Any], place: Place, problems: Problems) -> None:
    for name, test in tests.items():
        check_table("test", test, place.at(name), problems)


def _unsure(values: Mapping[str, Any], right: Mapping[str, Any], problems: Problems) -> bool:
    """Tell whether what the account check needs may stand in what could not be read."""
    unread = any(problem.code in _UNREAD for problem in problems.errors)
    wrong = any(key in values and key not in right for key in ("ENABLED", "SINK"))
    return wrong or unread


def _check_account(
    effective: Mapping[str, Any], values: Mapping[str, Any], place: Place, problems: Problems
) -> None:
    """Check what the sink needs: an application id, or a path."""
    if not effective["ENABLED"]:
        return
    sink = effective["SINK"]
    if sink == "moesif" and not values.get("APPLICATION_ID"):
        hint = "set MOESIF_APPLICATION_ID, or write it in .secrets.toml"
        problems.error("application-id-missing", place.at("APPLICATION_ID"), "is required", hint)
    if sink == "file" and not values.get("SINK_PATH"):
        hint = 'write `SINK_PATH = "events.jsonl"`'
        # It is missing where the sink was chosen, which has a line.
        where = Place(("SINK_PATH",), {("SINK_PATH",): place.at("SINK").origin})
        problems.error("sink-path-missing", where, 'is required by SINK = "file"', hint)


def _with_hash_key(
    tables: Mapping[str, tuple[RuleTable, ...]], effective: Mapping[str, Any], problems: Problems
) -> dict[str, tuple[RuleTable, ...]]:
    """Report masks that hash without a key, and leave them out."""
    masks = tables["MASK_EVENT_MODEL"]
    keyless = [
        rule
        for rule in masks
        if rule.table.get("action") == "hash" and not effective.get("MASK_HASH_KEY")
    ]
    for rule in keyless:
        hint = "set MOESIF_MASK_HASH_KEY, or write MASK_HASH_KEY in .secrets.toml"
        message = '"hash" needs MASK_HASH_KEY'
        problems.error("hash-key-missing", rule.place.at("action"), message, hint)
    return {**tables, "MASK_EVENT_MODEL": tuple(rule for rule in masks if rule not in keyless)}


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give every plain field of `Settings` its value, lists as tuples."""
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(Settings):
        if field.name in _HAND_MADE:
            continue
        value = values.get(field.name.upper())
        fields[field.name] = tuple(value) if isinstance(value, list) else value
    for name in _FLOATS:
        fields[name] = float(fields[name])
    for name in _OPTIONAL:
        fields[name] = fields[name] or None
    fields["application_id"] = fields["application_id"] or ""
    fields["tests"] = fields["tests"] or {}
    return fields
