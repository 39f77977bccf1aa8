"""Masks by key: every key of a name, at any depth of both bodies, JSON inside strings included.

Flows in: field rules and the field part of presets. Flows out: one walk over each body that does
the work of all of them; the first rule in order wins a key. Nothing here recurses into the
structure, so depth costs nothing; strings inside strings are followed to a fixed depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.names import Names, may_hold, normalise
from moesif_declarative.rules.mask.nested import MAX_DEPTH, begins_like_json, fold, unfold
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Side, Trail, Work

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
class _Verdict:
    """What is known of a key.

    Attributes:
        positions: The targets that name it, in order.
        hidden: Whether the key itself is a text like JSON that may hold a masked name, so that
            the whole member has to go.
    """

    positions: tuple[int, ...] = ()
    hidden: bool = False


_PLAIN: Final = _Verdict()


@dataclass(frozen=True, slots=True)
class FieldStep:
    """Field rules that share a walk.

    Attributes:
        targets: In their order of work.
    """

    targets: tuple[FieldTarget, ...]
    _memo: dict[str, _Verdict] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return tuple(target.rule for target in self.targets)

    def run(self, work: Work) -> None:
        """Mask both bodies."""
        for side in SIDES:
            live = {
                position: target
                for position, target in enumerate(self.targets)
                if work.active[target.rule.index] and side in target.sides
            }
            if not live or work.bodies[side].kind == "absent":
                continue
            work.guard(side, [core for target in live.values() for core in target.names.cores])
            if work.bodies[side].kind == "value":
                _Walk(self, work, live).member(work.document[side], "body", f"{side}.body")
                work.settle_body(side)

    def verdict(self, key: str) -> _Verdict:
        """Find out what to do with a key; remembered for the next time, within bounds."""
        positions = tuple(
            position
            for position, target in enumerate(self.targets)
            if target.names.match(normalise(key))
        )
        verdict = _Verdict(positions) if positions else _PLAIN
        if not positions and begins_like_json(key):
            hidden = tuple(
                position
                for position, target in enumerate(self.targets)
                if may_hold([key], target.names.cores)
            )
            verdict = _Verdict(hidden, bool(hidden))
        if len(key) <= _MEMO_KEY_LENGTH:
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            self._memo[key] = verdict
        return verdict


@dataclass(frozen=True, slots=True)
class _Walk:
    """One walk over one body.

    Attributes:
        step: The step, which knows keys.
        work: The event.
        live: The targets that apply here and now, by their position in the step.
    """

    step: FieldStep
    work: Work
    live: dict[int, FieldTarget]

    def member(self, container: Any, key: Any, trail: Trail, depth: int = 0) -> bool:
        """Mask inside one value; returns whether anything changed."""
        value = container[key]
        if key in self.work.marked(container):
            return False
        if isinstance(value, dict | list):
            return self._inside(value, trail, depth)
        if isinstance(value, str) and begins_like_json(value):
            gone: list[int] = []
            changed = self._text(container, key, trail, depth, gone)
            if gone:
                self.work.drop(container, gone)
            return changed
        return False

    def _inside(self, root: Any, trail: Trail, depth: int) -> bool:
        remembered = self.step._memo.get
        changed = False
        stack = [(root, trail)]
        while stack:
            node, trail = stack.pop()
            done = self.work.marked(node)
            is_object = isinstance(node, dict)
            hits: list[tuple[str, FieldTarget, bool]] = []
            texts: list[Any] = []
            members: Iterable[tuple[Any, Any]] = node.items() if is_object else enumerate(node)
            for key, value in members:
                if done and key in done:
                    continue
                if is_object and remembered(key) is not _PLAIN:
                    hit = self._named(key)
                    if hit is not None:
                        hits.append((key, *hit))
                        continue
                kind = type(value)
                if kind is dict or kind is list:
                    if value:
                        stack.append((value, (trail, key)))
                elif isinstance(value, str) and begins_like_json(value):
                    texts.append(key)
            for key, target, hidden in hits:
                self._hit(node, key, target, (trail, key), hidden=hidden)
            if texts:
                changed = self._texts(node, texts, trail, depth) or changed
            changed = changed or bool(hits)
        return changed

    def _named(self, key: str) -> tuple[FieldTarget, bool] | None:
        """Find the first rule that names a key, and whether the key itself has to go."""
        verdict = self.step._memo.get(key) or self.step.verdict(key)
        for position in verdict.positions:
            target = self.live.get(position)
            if target is not None:
                return target, verdict.hidden
        return None

    def _hit(
        self, node: dict[str, Any], key: str, target: FieldTarget, trail: Trail, *, hidden: bool
    ) -> None:
        if hidden:
            del node[key]
            self.work.count(target.rule, trail[0])
        else:
            self.work.mask(target, node, key, trail)

    def _texts(self, node: Any, keys: Iterable[Any], trail: Trail, depth: int) -> bool:
        changed = False
        gone: list[int] = []
        for key in keys:
            changed = self._text(node, key, (trail, key), depth, gone) or changed
        if gone:
            self.work.drop(node, gone)
        return changed

    def _text(self, node: Any, key: Any, trail: Trail, depth: int, gone: list[int]) -> bool:
        """Mask inside a string that begins like JSON, or the whole of it."""
        text = node[key]
        try:
            if depth >= MAX_DEPTH:
                raise ValueError("too many strings inside strings")  # noqa: TRY301
            holder = [unfold(text)]
        except ValueError:
            return self._unreadable(node, key, trail, gone)
        changed = self.member(holder, 0, trail, depth + 1)
        # Where nothing was masked and a name stands in the text all the same, it may be in a
        # member that a repeated key hides: what was read is written in place of the text.
        if changed or may_hold([text], self._cores()):
            node[key] = written = fold(holder[0] if holder else None)
            return changed or written != text
        return False

    def _unreadable(self, node: Any, key: Any, trail: Trail, gone: list[int]) -> bool:
        for target in self.live.values():
            if may_hold([node[key]], target.names.cores):
                if self.work.hide(target, node, key, trail):
                    gone.append(key)
                return True
        return False

    def _cores(self) -> list[str]:
        return [core for target in self.live.values() for core in target.names.cores]
