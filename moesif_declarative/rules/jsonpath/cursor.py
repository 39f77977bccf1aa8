"""A position in a path's text, and the small words read from there (RFC 9535 appendix A).

Flows in: the text. Flows out: names, strings and numbers, or a `PathError` at their position.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from moesif_declarative.rules.jsonpath.error import PathError
from moesif_declarative.rules.pattern import Engine

_NESTING_LIMIT: Final = 50
_INDEX_LIMIT: Final = 2**53 - 1
_DIGITS_LIMIT: Final = 300

_BLANK: Final = re.compile(r"[ \t\n\r]*")
# Surrogates are no name's characters. One class with all the others compiles thirty times slower.
_NAME: Final = re.compile(r"(?![0-9])(?:[A-Za-z0-9_]|(?![\ud800-\udfff])[^\x00-\x7f])+")
_INTEGER: Final = re.compile(r"-?[0-9]+")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SIMPLE_ESCAPES: Final = {
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "/": "/",
    "\\": "\\",
}
_HEX: Final = re.compile(r"[0-9A-Fa-f]{4}")


@dataclass(slots=True)
class Cursor:
    """Reads a path from left to right.

    Attributes:
        text: The whole path.
        position: The next character to be read.
        depth: How many filters, parentheses and calls are open.
        escaped: Where the strings with escapes in them begin and end.
        engine: What the patterns of ``=~`` are read by.
        matched: The patterns of ``=~`` read so far.
    """

    text: str
    position: int = 0
    depth: int = 0
    escaped: list[tuple[int, int]] = field(default_factory=list)
    engine: Engine = "re2"
    matched: list[str] = field(default_factory=list)

    def fail(self, message: str, hint: str = "", position: int | None = None) -> NoReturn:
        """Raise a `PathError`, at this position unless another is given."""
        raise PathError(message, hint, self.position if position is None else position)

    def looking_at(self, token: str) -> bool:
        """Tell whether a token comes next."""
        return self.text.startswith(token, self.position)

    def take(self, token: str) -> bool:
        """Pass over a token if it comes next, and tell whether it did."""
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def blank(self) -> None:
        """Pass over blank space."""
        found = _BLANK.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def open(self) -> None:
        """Go one level down, to a limit that keeps hostile paths from exhausting the stack."""
        self.depth += 1
        if self.depth > _NESTING_LIMIT:
            self.fail(f"filters are nested more than {_NESTING_LIMIT} deep", "write it simpler")

    def close(self) -> None:
        """Come back from one level."""
        self.depth -= 1

    def shown(self) -> str:
        """Describe what comes next, for messages."""
        if self.position >= len(self.text):
            return "the end of the path"
        return repr(self.text[self.position])

    def name(self) -> str | None:
        """Read a name that needs no quotes, None if none comes next."""
        return self._matched(_NAME)

    def _matched(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return found[0]

    def integer(self) -> int | None:
        """Read an index or a bound of a slice, None if none comes next."""
        start = self.position
        written = self._matched(_INTEGER)
        if written is None:
            return None
        self._check_zeros(written, start)
        if written == "-0":
            self.fail("-0 is no index", "write 0", start)
        if len(written) > _DIGITS_LIMIT or abs(int(written)) > _INDEX_LIMIT:
            self.fail("the number is too large for an index", "at most 2^53 - 1", start)
        return int(written)

    def number(self) -> int | float | None:
        """Read a number to compare with, None if none comes next."""
        start = self.position
        written = self._matched(_NUMBER)
        if written is None:
            return None
        self._check_zeros(re.split("[.eE]", written)[0], start)
        if len(written) > _DIGITS_LIMIT:
            self.fail("the number is too long", position=start)
        return float(written) if re.search("[.eE]", written) else int(written)

    def _check_zeros(self, written: str, start: int) -> None:
        digits = written.removeprefix("-")
        if len(digits) > 1 and digits[0] == "0":
            mended = written.replace(digits, digits.lstrip("0") or "0")
            self.fail("a number has no leading zeros", f"write {mended}", start)

    def string(self) -> str | None:
        """Read a quoted string, its escapes resolved; None if none comes next."""
        start = self.position
        quote = self.text[start : start + 1]
        if quote not in ("'", '"'):
            return None
        self.position += 1
        parts: list[str] = []
        while not self.take(quote):
            parts.append(self._character(start))
        if "\\" in self.text[start : self.position]:
            self.escaped.append((start, self.position))
        return "".join(parts)

    def _character(self, start: int) -> str:
        if self.position >= len(self.text):
            self.fail("the quotes are not closed", "end the string with its quote", start)
        sign = self.text[self.position]
        if sign == "\\":
            return self._escape(self.text[start])
        if sign < " " or "\ud800" <= sign <= "\udfff":
            escaped = json.dumps(sign)[1:-1]
            self.fail(f"{sign!r} may not stand in a string as it is", f"write {escaped}")
        self.position += 1
        return sign

    def _escape(self, quote: str) -> str:
        start = self.position
        sign = self.text[start + 1 : start + 2]
        self.position += 2
        if sign == "u":
            return self._unicode(start)
        if sign == quote:
            return quote
        if sign not in _SIMPLE_ESCAPES:
            shown = f"\\{sign}" if sign else "a backslash at the end"
            hint = f"write {sign} without the backslash" if sign in ("'", '"') else ""
            hint = hint or f"write \\\\{sign} for a backslash itself"
            self.fail(f"{shown} is no escape of RFC 9535", hint, start)
        return _SIMPLE_ESCAPES[sign]

    def _unicode(self, start: int) -> str:
        high = self._code(start)
        if 0xDC00 <= high <= 0xDFFF:
            self.fail("a low surrogate stands alone", "write both halves, high first", start)
        if not 0xD800 <= high <= 0xDBFF:
            return chr(high)
        low = self._code(start) if self.take("\\u") else 0
        if not 0xDC00 <= low <= 0xDFFF:
            self.fail("a high surrogate stands alone", "write both halves, high first", start)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

    def _code(self, start: int) -> int:
        digits = self._matched(_HEX)
        if digits is None:
            self.fail("\\u is not followed by four hexadecimal digits", "write \\u00e9", start)
        return int(digits, 16)
