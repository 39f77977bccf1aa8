"""Masks: what must not leave the process is taken out of every event, last of all.

Flows in, at startup: the typed settings. Flows out: `Masks`, which decides for each call which
rules apply and gives its event document masked. Where a rule cannot be applied, what it guards
does not leave the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Literal

from moesif_declarative.call import Call
from moesif_declarative.errors import Origin
from moesif_declarative.rules.compiled import CallableFailedError, Condition, Needs, Scope
from moesif_declarative.rules.mask.plan import Step, make_plan
from moesif_declarative.rules.mask.result import Decisions, Masked, MaskRule, MaskTrace
from moesif_declarative.rules.mask.strip import strip
from moesif_declarative.rules.mask.work import Work
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
    """

    rules: tuple[MaskRule, ...]
    needs: Needs
    steps: tuple[Step, ...]
    on_error: Literal["strip", "drop"]
    unparsed: Literal["omit", "send"]
    origin: Origin

    def decide(self, call: Call) -> Decisions:
        """Decide which rules apply, on the call as captured, before any mask. Never raises."""
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
        work = Work(document, call, decisions.active, self.unparsed, trace)
        for index, error in decisions.failed.items():
            self._fail(work, (self.rules[index],), error)
        for step in self.steps:
            if work.failures and self.on_error == "drop":
                break
            rules = tuple(rule for rule in step.rules if decisions.applies(rule))
            try:
                if rules:
                    step.run(work)
            except Exception as error:  # noqa: BLE001 - a failed mask must not let the event out
                self._fail(work, rules, error)
        dropped = work.failures and self.on_error == "drop"
        return Masked(
            None if dropped else work.document,
            work.counts,
            tuple(work.failures),
            tuple(work.left_out),
        )

    def _fail(self, work: Work, rules: tuple[MaskRule, ...], error: Exception) -> None:
        work.failures += [(rule.name, error) for rule in rules]
        guards = frozenset(guard for rule in rules for guard in rule.guards)
        if self.on_error == "strip":
            strip(work.document, guards, work.call.record.route)
            work.forget_bodies()


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
    return Masks(
        plan.rules,
        needs,
        plan.steps,
        settings.on_mask_error,
        settings.unparsed_body,
        settings.place.at("UNPARSED_BODY").origin,
    )
