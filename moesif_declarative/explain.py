"""What would be sent for a call, and why: event building with its steps told.

Flows in: a HAR entry and compiled hooks. Flows out: the masked event and a trace of every rule
that was tried. It takes the very steps that production takes; it sends nothing and draws no lots.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from moesif_declarative.call import Call, json_text
from moesif_declarative.errors import DEFAULT_ORIGIN, Problems
from moesif_declarative.event import Event, build_event
from moesif_declarative.har import (
    HarError,
    foreign_scheme,
    missing_bodies,
    record_from,
    stand_in_handler,
)
from moesif_declarative.hooks import (
    IDENTITIES,
    Findings,
    Hooks,
    Told,
    compile_hooks,
    compile_outgoing_hooks,
)
from moesif_declarative.outgoing import MadeCall
from moesif_declarative.rules.mask import MaskTrace
from moesif_declarative.schema.settings import Settings

_SETTING: Final = re.compile(r"\b[A-Z]+_[A-Z_]+\b")  # what left something out, in its reason
_LONGEST_SHOWN: Final = 80


def explain_entry(entry: Mapping[str, Any], settings: Settings, hooks: Hooks) -> dict[str, Any]:
    """Say what would be sent for one HAR entry.

    Args:
        entry: One of ``log.entries``; ``_env`` stands over the process's environment, and null
            unsets a variable there. With ``_direction = "Outgoing"`` it is a call that the
            application made.
        settings: The settings.
        hooks: What they were compiled to, for incoming calls.

    Returns:
        ``{"skipped": bool, "event": {…} | None, "trace": [{"hook", "rule", "origin",
        "outcome"}]}``; the event as its JSON reads. The trace never shows what a mask hid.

    Raises:
        HarError: The entry has no request, or the settings are wrong under its ``_env``.
    """
    record = record_from(entry, settings.max_body_size)
    outgoing = record.direction == "Outgoing"
    if scheme := foreign_scheme(entry):
        return _not_taken(f"no call over HTTP, but {scheme}:")
    if outgoing and not settings.capture_outgoing_requests:
        return _not_taken("outgoing, and CAPTURE_OUTGOING_REQUESTS is off")
    if entry.get("_env"):
        settings, hooks = _with_variables(entry["_env"], settings)
    if outgoing:
        hooks = compile_outgoing_hooks(settings, hooks, Problems())
    call = Call(record, hooks.view)
    call.handler = MadeCall(call) if outgoing else stand_in_handler(entry, record)
    findings = Findings(told=[], draw=lambda: 0.0)
    hooks.run_on_loop(call, findings)
    call.handler = None
    where = MaskTrace()
    event = build_event(call, findings, hooks, remarks=settings.mask_remarks, trace=where)
    document = event.document
    sent = None if document is None else json_text.parse(json_text.encode(document))
    told = [_with_value(line, sent) for line in findings.told or ()]
    if not findings.unwanted:
        told += _masks_told(event, findings, hooks, where)
        told += _left_out_told(event, hooks, entry, settings)
    return {"skipped": sent is None, "event": sent, "trace": [_row(line) for line in told]}


def _not_taken(why: str) -> dict[str, Any]:
    told = Told("left out", "", DEFAULT_ORIGIN, why)
    return {"skipped": True, "event": None, "trace": [_row(told)]}


def _with_variables(variables: Any, settings: Settings) -> tuple[Settings, Hooks]:
    if not isinstance(variables, Mapping):
        raise HarError("_env must be an object")
    effective = dict(settings.variables)
    for name, value in variables.items():
        effective.pop(str(name), None)
        if value is not None:
            plain = json_text.plain(value)
            effective[str(name)] = plain if isinstance(plain, str) else json_text.dump(plain)
    problems = Problems()
    settings = dataclasses.replace(settings, variables=effective)
    hooks = compile_hooks(settings, problems)
    compile_outgoing_hooks(settings, hooks, problems)
    for problem in problems.errors:
        # Hooks that are not whole would show what they should have hidden.
        raise HarError(f"under its _env, {problem.key} is wrong: {problem.message}")
    return settings, hooks


def _row(line: Told) -> dict[str, Any]:
    return {
        "hook": line.hook,
        "rule": line.rule,
        "origin": str(line.origin),
        "outcome": line.outcome,
    }


def _with_value(line: Told, sent: Any) -> Told:
    """Add what an identity is, as it would be sent: masks come last, and may hide it."""
    path = IDENTITIES.get(line.hook.removesuffix("_OUTGOING"))
    if path is None or sent is None or line.outcome != f"gave {'.'.join(path)}":
        return line
    value = sent
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        return dataclasses.replace(line, outcome=f"{line.outcome}, which is not sent")
    text = json_text.dump(value)
    text = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return dataclasses.replace(line, outcome=f"{line.outcome} = {text}")


def _masks_told(event: Event, findings: Findings, hooks: Hooks, where: MaskTrace) -> Iterator[Told]:
    """Tell the masks that were tried: where each changed something, never what stood there."""
    failed = dict(event.failures)
    for rule in hooks.masks.rules if findings.masks is not None else ():
        places = where.places(rule.name)
        if rule.name in failed:
            error = failed[rule.name]
            outcome = f"failed with {type(error.__cause__ or error).__name__}: fails closed"
        elif findings.masks is not None and not findings.masks.applies(rule):
            condition = "" if rule.when is None else f": {rule.when.text}"
            outcome = f"its condition does not hold{condition}"
        else:
            outcome = f"masked {', '.join(places)}" if places else "nothing to mask"
        yield Told("MASK_EVENT_MODEL", rule.name, rule.origin, outcome)


def _left_out_told(
    event: Event, hooks: Hooks, entry: Mapping[str, Any], settings: Settings
) -> Iterator[Told]:
    told = dict(event.left_out)
    for place, why in (*event.left_out, *missing_bodies(entry)):
        if told.get(place, why) == why:
            key = _SETTING.search(why)
            origin = settings.place.at(key[0]).origin if key else hooks.masks.origin
            yield Told("left out", "", origin, f"{place}: {why}")
