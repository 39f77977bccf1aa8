"""Rules compiled and joined into a set of hooks.

Flows in: typed settings. Flows out: `Hooks`, or problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from moesif_declarative.call import View
from moesif_declarative.call.address import client_address
from moesif_declarative.errors import DEFAULT_ORIGIN, Problems
from moesif_declarative.hooks.hooks import BodyWish, Hooks
from moesif_declarative.hooks.rule import SkipRule, SourceRule
from moesif_declarative.hooks.step import IDENTITIES, choose_on_loop, make_steps
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.rules.identity import compile_authorization_user, route_action
from moesif_declarative.rules.mask import compile_masks
from moesif_declarative.rules.metadata import compile_metadata
from moesif_declarative.rules.sample import compile_sample
from moesif_declarative.rules.source import compile_source
from moesif_declarative.schema.settings import RuleTable, Settings

_OUTGOING: Final = "_OUTGOING"


def compile_hooks(settings: Settings, problems: Problems) -> Hooks:
    """Compile all rules of the settings.

    Args:
        settings: Validated in shape; its broken rules are left out of it already.
        problems: What is wrong with the rules is added here; while it holds errors, the hooks
            must not be used.

    Returns:
        The hooks, complete as far as the rules are right.
    """
    scope = _scope(settings, problems)
    skip = tuple(rule for rule in map(_skip_rule(scope), settings.rules.get("SKIP", ())) if rule)
    sample = compile_sample(settings.rules.get("SAMPLE", ()), scope)
    identities = {
        setting: _chain(settings.rules.get(setting, ()), scope, setting) for setting in IDENTITIES
    }
    metadata = _metadata_rule(settings.get_metadata, "GET_METADATA", settings, scope)
    masks = compile_masks(settings, scope)
    steps = make_steps(skip, sample, identities, metadata, masks)
    return Hooks(
        skip=skip,
        sample=sample,
        identities=identities,
        metadata=metadata,
        masks=masks,
        view=View(
            settings.max_body_size,
            client_address(settings.client_ip_headers, settings.trusted_proxies),
            masks.scan,
        ),
        bodies=_bodies(settings),
        steps=steps,
        on_loop=choose_on_loop(steps),
    )


def compile_outgoing_hooks(settings: Settings, incoming: Hooks, problems: Problems) -> Hooks:
    """Compile the rules for the calls that the application makes: the ``…_OUTGOING`` keys.

    Masks, ``SAMPLE``, ``MAX_BODY_SIZE`` and ``BODY_CONTENT_TYPES`` are those of incoming calls. The
    token that the application sends to others never identifies by itself, and no header names
    the client: that is this process.

    Args:
        settings: Validated in shape.
        incoming: The hooks of incoming calls, compiled from the same settings.
        problems: What is wrong with the rules is added here.

    Returns:
        The hooks, complete as far as the rules are right.
    """
    scope = _scope(settings, problems)
    rules = {
        setting: settings.rules.get(f"{setting}{_OUTGOING}", ())
        for setting in ("SKIP", *IDENTITIES)
    }
    skip = tuple(rule for rule in map(_skip_rule(scope), rules.pop("SKIP")) if rule)
    identities = {
        setting: _chain(chain, scope, f"{setting}{_OUTGOING}") for setting, chain in rules.items()
    }
    metadata = _metadata_rule(
        settings.get_metadata_outgoing, f"GET_METADATA{_OUTGOING}", settings, scope
    )
    steps = make_steps(
        skip, incoming.sample, identities, metadata, incoming.masks, suffix=_OUTGOING
    )
    return replace(
        incoming,
        skip=skip,
        identities=identities,
        metadata=metadata,
        view=View(settings.max_body_size, _no_address, incoming.masks.scan),
        bodies=_outgoing_bodies(settings),
        steps=steps,
        on_loop=choose_on_loop(steps),
    )


def _no_address(_headers: Mapping[str, str], _peer: str) -> None:
    """Say that no address is known of the client: Moesif takes that of the connection."""


def _outgoing_bodies(settings: Settings) -> BodyWish:
    key = "LOG_BODY_OUTGOING"
    off = {} if settings.log_body_outgoing else {"request": key, "response": key}
    fits = compile_globs(settings.body_content_types, ignore_case=True)
    return BodyWish(off, fits, all=not off and "*" in settings.body_content_types)


def _scope(settings: Settings, problems: Problems) -> Scope:
    names = (name.strip() for name in settings.authorization_header_name.split(","))
    key = settings.mask_hash_key
    return Scope(
        problems=problems,
        variables=settings.variables,
        environment=settings.environment,
        authorization_headers=tuple(name for name in names if name),
        user_id_field=settings.authorization_user_id_field,
        hash_key=key.encode() if key else None,
    )


def _bodies(settings: Settings) -> BodyWish:
    off = {}
    for side, wanted in (
        ("request", settings.log_request_body),
        ("response", settings.log_response_body),
    ):
        if not (settings.log_body and wanted):
            off[side] = f"LOG_{side.upper()}_BODY" if settings.log_body else "LOG_BODY"
    fits = compile_globs(settings.body_content_types, ignore_case=True)
    return BodyWish(off, fits, all=not off and "*" in settings.body_content_types)


def _skip_rule(scope: Scope) -> Callable[[RuleTable], SkipRule | None]:
    def compile_one(rule: RuleTable) -> SkipRule | None:
        table = {key: value for key, value in rule.table.items() if key != "action"}
        condition = compile_condition(table, rule.place, scope)
        if condition is None:
            return None
        keep = rule.table.get("action") == "keep"
        return SkipRule(rule.name, rule.place.origin, condition, keep)

    return compile_one


def _chain(rules: Sequence[RuleTable], scope: Scope, setting: str) -> tuple[SourceRule, ...]:
    chain = []
    for rule in rules:
        source = compile_source(rule.table, rule.place, scope)
        if source is not None:
            chain.append(SourceRule(rule.name, rule.place.origin, source))
    verified = any(_verifies(rule.table) for rule in rules)
    if setting == "IDENTIFY_USER" and scope.authorization_headers and not verified:
        automatic = compile_authorization_user(scope)
        chain.append(SourceRule("authorization", DEFAULT_ORIGIN, automatic))
    if setting == "ACTION_NAME":
        chain.append(SourceRule("route", DEFAULT_ORIGIN, route_action()))
    return tuple(chain)


def _metadata_rule(
    table: Mapping[str, Any] | None, key: str, settings: Settings, scope: Scope
) -> SourceRule | None:
    if table is None:
        return None
    place = settings.place.at(key)
    source = compile_metadata(table, place, scope)
    return None if source is None else SourceRule("", place.origin, source)


def _verifies(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "verify" in value or any(map(_verifies, value.values()))
    return isinstance(value, list | tuple) and any(map(_verifies, value))
