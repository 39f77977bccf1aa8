"""What would be sent for a call, and why: event building with its steps told.

Flows in: a HAR entry and compiled hooks. Flows out: the masked event and a trace of every rule
that was tried. It takes the very steps that production takes; it sends nothing and draws no lots.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from moesif_declarative.call import Call, json_text
from moesif_declarative.errors import Problems
from moesif_declarative.event import Event, build_event
from moesif_declarative.har import record_from, stand_in_handler
from moesif_declarative.hooks import Findings, Hooks, Told, compile_hooks
from moesif_declarative.rules.mask import MaskTrace
from moesif_declarative.schema.settings import Settings


def explain_entry(entry: Mapping[str, Any], settings: Settings, hooks: Hooks) -> dict[str, Any]:
    """Say what would be sent for one HAR entry.

    Args:
        entry: One of ``log.entries``; ``_env`` stands over the process's environment.
        settings: The settings.
        hooks: What they were compiled to.

    Returns:
        ``{"skipped": bool, "event": {…} | None, "trace": [{"hook", "rule", "origin",
        "outcome"}]}``; the event as its JSON reads.

    Raises:
        HarError: The entry has no request.
    """
    own_variables = entry.get("_env")
    if isinstance(own_variables, Mapping) and own_variables:
        hooks = _with_variables(own_variables, settings)
    record = record_from(entry, settings.max_body_size)
    call = Call(record, hooks.view, stand_in_handler(entry, record))
    findings = Findings(told=[], draw=lambda: 0.0)
    hooks.run_on_loop(call, findings)
    call.handler = None
    where = MaskTrace()
    event = build_event(call, findings, hooks, remarks=settings.mask_remarks, trace=where)
    told = [*(findings.told or ()), *_masks_told(event, findings, hooks, where)]
    document = event.document
    return {
        "skipped": document is None,
        "event": None if document is None else json_text.parse(json_text.encode(document)),
        "trace": [_row(line) for line in told],
    }


def _with_variables(variables: Mapping[str, Any], settings: Settings) -> Hooks:
    texts = {str(name): str(value) for name, value in variables.items()}
    settings = dataclasses.replace(settings, variables={**settings.variables, **texts})
    return compile_hooks(settings, Problems())


def _row(line: Told) -> dict[str, Any]:
    return {
        "hook": line.hook,
        "rule": line.rule,
        "origin": str(line.origin),
        "outcome": line.outcome,
    }


def _masks_told(event: Event, findings: Findings, hooks: Hooks, where: MaskTrace) -> list[Told]:
    """Tell the masks that were tried: where each changed something, never what stood there."""
    if findings.unwanted or findings.masks is None:
        return []
    failed = dict(event.failures)
    lines = []
    for rule in hooks.masks.rules:
        if rule.name in failed:
            error = failed[rule.name]
            outcome = f"failed with {type(error.__cause__ or error).__name__}: fails closed"
        elif not findings.masks.applies(rule):
            outcome = "its condition does not hold"
        else:
            places = where.places(rule.name)
            outcome = f"masked {', '.join(places)}" if places else "nothing to mask"
        lines.append(Told("MASK_EVENT_MODEL", rule.name, rule.origin, outcome))
    origin = hooks.masks.origin
    lines += [Told("left out", "", origin, f"{place}: {why}") for place, why in event.left_out]
    return lines
