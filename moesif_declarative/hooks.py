"""Closures and callables joined into one frozen set of hooks.

Flows in: typed settings. Flows out: `Hooks`, which say for any call who its user and company
are, whether it is skipped, what metadata it gets and how it is masked; or problems.

Each hook is a step. A step that needs the Tornado handler runs on the loop while the handler is
there, every other one behind it; each runs once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.call import Call, View, json_text
from moesif_declarative.call.address import client_address
from moesif_declarative.errors import DEFAULT_ORIGIN, Origin, Problems
from moesif_declarative.rules.compiled import (
    CallableFailedError,
    Condition,
    Needs,
    Scope,
    Source,
)
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.rules.identity import compile_authorization_user, identity_text
from moesif_declarative.rules.mask import Decisions, Masks, compile_masks
from moesif_declarative.rules.metadata import compile_metadata
from moesif_declarative.rules.sample import SampleRule, compile_sample, decide
from moesif_declarative.rules.source import compile_source
from moesif_declarative.schema.settings import RuleTable, Settings

IDENTITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "IDENTIFY_USER": ("user_id",),
    "IDENTIFY_COMPANY": ("company_id",),
    "IDENTIFY_SUBSCRIPTION": ("subscription_id",),
    "GET_SESSION_TOKEN": ("session_token",),
    "API_VERSION": ("request", "api_version"),
    "ACTION_NAME": ("action_name",),
}
"""The hooks that give a text, in their order of work, and where it stands in the event."""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One source in a chain, of which the first that gives a value wins."""

    name: str
    origin: Origin
    source: Source


@dataclass(frozen=True, slots=True)
class SkipRule:
    """One condition under which a call is skipped or, with ``keep``, kept."""

    name: str
    origin: Origin
    condition: Condition
    keep: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what `explain` tells: a rule that was tried, and what came of it."""

    hook: str
    rule: str
    origin: Origin
    outcome: str


@dataclass(slots=True)
class Findings:
    """What the steps have found about one call so far.

    Attributes:
        skipped_by: The name of the SKIP rule that matched, None while none has.
        sampled_out: Whether the draw went against the call.
        weight: How many calls this one stands for.
        masks: The verdicts of the masks' conditions.
        faults: What went wrong in users' callables: setting, rule and error.
        done: The steps that have run.
        told: What `explain` tells, in order; None where nobody asks.
        draw: Where SAMPLE's lots come from: numbers from 0 up to 1.
    """

    skipped_by: str | None = None
    sampled_out: bool = False
    weight: int = 1
    masks: Decisions | None = None
    faults: list[tuple[str, str, BaseException]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    told: list[Told] | None = None
    draw: Callable[[], float] = random.random

    def tell(self, hook: str, rule: SourceRule | SkipRule | SampleRule, outcome: str) -> None:
        """Say what came of a rule, where somebody asks."""
        if self.told is not None:
            self.told.append(Told(hook, rule.name, rule.origin, outcome))

    def fail(
        self, hook: str, rule: SourceRule | SkipRule | SampleRule, error: CallableFailedError
    ) -> None:
        """Note that a user's callable failed in a rule, which then counts for nothing."""
        self.faults.append((hook, rule.name, error))
        self.tell(hook, rule, f"failed with {type(error.__cause__ or error).__name__}")

    def fail_within(self, hook: str, rule: SourceRule | SkipRule | SampleRule, call: Call) -> None:
        """Note the callables that failed in a rule which went on without them."""
        for error in call.failures:
            self.faults.append((hook, rule.name, error))
            cause = type(error.__cause__ or error).__name__
            self.tell(hook, rule, f"failed with {cause} in one value, which has none then")
        call.failures.clear()

    @property
    def unwanted(self) -> bool:
        """Whether the call is not to be sent, so that no further step matters."""
        return self.skipped_by is not None or self.sampled_out


@dataclass(frozen=True, slots=True)
class Step:
    """One hook as it runs on a call."""

    name: str
    needs: Needs
    run: Callable[[Call, Findings], None]


@dataclass(frozen=True, slots=True)
class BodyWish:
    """Which bodies are sent.

    Attributes:
        off: Side (``request``, ``response``) to the setting that keeps its bodies back.
        wanted_type: Whether a content type is one of ``BODY_CONTENT_TYPES``.
    """

    off: Mapping[str, str]
    wanted_type: Callable[[str], bool]

    def refused_by(self, side: str, content_type: str) -> str | None:
        """Name the setting by which a side's body is not sent; None: it is sent."""
        if side in self.off:
            return self.off[side]
        return None if self.wanted_type(content_type) else "BODY_CONTENT_TYPES"


@dataclass(frozen=True, slots=True)
class Hooks:
    """Everything that is done with a call, compiled.

    Attributes:
        skip: SKIP rules in order.
        sample: SAMPLE rules in order.
        identities: Setting name to its chain of sources.
        metadata: What gives the metadata, None without any.
        masks: What hides data, last of all.
        view: How calls are looked at.
        bodies: Which bodies are sent.
        steps: All hooks in their order of work.
        on_loop: Names of the steps that run on the loop.
    """

    skip: tuple[SkipRule, ...]
    sample: tuple[SampleRule, ...]
    identities: Mapping[str, tuple[SourceRule, ...]]
    metadata: SourceRule | None
    masks: Masks
    view: View
    bodies: BodyWish
    steps: tuple[Step, ...]
    on_loop: frozenset[str]

    def run_on_loop(self, call: Call, findings: Findings) -> None:
        """Run the steps that need the handler, and those that come cheap."""
        for step in self.steps:
            if step.name in self.on_loop and not findings.unwanted:
                step.run(call, findings)
                findings.done.add(step.name)

    def run_rest(self, call: Call, findings: Findings) -> None:
        """Run the steps that have not run yet."""
        for step in self.steps:
            if step.name not in findings.done and not findings.unwanted:
                step.run(call, findings)


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
    steps = _steps(skip, sample, identities, metadata, masks)
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
        on_loop=_on_loop(steps),
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


def _steps(
    skip: tuple[SkipRule, ...],
    sample: tuple[SampleRule, ...],
    identities: Mapping[str, tuple[SourceRule, ...]],
    metadata: SourceRule | None,
    masks: Masks,
) -> tuple[Step, ...]:
    steps = []
    if skip:
        needs = _all_needs(rule.condition.needs for rule in skip)
        steps.append(Step("SKIP", needs, lambda call, found: _run_skip(skip, call, found)))
    if sample:
        needs = _all_needs(rule.needs for rule in sample)
        steps.append(Step("SAMPLE", needs, lambda call, found: _run_sample(sample, call, found)))
    for setting, chain in identities.items():
        if chain:
            needs = _all_needs(rule.source.needs for rule in chain)
            steps.append(Step(setting, needs, _identity_step(setting, chain)))
    if metadata is not None:
        steps.append(Step("GET_METADATA", metadata.source.needs, _metadata_step(metadata)))
    steps.append(Step("MASK_EVENT_MODEL", masks.needs, _mask_step(masks)))
    return tuple(steps)


def _all_needs(needs: Any) -> Needs:
    total = Needs.NOTHING
    for need in needs:
        total |= need
    return total


def _on_loop(steps: Sequence[Step]) -> frozenset[str]:
    """Choose the steps that run on the loop: as few as their needs allow."""
    chosen = {step.name for step in steps if Needs.HANDLER in step.needs}
    last_reader = max(
        (
            position
            for position, step in enumerate(steps)
            if step.name in chosen and Needs.IDENTITY in step.needs
        ),
        default=0,
    )
    chosen |= {step.name for step in steps[:last_reader] if step.name in IDENTITIES}
    # A call that is not wanted costs least when that is known at once; and no callable is asked
    # about a call that a rule skips.
    for step in steps:
        if step.name in {"SKIP", "SAMPLE"} and (chosen or Needs.BODY not in step.needs):
            chosen.add(step.name)
    return frozenset(chosen)


def _run_skip(rules: Sequence[SkipRule], call: Call, findings: Findings) -> None:
    for rule in rules:
        try:
            matched = rule.condition.holds(call)
        except CallableFailedError as error:
            findings.fail("SKIP", rule, error)
            continue
        if matched:
            findings.skipped_by = None if rule.keep else rule.name
            findings.tell("SKIP", rule, "matched: kept" if rule.keep else "matched: skipped")
            return
        if findings.told is not None:
            findings.tell("SKIP", rule, f"does not match: {rule.condition.why_not(call)}")


def _run_sample(rules: Sequence[SampleRule], call: Call, findings: Findings) -> None:
    for rule in rules:
        try:
            if findings.told is not None and rule.rate > 0:
                drawn = decide(rule.rate, 0.0) if rule.applies(call) else None
            else:
                drawn = rule.draw(call, findings.draw)
        except CallableFailedError as error:
            findings.fail("SAMPLE", rule, error)
            continue
        if drawn is not None:
            kept, findings.weight = drawn
            findings.sampled_out = not kept
            call.add(("weight",), findings.weight)
            by = "" if rule.by is None else f", chosen by {rule.by.text}"
            findings.tell("SAMPLE", rule, f"matched: {rule.rate:g} % are sent{by}")
            return
        if findings.told is not None and rule.condition is not None:
            findings.tell("SAMPLE", rule, f"does not match: {rule.condition.why_not(call)}")


def _identity_step(setting: str, chain: Sequence[SourceRule]) -> Callable[[Call, Findings], None]:
    path = IDENTITIES[setting]

    def run(call: Call, findings: Findings) -> None:
        for rule in chain:
            failed = False
            try:
                text = identity_text(rule.source.read(call))
            except CallableFailedError as error:
                findings.fail(setting, rule, error)
                text, failed = identity_text(error.default), True
            if text is not None:
                call.add(path, text)
                findings.tell(setting, rule, f"gave {'.'.join(path)}")
                return
            if findings.told is not None and not failed:
                findings.tell(setting, rule, f"no value: {rule.source.why(call)}")

    return run


def _metadata_step(rule: SourceRule) -> Callable[[Call, Findings], None]:
    def run(call: Call, findings: Findings) -> None:
        try:
            value = json_text.plain(rule.source.read(call))
        except CallableFailedError as error:
            findings.fail("GET_METADATA", rule, error)
            return
        findings.fail_within("GET_METADATA", rule, call)
        if isinstance(value, dict) and value:
            call.add(("metadata",), value)
            findings.tell("GET_METADATA", rule, f"gave {', '.join(value)}")
        else:
            findings.tell("GET_METADATA", rule, "no metadata")

    return run


def _mask_step(masks: Masks) -> Callable[[Call, Findings], None]:
    def run(call: Call, findings: Findings) -> None:
        findings.masks = masks.decide(call)

    return run
