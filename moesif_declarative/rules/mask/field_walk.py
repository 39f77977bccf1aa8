"""One walk over one body that masks by key.

Flows in: a body, and the field rules that apply to it. Flows out: the body, masked, JSON inside
strings included. Nothing here recurses into the structure, so depth costs nothing; strings inside
strings are followed to a fixed depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moesif_declarative.rules.mask.field_names import PLAIN, FieldNames, FieldTarget
from moesif_declarative.rules.mask.names import may_hold
from moesif_declarative.rules.mask.nested import MAX_DEPTH, begins_like_json, fold, unfold
from moesif_declarative.rules.mask.work import Trail, Work


@dataclass(frozen=True, slots=True)
class FieldWalk:
    """One walk over one body.

    Attributes:
        names: The keys that are looked for.
        work: The event.
        live: The targets that apply here and now, by their position in `names`.
    """

    names: FieldNames
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
        are_others, marks = self.names.others.issuperset, self.work.marks
        found = [root]
        add = found.append
        for node in found:  # which grows meanwhile
            values: Iterable[Any] = node
            if type(node) is dict:
                if are_others(node) and not (marks and id(node) in marks):
                    values = node.values()
                else:
                    values = self._unmasked(node, trail)
            for value in values:
                kind = type(value)
                if kind is dict or kind is list:
                    add(value)

    def _unmasked(self, node: dict[str, Any], trail: Trail) -> Iterable[Any]:
        """Mask the members of an object that rules name, and give those that nobody masked."""
        others, done = self.names.others, self.work.marked(node)
        left: list[Any] = []
        hits = []
        for key, value in node.items():
            if key in done:
                continue
            hit = None if key in others else self._named(key)
            if hit is None:
                left.append(value)
            else:
                hits.append((key, hit[0]))
        for key, target in hits:
            self.work.mask(target, node, key, (trail, key))
        return left

    def _inside(self, root: Any, trail: Trail, depth: int) -> bool:
        remembered = self.names.memo.get
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
                if is_object and remembered(key) is not PLAIN:
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
        verdict = self.names.memo.get(key) or self.names.verdict(key)
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
