"""What masking gives back: the rules it has, what was decided for a call, and what was done.

Flows in: nothing. Flows out: values that event building, counters and `explain` read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moesif_declarative.errors import Origin
from moesif_declarative.rules.compiled import Condition

EVERYTHING = "everything"
PATH = "path"


@dataclass(frozen=True, slots=True)
class MaskRule:
    """One mask rule as people see it.

    Attributes:
        index: Its place in the order of work, from 0.
        name: Its name; a preset of ``MASK_PRESETS`` bears the preset's, a list setting its key.
        origin: Where it was written.
        text: The rule as the user wrote it, on one line, for `explain`.
        when: The condition on which it applies, None for always.
        guards: What has to go, beyond what always goes, when the rule fails: places of the
            document (``user_id``, ``request.ip_address``), `PATH` for the path of the URL, or
            `EVERYTHING`.
    """

    index: int
    name: str
    origin: Origin
    text: str
    when: Condition | None = None
    guards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decisions:
    """Which rules apply to one call, decided on the call as captured.

    Attributes:
        active: By the rule's index: whether it applies.
        failed: Index of every rule whose ``when`` failed, with what it raised.
    """

    active: tuple[bool, ...]
    failed: Mapping[int, Exception] = field(default_factory=dict)

    def applies(self, rule: MaskRule) -> bool:
        """Whether a rule applies to the call; a rule that failed does not."""
        return self.active[rule.index]


class MaskTrace:
    """Collects where each rule masked something, never what stood there."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, rule: str, place: str) -> None:
        """Add a place; one that was added last already is not repeated."""
        places = self._places.setdefault(rule, [])
        if places[-1:] != [place]:
            places.append(place)

    def places(self, rule: str) -> list[str]:
        """Give the places that a rule masked, in the order of its work."""
        return list(self._places.get(rule, ()))


@dataclass(frozen=True, slots=True)
class Masked:
    """One event after its masks.

    Attributes:
        document: The event document; None when the event must not leave the process.
        counts: Rule name to how many places it masked; rules that masked nothing are not in it.
        failures: Name of every rule that failed, with what it raised.
        left_out: What does not leave because it could not be masked, and why:
            ``("request.body", "no structure to mask: malformed JSON")``.
    """

    document: dict[str, Any] | None
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[tuple[str, Exception], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def remarks(self) -> dict[str, Any]:
        """What ``MASK_REMARKS`` adds to the event's metadata; empty where there is nothing."""
        remarks: dict[str, Any] = {}
        if self.counts:
            remarks["moesif_masked"] = dict(self.counts)
        if self.left_out:
            remarks["moesif_left_out"] = dict(self.left_out)
        if self.failures:
            remarks["moesif_mask_failures"] = [name for name, _ in self.failures]
        return remarks
