"""Sampling: which calls are sent, and how many calls each of those stands for.

Flows in: the rules of ``SAMPLE``, and at request time a draw. Flows out: whether the call is
kept, and its weight.

The weights. At a rate of ``r`` per cent a kept call stands for ``w = 100 / r`` calls, but weights
are whole numbers. So ``w`` is rounded up with a chance of its fraction, down otherwise: the
average over kept calls is ``w`` exactly, and the sum of all weights is, on average, the number
of calls. At 60 % two of three kept calls weigh 2 and one weighs 1.

Both choices can be made with one draw: where it lies below ``r / 100`` the call is kept, and
there ``draw / (r / 100)`` is spread evenly again between 0 and 1.
"""

from __future__ import annotations

import functools
import hashlib
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.errors import Origin, Place
from moesif_declarative.rules.compiled import Condition, Needs, Scope, Source
from moesif_declarative.rules.condition import compile_condition, has_condition
from moesif_declarative.rules.source import compile_chain
from moesif_declarative.rules.text_form import text_of

if TYPE_CHECKING:
    from moesif_declarative.call import Call
    from moesif_declarative.schema.settings import RuleTable

_DRAW_BITS: Final = 53
"""As many as a float between 0 and 1 holds exactly."""

_MAX_WEIGHT: Final = 2.0**53
"""Rates that nobody draws must not overflow."""


@dataclass(frozen=True, slots=True)
class SampleRule:
    """A compiled rule of ``SAMPLE``.

    Attributes:
        rate: How many of a hundred calls are kept.
        condition: When it applies; None: always.
        by: The value that the choice sticks to; None: each call is drawn alone.
        name: The rule's name.
        place: Where it was written.
    """

    rate: float
    condition: Condition | None
    by: Source | None
    name: str
    place: Place

    @property
    def origin(self) -> Origin:
        """Where it was written."""
        return self.place.origin

    @property
    def needs(self) -> Needs:
        """What its condition and ``by`` read."""
        parts = (part.needs for part in (self.condition, self.by) if part is not None)
        return functools.reduce(operator.or_, parts, Needs.NOTHING)

    def applies(self, call: Call) -> bool:
        """Whether the rule's condition holds for a call; it has one, or always applies.

        Raises:
            CallableFailedError: A user's callable in the condition failed.
        """
        return self.condition is None or self.condition.holds(call)

    def draw(self, call: Call, random: Callable[[], float]) -> tuple[bool, int] | None:
        """Draw for a call.

        Args:
            call: The call.
            random: Gives numbers from 0 up to, not including, 1.

        Returns:
            Whether the call is kept, and its weight; None where the rule does not apply.

        Raises:
            CallableFailedError: A user's callable in the condition or in ``by`` failed.
        """
        if not self.applies(call):
            return None
        value = None if self.by is None else self.by.read(call)
        text = None if value is None else text_of(value)
        if not text:
            return decide(self.rate, random())
        # The weight is drawn for each call: it must not stick to a value for ever.
        return decide(self.rate, stable_draw(text), random())


def compile_sample(rules: Sequence[RuleTable], scope: Scope) -> tuple[SampleRule, ...]:
    """Compile the rules of ``SAMPLE``.

    Args:
        rules: The rules, in their order of work.
        scope: What the compilers share; collects what is wrong.

    Returns:
        The compiled rules in the same order, without those that have a problem.
    """
    compiled = (_compile_rule(rule, scope) for rule in rules)
    return tuple(rule for rule in compiled if rule is not None)


def stable_draw(text: str) -> float:
    """Turn a text into a number from 0 up to, not including, 1.

    The same in every process and release, spread evenly over texts, and the same for every
    rule: who is in at 5 % is in at 10 %.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    drawn: int = int.from_bytes(digest) >> (64 - _DRAW_BITS)
    return drawn / float(1 << _DRAW_BITS)


def decide(rate: float, draw: float, rounding: float | None = None) -> tuple[bool, int]:
    """Decide about one call.

    Args:
        rate: How many of a hundred calls are kept, 0 to 100.
        draw: A number from 0 up to, not including, 1.
        rounding: Another such number, for the weight; without it the draw serves for both.

    Returns:
        Whether the call is kept, and its weight: 1 at a rate of 100, and where it is not kept.
    """
    if rate >= 100:
        return True, 1
    chance = rate / 100
    if not draw < chance:
        return False, 1
    exact = min(100 / rate, _MAX_WEIGHT)
    whole = math.floor(exact)
    share = draw / chance if rounding is None else rounding
    return True, whole + (share < exact - whole)


def _compile_rule(rule: RuleTable, scope: Scope) -> SampleRule | None:
    table: Any = rule.table
    conditional = has_condition(table)
    condition = compile_condition(table, rule.place, scope) if conditional else None
    by = compile_chain(table["by"], rule.place.at("by"), scope) if "by" in table else None
    rate = table.get("rate")
    sound = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 100
    if not sound:
        message = f"{rate!r} is no rate"
        scope.problems.error("bad-rate", rule.place.at("rate"), message, "write 0 to 100")
    if not sound or (conditional and condition is None) or ("by" in table and by is None):
        return None
    return SampleRule(float(rate), condition, by, rule.name, rule.place)
