"""Masks by name anywhere: several paths ``$..name`` in a row, whose nodes one walk finds.

Flows in: jsonpath rules of this form. Flows out: the same as if each of them had walked over
the whole document by itself, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.paths import PathTarget, Trails
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.sieve import sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import SIDES, Work

_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class NamesStep:
    """Paths ``$..name`` that share a walk.

    Attributes:
        targets: In their order of work; each has a name (`PathTarget.anywhere`).
        sign: What a body holds in which any of them selects something.
    """

    targets: tuple[PathTarget, ...]
    sign: Sign = field(init=False, compare=False)
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = tuple(target.anywhere or "" for target in self.targets)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "sign", sign_of_names(map(normalise, names)))

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return tuple(dict.fromkeys(target.rule for target in self.targets))

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What stands in every body in which something is to be masked."""
        return (self.sign,)

    def run(self, work: Work) -> None:
        """Mask what each path selects, in their order."""
        if work.sieve is None:
            for target in self.targets:
                if work.active[target.rule.index]:
                    target.run(work)
            return
        found: Mapping[str, list[Any]] | None = None
        detached: set[int] = set()
        bodies_left_out = -1
        for name, target in zip(self._names, self.targets, strict=True):
            if not work.active[target.rule.index]:
                continue
            target.guard(work)
            if found is None or bodies_left_out != len(work.left_out):
                # What left the document since may not be masked, or counted, any more.
                found, detached = self._holders(work), set()
                bodies_left_out = len(work.left_out)
            holders = found.get(name)
            if holders:
                nodes = [(holder, name) for holder in holders]
                target.mask(work, nodes, Trails(work), detached)

    def _holders(self, work: Work) -> dict[str, list[Any]]:
        """Find the objects that hold each name, outer ones first."""
        names = frozenset(self._names)
        unnamed = self._unnamed_bodies(work)
        found: dict[str, list[Any]] = {}
        stack: list[Any] = [work.document]
        while stack:
            node = stack.pop()
            if id(node) in unnamed:
                continue
            if type(node) is dict:
                if not names.isdisjoint(node):
                    for name in names.intersection(node):
                        found.setdefault(name, []).append(node)
                stack.extend([value for value in node.values() if type(value) in _CONTAINERS])
            else:
                stack.extend([value for value in node if type(value) in _CONTAINERS])
        return found

    def _unnamed_bodies(self, work: Work) -> set[int]:
        """Give the bodies, by identity, in which none of the names stands."""
        bodies = set()
        for side in SIDES:
            signs = work.signs_in_body(side)
            if signs is not None and self.sign not in signs:
                bodies.add(id(work.document[side].get("body")))
        return bodies
