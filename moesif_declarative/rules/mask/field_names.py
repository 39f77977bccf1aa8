"""The keys that field rules name, and what is known of those that came by.

Flows in, at startup: field rules. Flows out, for a key: which of the rules name it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.names import Names, may_hold, normalise
from moesif_declarative.rules.mask.nested import begins_like_json
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import Side

_MEMO_SIZE: Final = 4096
_MEMO_KEY_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """A field rule.

    Attributes:
        rule: The rule.
        action: What happens to the values.
        names: The keys.
        sides: Whose bodies.
    """

    rule: MaskRule
    action: Action
    names: Names
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a key.

    Attributes:
        positions: The targets that name it, in order.
        hidden: Whether the key itself is a text like JSON that may hold a masked name, so that
            the whole member has to go.
    """

    positions: tuple[int, ...] = ()
    hidden: bool = False


PLAIN: Final = Verdict()
"""What is known of a key that no rule names."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """The keys of field rules that share a walk.

    Attributes:
        targets: The rules, in their order of work.
        memo: What is known of keys.
        others: The keys of the memo that no rule names.
    """

    targets: tuple[FieldTarget, ...]
    memo: dict[str, Verdict] = field(default_factory=dict, repr=False, compare=False)
    others: set[str] = field(default_factory=set, repr=False, compare=False)

    def verdict(self, key: str) -> Verdict:
        """Find out what to do with a key; remembered for the next time, within bounds."""
        positions = tuple(
            position
            for position, target in enumerate(self.targets)
            if target.names.match(normalise(key))
        )
        verdict = Verdict(positions) if positions else PLAIN
        if not positions and begins_like_json(key):
            hidden = tuple(
                position
                for position, target in enumerate(self.targets)
                if may_hold([key], target.names.cores)
            )
            verdict = Verdict(hidden, bool(hidden))
        if len(key) <= _MEMO_KEY_LENGTH:
            if len(self.memo) >= _MEMO_SIZE:
                self.memo.clear()
                self.others.clear()
            self.memo[key] = verdict
            if verdict is PLAIN:
                self.others.add(key)
        return verdict
