"""JSON texts inside the strings of an event, opened where a JSONPath goes on inside them.

Flows in: members of the document, as a path comes to them. Flows out: the same members, each
string that holds JSON replaced for a while by an `OpenText`: the same text for whoever reads it,
with what it holds below it. `Strings.close` puts every string back, to the byte, or writes it
anew where something in it was masked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias, TypeGuard

from moesif_declarative.rules.mask.names import normalise, readings, stands_in
from moesif_declarative.rules.mask.nested import (
    MAX_DEPTH,
    NestedText,
    begins_like_json,
    fold,
    unfold,
)
from moesif_declarative.rules.mask.work import SIDES, Side, Work

Need: TypeAlias = tuple[tuple[str, ...], ...]
"""What must stand in a text in which a path selects something: of each tuple one name,
normalised. Without any, whatever has members meets it."""

BRANCHES: Final = (dict, list)
_FIRST: Final = re.compile(r'[{\["]')
# How a text goes on that has members, though it could not be read: not ``[info] …``.
_HAS_MEMBERS: Final = re.compile(
    r'[^{\["]*(?:\{\s*[^\s}]|\[\s*(?:["\'{\[\-0-9]|true\b|false\b|null\b)|"\s*[\\{\[])'
)


class OpenText(str):
    """A string that begins like JSON, while paths go on inside it.

    Attributes:
        original: The string that stood there.
        container: What it stands in.
        key: Under which key, as long as nothing is taken out of a list.
        held: The value that it holds, as the only item; empty where it could not be read.
        depth: How many strings it stands in.
        needs: What stands in it if paths that came here select something in it.
        changed: Whether something in it was masked.
    """

    __slots__ = ("_read", "changed", "container", "depth", "held", "key", "needs", "original")
    original: str
    container: Any
    key: Any
    held: list[Any]
    depth: int
    needs: set[Need]
    changed: bool
    _read: list[str] | None

    def may_hold(self, need: Need) -> bool:
        """Whether what a path needs may stand in it, escapes resolved."""
        if not need:
            return _HAS_MEMBERS.match(self) is not None
        if self._read is None:
            found, complete = readings(self)
            self._read = [normalise(reading) for reading in found] if complete else []
        read = self._read
        return not read or all(any(stands_in(core, read) for core in cores) for cores in need)


class Strings:
    """The strings of one event that were opened for one or more paths.

    Args:
        work: The event.

    Attributes:
        texts: All of them, outer ones before inner ones.
        unread: Whether any of them could not be read.
        keys: Keys that begin like JSON themselves: the object, the key, and what a path that
            came to the object needs.
    """

    def __init__(self, work: Work) -> None:
        document = work.document
        sides = [document[side] for side in SIDES]
        headers = [side.get("headers") for side in sides]
        self._closed = {id(part) for part in (document, *sides, *headers)}
        self._roots = {(id(container), key) for container, key in roots(work)}
        self._marked = work.marked
        self._within: dict[int, OpenText] = {}
        self._containers: dict[int, Any] = {}
        self.texts: list[OpenText] = []
        self.unread = False
        self.keys: list[tuple[dict[str, Any], str, Need]] = []

    def open(self, container: Any, key: Any) -> Any:
        """Give a member of an object or a list; a string that begins like JSON as `OpenText`."""
        value = container[key]
        if isinstance(value, BRANCHES):
            outer = self._within.get(id(container))
            if outer is not None:
                self._within[id(value)] = outer
        elif isinstance(value, str) and self._opens(container, key, value):
            return self._opened(container, key, value)
        return value

    def below(self, branch: Any) -> list[Any]:
        """Give the members of an object or a list that may have members; strings opened."""
        outer = self._within.get(id(branch))
        found: list[Any] = []
        members = branch.items() if isinstance(branch, dict) else enumerate(branch)
        for key, value in list(members):
            kind = type(value)
            if kind is dict or kind is list:
                found.append(value)
                if outer is not None:
                    self._within[id(value)] = outer
            elif isinstance(value, str) and begins_like_json(value):
                child = self.open(branch, key)
                if type(child) is OpenText:
                    found.append(child)
        return found

    def _opens(self, container: Any, key: Any, value: str) -> bool:
        if type(value) is OpenText or not begins_like_json(value):
            return False
        if id(container) in self._closed and (id(container), key) not in self._roots:
            return False
        return key not in self._marked(container)

    def _opened(self, container: Any, key: Any, value: str) -> OpenText:
        outer = self._within.get(id(container))
        text = OpenText(value)
        text.original, text.container, text.key = value, container, key
        text.depth = 0 if outer is None else outer.depth + 1
        text.needs, text.changed, text._read = set(), False, None
        try:
            text.held = [unfold(value)] if text.depth < MAX_DEPTH else []
        except ValueError:
            text.held = []
        self.unread = self.unread or not text.held
        container[key] = text
        self._containers.setdefault(id(container), container)
        self.texts.append(text)
        if text.held:
            self._within[id(text.held)] = text
            self.open(text.held, 0)
        return text

    def reach(self, node: Any, need: Need) -> None:
        """Remember that a path came to a node, and what it needs below it."""
        while type(node) is OpenText:
            node.needs.add(need)
            node = node.held[0] if node.held else None
        if type(node) is dict and need and id(node) not in self._closed:
            self.keys += [(node, key, need) for key in node if begins_like_json(key)]

    def holder(self, text: OpenText) -> tuple[Any, Any]:
        """Give the object or list, and the key, at which a text stands for people."""
        outer = self._within.get(id(text.container))
        while outer is not None and outer.held is text.container:
            text = outer
            outer = self._within.get(id(text.container))
        return text.container, text.key

    def touch(self, container: Any) -> None:
        """Know that something in an object or a list was masked."""
        text = self._within.get(id(container))
        while text is not None and not text.changed:
            text.changed = True
            text = self._within.get(id(text.container))

    def close(self) -> None:
        """Put every string back, those in which something was masked written anew."""
        for container in reversed(self._containers.values()):
            members = container.items() if isinstance(container, dict) else enumerate(container)
            for key, value in list(members):
                if type(value) is OpenText:
                    container[key] = self._written(value)

    def _written(self, text: OpenText) -> str:
        # A member that a repeated key hides was not looked at: what was read is written instead.
        hides = not text.changed and text.held and _repeats_key(text)
        if hides and any(not need or text.may_hold(need) for need in text.needs):
            text.changed = True
            self.touch(text.container)
        if not text.changed:
            return text.original
        return fold(text.held[0] if text.held else None)


def inside(node: Any) -> Any:
    """Give the object or list that a node is or holds as JSON; None where there is none."""
    while type(node) is OpenText:
        if not node.held:
            return None
        node = node.held[0]
    return node if isinstance(node, BRANCHES) else None


def unreadable(node: Any) -> OpenText | None:
    """Give the text in a node that begins like JSON and could not be read, if there is one."""
    while type(node) is OpenText:
        if not node.held:
            return node
        node = node.held[0]
    return None


def roots(work: Work) -> Iterator[tuple[dict[str, Any], str]]:
    """Give the places below which strings are opened: bodies that have structure, metadata."""
    for side in SIDES:
        if work.bodies[side].kind == "value":
            yield work.document[side], "body"
    if "metadata" in work.document:
        yield work.document, "metadata"


def may_open(work: Work, sides: Iterable[Side], *, metadata: bool) -> bool:
    """Whether there may be a string to open.

    Args:
        work: The event.
        sides: Whose bodies count.
        metadata: Whether the metadata count.
    """
    return any(map(work.may_nest, sides)) or (
        metadata and _holds_json(work.document.get("metadata"))
    )


def _holds_json(value: Any) -> bool:
    """Whether a string or a key somewhere in a value begins like JSON."""
    stack = [value]
    while stack:
        node = stack.pop()
        if _is_text(node):
            if begins_like_json(node):
                return True
        elif isinstance(node, dict):
            if any(map(begins_like_json, node)):
                return True
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return False


def _is_text(node: Any) -> TypeGuard[str]:
    return isinstance(node, str)


def _repeats_key(text: OpenText) -> bool:
    if type(text.original) is NestedText:
        return False
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated = repeated or len(pairs) != len({key for key, _ in pairs})

    reader = json.JSONDecoder(object_pairs_hook=members, parse_int=str, parse_float=str)
    start = _FIRST.search(text)
    try:
        reader.raw_decode(text, start.start() if start else 0)
    except (ValueError, RecursionError):
        return True
    return repeated
