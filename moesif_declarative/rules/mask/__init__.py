"""Masks: what must not leave the process is taken out of every event, last of all.

Flows in, at startup: the typed settings. Flows out: `Masks`, which decides for each call which
rules apply and gives its event document masked. Where a rule cannot be applied, what it guards
does not leave the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Literal

import re2

from moesif_declarative.call import Call
from moesif_declarative.call.json_scan import PLAIN_SCAN, JsonScan
from moesif_declarative.errors import Origin
from moesif_declarative.rules.compiled import CallableFailedError, Condition, Needs, Scope
from moesif_declarative.rules.mask.fields import FieldStep
from moesif_declarative.rules.mask.plan import Step, make_plan
from moesif_declarative.rules.mask.result import Decisions, Masked, MaskRule, MaskTrace
from moesif_declarative.rules.mask.sieve import Sieve
from moesif_declarative.rules.mask.strip import strip
from moesif_declarative.rules.mask.text_places import TextStep
from moesif_declarative.rules.mask.texts import veiled
from moesif_declarative.rules.mask.work import Work
from moesif_declarative.rules.match import PatternLimitError
from moesif_declarative.schema.settings import Settings

__all__ = ["Decisions", "MaskRule", "MaskTrace", "Masked", "Masks", "compile_masks"]


@dataclass(frozen=True, slots=True)
class Masks:
    """All masks of one middleware, compiled.

    Attributes:
        rules: In their order of work: explicit rules, list settings, presets.
        needs: What deciding needs; with `Needs.HANDLER` it is done on the loop.
        steps: What does the rules' work.
        on_error: ``ON_MASK_ERROR``.
        unparsed: ``UNPARSED_BODY``.
        origin: Where `unparsed` was written, which decides what is left out.
        sieve: Looks for what the steps look for, all at once, so that places where there is
            nothing to mask are passed over; None passes over none. The result is the same.
        names: What stands in every text in which a field rule names a key.
        scan: Looks for the same as the sieve, for whoever reads JSON bodies.
    """

    rules: tuple[MaskRule, ...]
    needs: Needs
    steps: tuple[Step, ...]
    on_error: Literal["strip", "drop"]
    unparsed: Literal["omit", "send"]
    origin: Origin
    sieve: Sieve | None = None
    names: tuple[str, ...] = ()
    scan: JsonScan = PLAIN_SCAN
    _every: Decisions | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        conditional = any(rule.when is not None for rule in self.rules)
        every = None if conditional else Decisions((True,) * len(self.rules))
        object.__setattr__(self, "_every", every)

    def decide(self, call: Call) -> Decisions:
        """Decide which rules apply, on the call as captured, before any mask. Never raises."""
        if self._every is not None:
            return self._every
        active: list[bool] = []
        failed: dict[int, Exception] = {}
        for rule in self.rules:
            try:
                active.append(rule.when is None or _holds(rule.when, call))
            except CallableFailedError as error:
                active.append(False)
                failed[rule.index] = error
        return Decisions(tuple(active), failed)

    def apply(
        self,
        document: dict[str, Any],
        call: Call,
        decisions: Decisions,
        trace: MaskTrace | None = None,
    ) -> Masked:
        """Mask an event. Never raises.

        Args:
            document: The event document, freshly built; it is changed in place.
            call: The call that it was built from.
            decisions: What `decide` said of this call.
            trace: Takes where each rule masked something; never what.

        Returns:
            The masked event, with what was done to it.
        """
        if not self.rules:
            return Masked(document)
        # The places of what was masked are told by the way that looks at everything.
        sieve = self.sieve if trace is None else None
        work = Work(
            document, call, decisions.active, self.unparsed, trace, self.names, sieve, self.scan
        )
        if trace is not None:
            work.veil = _veil(self.steps, decisions)
        for index, error in decisions.failed.items():
            self._fail(work, (self.rules[index],), error)
        for step in self.steps:
            if work.failures and self.on_error == "drop":
                break
            try:
                if work.every or any(map(decisions.applies, step.rules)):
                    step.run(work)
            except Exception as error:  # noqa: BLE001 - a failed mask must not let the event out
                self._fail(work, tuple(filter(decisions.applies, step.rules)), error)
        if work.keys_found:
            self._mask_keys(work, decisions)
        dropped = work.failures and self.on_error == "drop"
        return Masked(
            None if dropped else work.document,
            work.counts,
            tuple(work.failures),
            tuple(work.left_out),
        )

    def _mask_keys(self, work: Work, decisions: Decisions) -> None:
        for step in self.steps:
            if isinstance(step, TextStep):
                try:
                    step.mask_keys(work)
                except Exception as error:  # noqa: BLE001 - as for the step itself
                    self._fail(work, tuple(filter(decisions.applies, step.rules)), error)

    def _fail(self, work: Work, rules: tuple[MaskRule, ...], error: Exception) -> None:
        work.failures += [(rule.name, error) for rule in rules]
        guards = frozenset(guard for rule in rules for guard in rule.guards)
        if self.on_error == "strip":
            strip(work.document, guards, work.call.record.route)
            work.forget_bodies()


def _veil(steps: tuple[Step, ...], decisions: Decisions) -> Callable[[str], str]:
    targets = [
        target
        for step in steps
        if isinstance(step, TextStep)
        for target in step.targets
        if decisions.applies(target.rule)
    ]

    def veil(key: str) -> str:
        try:
            return veiled(targets, key)
        except PatternLimitError:
            return "…"  # what a pattern gave up on is not told

    return veil


def _holds(condition: Condition, call: Call) -> bool:
    if Needs.HANDLER in condition.needs and call.handler is None:
        # Such a condition finds no value now, and so would switch its mask off unasked.
        raise CallableFailedError("a mask's condition was asked for when the handler was gone")
    return condition.holds(call)


def compile_masks(settings: Settings, scope: Scope) -> Masks:
    """Compile all masks: ``MASK_EVENT_MODEL``, the list settings, ``MASK_PRESETS``.

    Args:
        settings: The typed settings.
        scope: Collects everything that is wrong; a rule with a problem is not among the masks.
    """
    plan = make_plan(settings, scope)
    needs = reduce(or_, (rule.when.needs for rule in plan.rules if rule.when), Needs.NOTHING)
    sieve, scan = _sieve(plan.steps)
    return Masks(
        plan.rules,
        needs,
        plan.steps,
        settings.on_mask_error,
        settings.unparsed_body,
        settings.place.at("UNPARSED_BODY").origin,
        sieve,
        _names(plan.steps),
        scan,
    )


def _names(steps: tuple[Step, ...]) -> tuple[str, ...]:
    targets = [target for step in steps if isinstance(step, FieldStep) for target in step.targets]
    return tuple(dict.fromkeys(core for target in targets for core in target.names.cores))


def _sieve(steps: tuple[Step, ...]) -> tuple[Sieve | None, JsonScan]:
    signs = [sign for step in steps for sign in getattr(step, "signs", ())]
    if not steps:
        return None, PLAIN_SCAN
    try:
        return Sieve(signs), JsonScan({sign: sign.pattern for sign in signs})
    except re2.error:  # more names than one pass takes
        return None, PLAIN_SCAN
