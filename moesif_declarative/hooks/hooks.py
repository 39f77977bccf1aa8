"""One frozen set of hooks, and the running of it on a call.

Flows in: a `Call`. Flows out: its `Findings`, and what the hooks put into its document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moesif_declarative.call import Call, View
from moesif_declarative.hooks.findings import Findings
from moesif_declarative.hooks.rule import SkipRule, SourceRule
from moesif_declarative.hooks.step import SERVED, Step
from moesif_declarative.rules.compiled import Needs
from moesif_declarative.rules.mask import Masks
from moesif_declarative.rules.sample import SampleRule


@dataclass(frozen=True, slots=True)
class BodyWish:
    """Which bodies are sent.

    Attributes:
        off: Side (``request``, ``response``) to the setting that keeps its bodies back.
        wanted_type: Whether a content type is one of ``BODY_CONTENT_TYPES``.
        all: Whether every body is sent.
    """

    off: Mapping[str, str]
    wanted_type: Callable[[str], bool]
    all: bool = False

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

    def run_served(self, call: Call, findings: Findings, *, even_dear: bool = False) -> None:
        """Run the steps up to the decision by what Moesif serves, unless one is dear.

        A call that is left out costs least when that is known at once.

        Args:
            call: The call.
            findings: What is found is added to them.
            even_dear: Run them also when one needs a body parsed.
        """
        first = self.steps[: [step.name for step in self.steps].index(SERVED) + 1]
        if not even_dear and any(Needs.BODY in step.needs for step in first):
            return
        for step in first:
            if not findings.unwanted:
                step.run(call, findings)
                findings.done.add(step.name)

    def run_on_loop(self, call: Call, findings: Findings) -> None:
        """Run the steps that need the handler, and those that come cheap."""
        for step in self.steps:
            wanted = step.name in self.on_loop and step.name not in findings.done
            if wanted and not findings.unwanted:
                step.run(call, findings)
                findings.done.add(step.name)

    def run_rest(self, call: Call, findings: Findings) -> None:
        """Run the steps that have not run yet."""
        done = findings.done
        for step in self.steps:
            if step.name not in done:
                if findings.unwanted:
                    return
                step.run(call, findings)
