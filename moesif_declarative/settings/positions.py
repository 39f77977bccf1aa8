"""Where each key and list item stands in a TOML text.

Flows in: a text that `tomllib` has accepted (or its beginning, up to where it was refused).
Flows out: key path to offset. As the text is known to be right, a scanner suffices that only
tells keys, strings, brackets and comments apart.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

from moesif_declarative.errors import KeyPath

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Positions:
    """Where things stand in one text.

    Attributes:
        offsets: Key path to offset: of a key its own name, of a table its name in its header,
            of a list item its first character.
        last: The key path that was read last, and where it stood before (None: nowhere).
    """

    offsets: dict[KeyPath, int]
    last: tuple[KeyPath, int | None]


class Lines:
    r"""Turns offsets in a text into lines and columns.

    Args:
        text: The text, its lines ended by ``\n``.
    """

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1, the column in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column, both from 1."""
        return self._starts[line - 1] + column - 1


def scan(text: str) -> Positions:
    r"""Find every key, table and list item of a TOML text.

    Args:
        text: Valid TOML with lines ended by ``\n``, or the beginning of such a text.

    Returns:
        All positions.
    """
    scanner = _Scanner(text)
    scanner.document()
    return Positions(scanner.offsets, (scanner.last, scanner.before))


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    offsets: dict[KeyPath, int] = field(default_factory=dict)
    arrays: dict[KeyPath, int] = field(default_factory=dict)
    last: KeyPath = ()
    before: int | None = None

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        *tables, (name, offset) = self._key()
        path: KeyPath = ()
        for table, place in tables:
            path = self._enter((*path, table), place)
        path = (*path, name)
        if brackets == 2:
            self.offsets.setdefault(path, offset)
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path = (*path, self.arrays[path])
        self._define(path, offset)
        self._skip(_SPACE)
        self.at += brackets
        return path

    def _enter(self, path: KeyPath, offset: int) -> KeyPath:
        self.offsets.setdefault(path, offset)
        return (*path, self.arrays[path]) if path in self.arrays else path

    def _pair(self, table: KeyPath) -> None:
        *tables, (name, offset) = self._key()
        path = table
        for part, place in tables:
            path = (*path, part)
            self.offsets.setdefault(path, place)
        path = (*path, name)
        self._define(path, offset)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _define(self, path: KeyPath, offset: int) -> None:
        self.last, self.before = path, self.offsets.get(path)
        self.offsets[path] = offset

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            self._skip(_SPACE)
            start = self.at
            pattern = _STRING if self.text[start : start + 1] in {'"', "'"} else _BARE_KEY
            found = pattern.match(self.text, start)
            self.at = found.end() if found else len(self.text)
            parts.append((_name(self.text[start : self.at]), start))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in {'"', "'"}:
            found = _STRING.match(self.text, self.at)
            self.at = found.end() if found else len(self.text)
        else:
            self._skip(_BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        index = 0
        while self._more("]"):
            self.offsets[*path, index] = self.at
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Step over the bracket or comma before an item; false at the closing bracket."""
        self._skip(_BLANK)
        if not self.text.startswith(end, self.at):
            self.at += 1
            self._skip(_BLANK)
        closed = self.text.startswith(end, self.at)
        self.at += closed
        return not closed and self.at < len(self.text)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)


def _name(key: str) -> str:
    if key[:1] == '"':
        try:
            name: str = tomllib.loads(f"name = {key}")["name"]
        except tomllib.TOMLDecodeError:
            return key
        return name
    return key[1:-1] if key[:1] == "'" else key
