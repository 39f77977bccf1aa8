"""What the hooks have found about one call.

Flows in: verdicts, weights and faults, step by step. Flows out: whether the call is wanted, and
what `explain` and the log tell of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from moesif_declarative.call import Call
from moesif_declarative.errors import Origin
from moesif_declarative.hooks.rule import SkipRule, SourceRule
from moesif_declarative.rules.compiled import CallableFailedError
from moesif_declarative.rules.mask import Decisions
from moesif_declarative.rules.sample import SampleRule

Given: TypeAlias = "str | CallableFailedError | None"
"""What a source of an identity gave: a text, nothing, or the failure of its callable."""


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
        rated: Whether a SAMPLE rule has matched, so that no other rate counts.
        identities: Hook to the text that it gave: ``IDENTIFY_USER``, ….
        known: What sources gave before the response was there, by the `id` of the rule.
        served: Decides, once user and company are known, by what Moesif serves; None without
            anything served, and for `explain`.
        masks: The verdicts of the masks' conditions.
        faults: What went wrong in users' callables: setting, rule and error.
        done: The steps that have run.
        told: What `explain` tells, in order; None where nobody asks.
        draw: Where SAMPLE's lots come from: numbers from 0 up to 1.
    """

    skipped_by: str | None = None
    sampled_out: bool = False
    weight: int = 1
    rated: bool = False
    identities: dict[str, str] = field(default_factory=dict)
    known: Mapping[int, Given] = field(default_factory=dict)
    served: Callable[[Call, Findings], None] | None = None
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
