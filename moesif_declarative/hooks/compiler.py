"""Rules compiled and joined into a set of hooks.

Flows in: typed settings. Flows out: `Hooks`, or problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moesif_declarative.call import View
from moesif_declarative.call.address import client_address
from moesif_declarative.errors import DEFAULT_ORIGIN, Problems
from moesif_declarative.hooks.hooks import BodyWish, Hooks
from moesif_declarative.hooks.rule import SkipRule, SourceRule
from moesif_declarative.hooks.step import IDENTITIES, choose_on_loop, make_steps
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.rules.identity import compile_authorization_user
from moesif_declarative.rules.mask import compile_masks
from moesif_declarative.rules.metadata import compile_metadata
from moesif_declarative.rules.sample import compile_sample
from moesif_declarative.rules.source import compile_source
from moesif_declarative.schema.settings import RuleTable, Settings


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
    metadata = _metadata_rule(settings, scope)
    masks = compile_masks(settings, scope)
    _try_outgoing(settings, scope)
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
        ),
        bodies=_bodies(settings),
        steps=steps,
        on_loop=choose_on_loop(steps),
    )


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
    return BodyWish(off, compile_globs(settings.body_content_types, ignore_case=True))


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
    return tuple(chain)


def _metadata_rule(settings: Settings, scope: Scope) -> SourceRule | None:
    if settings.get_metadata is None:
        return None
    place = settings.place.at("GET_METADATA")
    source = compile_metadata(settings.get_metadata, place, scope)
    return None if source is None else SourceRule("", place.origin, source)


def _try_outgoing(settings: Settings, scope: Scope) -> None:
    """Compile the rules of outgoing calls for what is wrong with them, and for nothing else."""
    for rule in settings.rules.get("SKIP_OUTGOING", ()):
        _skip_rule(scope)(rule)
    for setting in IDENTITIES:
        for rule in settings.rules.get(f"{setting}_OUTGOING", ()):
            compile_source(rule.table, rule.place, scope)
    if settings.get_metadata_outgoing is not None:
        place = settings.place.at("GET_METADATA_OUTGOING")
        compile_metadata(settings.get_metadata_outgoing, place, scope)


def _verifies(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "verify" in value or any(map(_verifies, value.values()))
    return isinstance(value, list | tuple) and any(map(_verifies, value))
