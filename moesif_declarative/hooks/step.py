"""Each hook as a step: skip, sample, identities, metadata, the masks' conditions.

Flows in: rules. Flows out: steps in their order of work, and which of them run on the loop.

A step that needs the Tornado handler runs on the loop while the handler is there, every other one
behind it; each runs once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.call import Call
from moesif_declarative.hooks.findings import Findings
from moesif_declarative.hooks.rule import SkipRule, SourceRule
from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.identity import identity_text
from moesif_declarative.rules.mask import Masks
from moesif_declarative.rules.sample import SampleRule, decide

IDENTITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "IDENTIFY_USER": ("user_id",),
    "IDENTIFY_COMPANY": ("company_id",),
    "IDENTIFY_SUBSCRIPTION": ("subscription_id",),
    "GET_SESSION_TOKEN": ("session_token",),
    "API_VERSION": ("request", "api_version"),
    "ACTION_NAME": ("action_name",),
}
"""The hooks that give a text, in their order of work, and where it stands in the event."""

SERVED: Final = "SERVED"
"""The step that decides by what Moesif serves."""

_LAST_FOR_SERVED: Final = "IDENTIFY_COMPANY"


@dataclass(frozen=True, slots=True)
class Step:
    """One hook as it runs on a call."""

    name: str
    needs: Needs
    run: Callable[[Call, Findings], None]


def make_steps(
    skip: tuple[SkipRule, ...],
    sample: tuple[SampleRule, ...],
    identities: Mapping[str, tuple[SourceRule, ...]],
    metadata: SourceRule | None,
    masks: Masks,
    *,
    suffix: str = "",
) -> tuple[Step, ...]:
    """Make the steps of a set of rules, in their order of work; a hook without rules has none.

    Args:
        skip: SKIP rules in order.
        sample: SAMPLE rules in order.
        identities: Setting name to its chain of sources.
        metadata: What gives the metadata, None without any.
        masks: What hides data, last of all.
        suffix: What the settings' names end with: ``_OUTGOING`` for outgoing calls.
    """
    steps = []
    if skip:
        needs = _all_needs(rule.condition.needs for rule in skip)
        steps.append(Step("SKIP", needs, _skip_step(f"SKIP{suffix}", skip)))
    if sample:
        needs = _all_needs(rule.needs for rule in sample)
        steps.append(Step("SAMPLE", needs, lambda call, found: _run_sample(sample, call, found)))
    for setting, chain in identities.items():
        if chain:
            needs = _all_needs(rule.source.needs for rule in chain)
            steps.append(Step(setting, needs, _identity_step(setting, suffix, chain)))
        if setting == _LAST_FOR_SERVED:
            steps.append(Step(SERVED, Needs.NOTHING, _run_served))
    if metadata is not None:
        steps.append(Step("GET_METADATA", metadata.source.needs, _metadata_step(suffix, metadata)))
    steps.append(Step("MASK_EVENT_MODEL", masks.needs, _mask_step(masks)))
    return tuple(steps)


def choose_on_loop(steps: Sequence[Step]) -> frozenset[str]:
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


def _all_needs(needs: Any) -> Needs:
    total = Needs.NOTHING
    for need in needs:
        total |= need
    return total


def _skip_step(setting: str, rules: Sequence[SkipRule]) -> Callable[[Call, Findings], None]:
    def run(call: Call, findings: Findings) -> None:
        for rule in rules:
            try:
                matched = rule.condition.holds(call)
            except CallableFailedError as error:
                findings.fail(setting, rule, error)
                continue
            if matched:
                findings.skipped_by = None if rule.keep else rule.name
                findings.tell(setting, rule, "matched: kept" if rule.keep else "matched: skipped")
                return
            if findings.told is not None:
                findings.tell(setting, rule, f"does not match: {rule.condition.why_not(call)}")

    return run


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
            findings.rated = True
            findings.sampled_out = not kept
            call.add(("weight",), findings.weight)
            by = "" if rule.by is None else f", chosen by {rule.by.text}"
            findings.tell("SAMPLE", rule, f"matched: {rule.rate:g} % are sent{by}")
            return
        if findings.told is not None and rule.condition is not None:
            findings.tell("SAMPLE", rule, f"does not match: {rule.condition.why_not(call)}")


def _run_served(call: Call, findings: Findings) -> None:
    if findings.served is not None:
        findings.served(call, findings)


def _identity_step(
    identity: str, suffix: str, chain: Sequence[SourceRule]
) -> Callable[[Call, Findings], None]:
    path, setting = IDENTITIES[identity], f"{identity}{suffix}"
    gave = f"gave {'.'.join(path)}"

    def run(call: Call, findings: Findings) -> None:
        for rule in chain:
            failed = False
            try:
                text = _identity(rule, call, findings)
            except CallableFailedError as error:
                findings.fail(setting, rule, error)
                text, failed = identity_text(error.default), True
            if text is not None:
                call.add(path, text)
                findings.identities[identity] = text
                if findings.told is not None:
                    findings.tell(setting, rule, gave)
                return
            if findings.told is not None and not failed:
                findings.tell(setting, rule, f"no value: {rule.source.why(call)}")

    return run


def _identity(rule: SourceRule, call: Call, findings: Findings) -> str | None:
    """Take what a source gave before there was a response, else ask it."""
    if id(rule) not in findings.known:
        return identity_text(rule.source.read(call))
    given = findings.known[id(rule)]
    if isinstance(given, CallableFailedError):
        raise given
    return given


def _metadata_step(suffix: str, rule: SourceRule) -> Callable[[Call, Findings], None]:
    setting = f"GET_METADATA{suffix}"

    def run(call: Call, findings: Findings) -> None:
        try:
            value = rule.source.read(call)
        except CallableFailedError as error:
            findings.fail(setting, rule, error)
            return
        if call.failures:
            findings.fail_within(setting, rule, call)
        given = isinstance(value, dict) and bool(value)
        if given:
            call.add(("metadata",), value)
        if findings.told is not None:
            findings.tell(setting, rule, f"gave {', '.join(value)}" if given else "no metadata")

    return run


def _mask_step(masks: Masks) -> Callable[[Call, Findings], None]:
    def run(call: Call, findings: Findings) -> None:
        findings.masks = masks.decide(call)

    return run
