"""Masks by key: every key of a name, at any depth of both bodies, JSON inside strings included.

Flows in: field rules and the field part of presets. Flows out: one walk over each body that does
the work of all of them; the first rule in order wins a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from moesif_declarative.rules.mask.field_names import FieldNames, FieldTarget
from moesif_declarative.rules.mask.field_walk import FieldWalk
from moesif_declarative.rules.mask.names import bracketed, normalise
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.sieve import sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import SIDES, Side, Work

_MEMO_SIZE: Final = 4096
_MEMO_KEY_LENGTH: Final = 200
_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class FieldStep:
    """Field rules that share a walk.

    Attributes:
        targets: In their order of work.
    """

    targets: tuple[FieldTarget, ...]
    sign: Sign = field(init=False, compare=False)
    _of_side: dict[Side, dict[int, FieldTarget]] = field(init=False, repr=False, compare=False)
    _names: FieldNames = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        cores = [core for target in self.targets for core in target.names.cores]
        object.__setattr__(self, "sign", sign_of_names(cores))
        of_side = {
            side: {at: target for at, target in enumerate(self.targets) if side in target.sides}
            for side in SIDES
        }
        object.__setattr__(self, "_of_side", of_side)
        object.__setattr__(self, "_names", FieldNames(self.targets))

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What stands in every body in which something is to be masked."""
        return (self.sign,)

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return tuple(target.rule for target in self.targets)

    def run(self, work: Work) -> None:
        """Mask both bodies."""
        for side in SIDES:
            live = self._of_side[side]
            if not work.every:
                live = {at: target for at, target in live.items() if work.active[target.rule.index]}
            if not live or work.bodies[side].kind == "absent":
                continue
            signs = work.signs_in_body(side)
            if signs is not None:
                body = work.document[side]["body"]
                if self.sign in signs and type(body) in _CONTAINERS:
                    FieldWalk(self._names, work, live).literal(body, f"{side}.body")
                continue
            work.guard(side, [core for target in live.values() for core in target.names.cores])
            if work.bodies[side].kind == "value":
                if work.bodies[side].form:
                    _mask_bracketed(work, live.values(), side)
                FieldWalk(self._names, work, live).member(
                    work.document[side], "body", f"{side}.body"
                )
                work.settle_body(side)


def _mask_bracketed(work: Work, targets: Iterable[FieldTarget], side: Side) -> None:
    """Mask the fields of a form whose names hold a key in brackets: ``user[password]``."""
    body = work.document[side]["body"]
    if not isinstance(body, dict):
        return
    for key in [key for key in body if key.endswith("]")]:
        pieces = [normalise(piece) for piece in bracketed(key)]
        for target in targets:
            if any(map(target.names.match, pieces)) and key not in work.marked(body):
                work.mask(target, body, key, (f"{side}.body", key))
                break
