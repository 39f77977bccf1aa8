"""One pass over a JSON value that masks inside every text of it: strings, numbers and keys.

Flows in: a body or the metadata, and the rules that look there. Flows out: the same value with
what they found masked. Strings that hold JSON are opened and written back if anything changed.
Keys are masked in a pass of their own, when all rules are done: by its key another rule knows a
value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.names import loses_name
from moesif_declarative.rules.mask.nested import MAX_DEPTH, begins_like_json, fold, unfold
from moesif_declarative.rules.mask.scan import Scan, may_find
from moesif_declarative.rules.mask.texts import (
    TextTarget,
    first_hidden,
    hits,
    mask_text,
    scans_of,
)
from moesif_declarative.rules.mask.work import Trail, Work


@dataclass(frozen=True, slots=True)
class TextWalk:
    """One pass over a JSON value.

    Attributes:
        work: The event.
        targets: The rules that look here.
        numbers: Whether numbers count as text.
        keys: Whether this is the pass that masks keys, and nothing else.
    """

    work: Work
    targets: Sequence[TextTarget]
    numbers: bool
    keys: bool = False

    def member(self, container: Any, key: Any, trail: Trail, depth: int = 0) -> bool:
        """Mask inside one value; returns whether anything changed."""
        if key in self.work.marked(container):
            return False
        value = container[key]
        if isinstance(value, dict | list):
            return self._inside(value, trail, depth)
        gone: list[int] = []
        changed = self._scalar(container, key, trail, depth, gone)
        if gone:
            self.work.drop(container, gone)
        return changed

    def _inside(self, root: Any, trail: Trail, depth: int) -> bool:
        changed = False
        scans = self._finding(root)
        if not scans:
            return False
        stack = [(root, trail)]
        while stack:
            node, trail = stack.pop()
            texts = self._own_texts(node)
            worth = texts is None or may_find(scans, texts)
            if worth and isinstance(node, dict):
                if self.keys:
                    changed = self._keys(node, trail) or changed
                elif not self.work.keys_found:
                    self.work.keys_found = self._finds_key(node)
            gone: list[int] = []
            done = self.work.marked(node)
            for key, value in list(_members(node)):
                if key in done:
                    continue
                kind = type(value)
                if kind is dict or kind is list:
                    if value:
                        stack.append((value, (trail, key)))
                elif worth and value is not None and kind is not bool:
                    changed = self._scalar(node, key, (trail, key), depth, gone) or changed
            if gone:
                self.work.drop(node, gone)
        return changed

    def _finding(self, root: Any) -> list[Scan | None]:
        """Look at all texts of a value at once, and give the scans that may find something.

        What no scan finds now can only come to stand in a text that another rule changes. Where
        a string holds JSON, which has to be opened, all scans are given.
        """
        every: list[str] = []
        stack = [root]
        while stack:
            node = stack.pop()
            texts = self._own_texts(node)
            if texts is None:
                return scans_of(self.targets)
            every += texts
            members = node.values() if isinstance(node, dict) else node
            stack += [member for member in members if type(member) is dict or type(member) is list]
        return [scan for scan in scans_of(self.targets) if may_find([scan], every)]

    def _own_texts(self, node: Any) -> list[str] | None:
        """Give the texts right in an object or array; None if one of them may be JSON."""
        done = self.work.marked(node)
        texts: list[str] = list(node) if isinstance(node, dict) else []
        for key, member in _members(node):
            kind = type(member)
            if kind is dict or kind is list or member is None or key in done:
                continue
            if isinstance(member, str):
                if begins_like_json(member):
                    return None
                texts.append(member)
            elif self.numbers and (text := scalar_text(member)) is not None:
                texts.append(text)
        return texts

    def _finds_key(self, node: dict[str, Any]) -> bool:
        return any(hits(target, key) for key in node for target in self.targets)

    def _keys(self, node: dict[str, Any], trail: Trail) -> bool:
        """Mask inside the keys of an object, which stay distinct and in their order."""
        renamed = {}
        for key in node:
            masked = mask_text(self.work, self.targets, key, trail)
            if masked != key:
                renamed[key] = masked
        if not renamed:
            return False
        taken = {key for key in node if key not in renamed}
        numbers: dict[str, int] = {}
        for key, masked in renamed.items():
            new = masked
            while new in taken:
                numbers[masked] = numbers.get(masked, 1) + 1
                new = f"{masked} ({numbers[masked]})"
            renamed[key] = new
            taken.add(new)
        members = [(renamed.get(key, key), value) for key, value in node.items()]
        node.clear()
        node.update(members)
        self.work.rename(node, renamed)
        return True

    def _scalar(self, node: Any, key: Any, trail: Trail, depth: int, gone: list[int]) -> bool:
        value = node[key]
        if isinstance(value, str):
            if begins_like_json(value):
                return self._json_text(node, key, trail, depth, gone)
            if self.keys:
                return False
            masked = mask_text(self.work, self.targets, value, trail)
            if masked is value:
                return False
            node[key] = masked
            return True
        text = scalar_text(value) if self.numbers and not self.keys else None
        if text is None:
            return False
        masked = mask_text(self.work, self.targets, text, trail)
        if masked == text:
            return False
        node[key] = masked
        return True

    def _json_text(self, node: Any, key: Any, trail: Trail, depth: int, gone: list[int]) -> bool:
        """Mask inside a string that begins like JSON: what it holds, then the string itself."""
        text = node[key]
        changed = False
        try:
            if depth >= MAX_DEPTH:
                raise ValueError("too many strings inside strings")  # noqa: TRY301
            holder = [unfold(text)]
        except ValueError:
            holder = []
        else:
            changed = self.member(holder, 0, trail, depth + 1)
            if changed:
                node[key] = text = fold(holder[0] if holder else None)
        if self.keys or (holder and not self._spans(text, holder[0])):
            return changed
        masked = mask_text(self.work, self.targets, text, trail)
        hidden = None
        if masked is not text:
            node[key] = masked
            changed = True
            if loses_name(text, masked, self.work.names):
                hidden = self.targets[0]  # by its name another rule would have known a value
        if hidden is not None or not holder:
            hidden = hidden or first_hidden(self.targets, masked)
            if hidden is not None:
                if self.work.hide(hidden, node, key, trail):
                    gone.append(key)
                changed = True
        return changed

    def _spans(self, text: str, value: Any) -> bool:
        """Whether more is found in a JSON text than in the texts and keys that it holds.

        That is a match that spans several of them, or one in what a repeated key hides; what is
        found in them alone was masked, or stays because it was masked whole before.
        """
        if not any(hits(target, text) for target in self.targets):
            return False
        inside = list(_texts(value))
        return any(
            hits(target, text) > sum(hits(target, each) for each in inside)
            for target in self.targets
        )


def _texts(value: Any) -> Iterator[str]:
    """Give every text that a JSON value holds: strings, numbers and keys."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield from item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
        else:
            text = scalar_text(item)
            if text is not None:
                yield text


def _members(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)
