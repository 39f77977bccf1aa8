"""Masks by name anywhere: several paths ``$..name`` in a row, whose nodes one walk finds.

Flows in: jsonpath rules of this form. Flows out: the same as if each of them had walked over
the whole document by itself, one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.path_round import Round
from moesif_declarative.rules.mask.path_strings import Need, Strings, may_open, roots
from moesif_declarative.rules.mask.path_target import PathTarget
from moesif_declarative.rules.mask.path_walk import walk
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.sieve import sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import SIDES, Work

_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one walk found.

    Attributes:
        holders: The objects that hold each name, outer ones first.
        strings: The strings that were opened; None if none was to be opened.
        shared: What the paths that mask by this walk share.
        left_out: How many bodies had been left out of the event before it.
    """

    holders: dict[str, list[Any]]
    strings: Strings | None
    shared: Round
    left_out: int


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
    _need: Need = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = tuple(target.anywhere or "" for target in self.targets)
        cores = tuple(map(normalise, names))
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_need", (cores,))
        object.__setattr__(self, "sign", sign_of_names(cores))

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
        found: _Found | None = None
        for name, target in zip(self._names, self.targets, strict=True):
            if not work.active[target.rule.index]:
                continue
            target.guard(work)
            if found is not None and found.left_out != len(work.left_out):
                # What left the document since may not be masked, or counted, any more.
                found.shared.finish()
                found = None
            found = found or self._walked(work)
            holders = found.holders.get(name, ())
            target.mask(work, [(holder, name) for holder in holders], found.shared)
            if found.strings is not None:
                target.hide(work, found.strings, found.shared, ((normalise(name),),))
            if holders and not target.action.final:
                # A value cut to a length may be a text now that begins like JSON.
                found.shared.finish()
                found = None
        if found is not None:
            found.shared.finish()

    def _walked(self, work: Work) -> _Found:
        strings = Strings(work) if may_open(work, SIDES, metadata=True) else None
        passed_over = self._unnamed_bodies(work)
        found: dict[str, list[Any]] = {}
        if strings is not None:
            passed_over |= self._open(work, strings, passed_over, found)
        self._search(work.document, passed_over, found)
        return _Found(found, strings, Round(work, strings), len(work.left_out))

    def _search(
        self, document: dict[str, Any], passed_over: set[int], found: dict[str, list[Any]]
    ) -> None:
        """Find the objects that hold each name, outer ones first."""
        names = frozenset(self._names)
        stack: list[Any] = [document]
        while stack:
            node = stack.pop()
            if id(node) in passed_over:
                continue
            if type(node) is dict:
                if not names.isdisjoint(node):
                    for name in names.intersection(node):
                        found.setdefault(name, []).append(node)
                stack.extend([value for value in node.values() if type(value) in _CONTAINERS])
            else:
                stack.extend([value for value in node if type(value) in _CONTAINERS])

    def _open(
        self, work: Work, strings: Strings, passed_over: set[int], found: dict[str, list[Any]]
    ) -> set[int]:
        """Find them in bodies and metadata through strings; returns what was walked through."""
        names = frozenset(self._names)
        opened = set()
        for container, key in roots(work):
            node = strings.open(container, key)
            if id(node) in passed_over:
                continue
            opened.add(id(node))
            for branch in walk([node], strings, self._need, once=True):
                if isinstance(branch, dict):
                    for name in names.intersection(branch):
                        found.setdefault(name, []).append(branch)
        return opened

    def _unnamed_bodies(self, work: Work) -> set[int]:
        """Give the bodies, by identity, in which none of the names stands."""
        bodies = set()
        for side in SIDES:
            signs = work.signs_in_body(side)
            if signs is not None and self.sign not in signs:
                bodies.add(id(work.document[side].get("body")))
        return bodies
