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
from moesif_declarative.rules.mask.names import Names, bracketed, may_hold, normalise
from moesif_declarative.rules.mask.nested import MAX_DEPTH, begins_like_json, fold, unfold
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.sieve import sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import SIDES, Side, Trail, Work

_MEMO_SIZE: Final = 4096
_MEMO_KEY_LENGTH: Final = 200
_CONTAINERS: Final = (dict, list)


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
    sign: Sign = field(init=False, compare=False)
    _of_side: dict[Side, dict[int, FieldTarget]] = field(init=False, repr=False, compare=False)
    _memo: dict[str, _Verdict] = field(default_factory=dict, repr=False, compare=False)
    # The keys of the memo that no rule names.
    _others: set[str] = field(default_factory=set, repr=False, compare=False)

    def __post_init__(self) -> None:
        cores = [core for target in self.targets for core in target.names.cores]
        object.__setattr__(self, "sign", sign_of_names(cores))
        of_side = {
            side: {at: target for at, target in enumerate(self.targets) if side in target.sides}
            for side in SIDES
        }
        object.__setattr__(self, "_of_side", of_side)

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
                    _Walk(self, work, live).literal(body, f"{side}.body")
                continue
            work.guard(side, [core for target in live.values() for core in target.names.cores])
            if work.bodies[side].kind == "value":
                if work.bodies[side].form:
                    _mask_bracketed(work, live.values(), side)
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
                self._others.clear()
            self._memo[key] = verdict
            if verdict is _PLAIN:
                self._others.add(key)
        return verdict


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

    def literal(self, root: Any, trail: Trail) -> None:
        """Mask inside a body in which no string begins like JSON: only keys are looked at.

        Nobody asks where; all is told to stand at `trail`.
        """
        others = self.step._others
        marks = self.work.marks
        stack = [root]
        while stack:
            node = stack.pop()
            values: Iterable[Any]
            if type(node) is list:
                values = node
            elif others.issuperset(node) and not (marks and id(node) in marks):
                values = node.values()
            else:
                values = self._unmasked(node, trail)
            stack.extend([value for value in values if type(value) in _CONTAINERS])

    def _unmasked(self, node: dict[str, Any], trail: Trail) -> list[Any]:
        """Mask the members of an object that rules name, and give those that nobody masked."""
        done = self.work.marked(node)
        left: list[Any] = []
        hits = []
        for key, value in node.items():
            if key in done:
                continue
            hit = self._named(key)
            if hit is None:
                left.append(value)
            else:
                hits.append((key, hit[0]))
        for key, target in hits:
            self.work.mask(target, node, key, (trail, key))
        return left

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
