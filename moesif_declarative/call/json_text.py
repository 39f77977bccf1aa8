"""JSON text to values and back, without changing a number or losing an event.

Flows in: bytes or text that may be JSON; any value that a hook returned. Flows out: plain JSON
values whose numbers remember how they were written, and the bytes that go to Moesif.

`parse` reads what Python's `json` reads but NaN and Infinity. orjson does the work where it
cannot tell the difference; `json` does it where orjson would change a number or refuse.
"""

from __future__ import annotations

import base64
import datetime
import enum
import json
import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any, NoReturn, Self
from uuid import UUID

import orjson
import re2

_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_MAX_PLAIN_DEPTH = 100

# Numbers that orjson would write otherwise than they were: exponents, trailing zeros, small
# fractions, a negative zero, more digits than 64 bits hold. Inside strings, where nothing comes
# before them that comes before a number, they are dates and identifiers, and tell nothing.
_TELLING_NUMBER = (
    rb"(?:^|[ \t\r\n:,\[])-?(?:[0-9]+(?:\.[0-9]+)?[eE]|[0-9]+\.[0-9]+0|[0-9]+\.000|[0-9.]{16})"
    rb"|(?:^|[ \t\r\n:,\[])-0(?:[^.]|$)"
)
# Texts that do not stand in the bytes as they are, but for the simple escapes; and texts that
# may hold JSON themselves, or begin with an escape and so might.
_NOT_LITERAL = rb'\\[u\\]|"[ \x{a0}\x{2028}\x{2029}\x{feff}\x{200b}]*[{\[\\]'
_SIMPLE_ESCAPES = (
    *(('\\"', '"'), ("\\/", "/"), ("\\n", "\n"), ("\\t", "\t")),
    *(("\\r", "\r"), ("\\b", "\b"), ("\\f", "\f")),
)
_ALWAYS, _TELLING, _INDIRECT = range(3)


def _signs_set() -> Any:
    signs = re2.Set.SearchSet()
    # A set that ran out of memory finds nothing, not even the end, which costs nothing to find.
    signs.Add(rb"\z")
    signs.Add(_TELLING_NUMBER)
    signs.Add(_NOT_LITERAL)
    signs.Compile()
    return signs


# One pass tells all signs, in half the time of two searches.
_signs_in = _signs_set().Match


class WrittenNumber(float):
    """A number with a fraction or an exponent, which remembers how it was written.

    Attributes:
        text: The number as it stood in the JSON text.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Make one from its text, which must be a JSON number within the range of a double."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.text,))


def parse(source: str | bytes) -> Any:
    """Read a JSON text.

    Args:
        source: Text, or bytes in UTF-8, UTF-16 or UTF-32; a byte order mark is passed over.

    Returns:
        The value. Fractions are `WrittenNumber`; a number that 64 bits do not hold is its text.

    Raises:
        ValueError: It is no JSON, or nested deeper than the readers allow.
    """
    try:
        raw = source if isinstance(source, bytes) else source.encode()
        signs = _signs_in(raw)
        if _ALWAYS in signs and _TELLING not in signs:
            return orjson.loads(raw)
    except ValueError:
        pass  # a lone surrogate, UTF-16, a byte order mark, too deep, or no JSON: `json` knows
    return _parse_exactly(source)


def parse_utf8(raw: bytes, text: str) -> tuple[Any, bool]:
    """Read a JSON text that is given as bytes and decoded.

    Args:
        raw: The bytes, in UTF-8 without a byte order mark.
        text: The same, decoded.

    Returns:
        The value as `parse` gives it, and whether it is literal: every string, key and number
        of it stands in ``unescaped(text)`` as it is, and no string in it begins like JSON.

    Raises:
        ValueError: As `parse`.
    """
    signs = _signs_in(raw)
    literal = _ALWAYS in signs and _INDIRECT not in signs
    if _ALWAYS in signs and _TELLING not in signs:
        try:
            return orjson.loads(raw), literal
        except ValueError:
            pass  # too deep, a lone surrogate, or no JSON: `json` knows
    return _parse_exactly(text), literal


def unescaped(text: str) -> str:
    """Resolve the simple escapes of a JSON text whose value is literal (`parse_utf8`)."""
    if "\\" in text:
        for written, meant in _SIMPLE_ESCAPES:
            text = text.replace(written, meant)
    return text


def _parse_exactly(source: str | bytes) -> Any:
    """Read a JSON text with Python's reader, numbers as they were written."""
    try:
        text = source if isinstance(source, str) else _decoded(source)
        return json.loads(
            text.removeprefix("\ufeff"),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _decoded(raw: bytes) -> str:
    return raw.decode(json.detect_encoding(raw), "surrogatepass")


def _integer(text: str) -> int | str:
    if len(text) > 20:
        return text
    number = int(text)
    if number == 0 and text[0] == "-":
        return WrittenNumber(text)  # type: ignore[return-value]  # -0 stays -0
    return number if _INT64_MIN <= number <= _UINT64_MAX else text


def _fraction(text: str) -> WrittenNumber | str:
    number = WrittenNumber(text)
    return text if math.isinf(number) else number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def encode(value: Any) -> bytes:
    """Write a JSON value, compact, in UTF-8; numbers as they were written.

    Args:
        value: JSON values as `parse` and `plain` give them.

    Returns:
        The JSON text; lone surrogates are escaped.
    """
    try:
        return orjson.dumps(value, default=_written)
    except (TypeError, ValueError, RecursionError):
        return "".join(_pieces(value)).encode()


def indented(value: Any) -> str:
    """Write a JSON value for people: as `encode` does, a member a line where that can be done."""
    try:
        return orjson.dumps(value, default=_written, option=orjson.OPT_INDENT_2).decode()
    except (TypeError, ValueError, RecursionError):
        return dump(value)


def dump(value: Any) -> str:
    """Write a JSON value as text, compact; the same text as `encode` gives."""
    return encode(value).decode()


def canonical(value: Any) -> str:
    """Write a JSON value as text with sorted keys, compact: the text that is hashed."""
    return "".join(_pieces(value, sort=True))


def _written(value: Any) -> orjson.Fragment:
    if isinstance(value, WrittenNumber):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _pieces(value: Any, *, sort: bool = False) -> Iterator[str]:
    """Write a value of any depth, without recursion."""
    # A stack of what is still to be written: text that is ready, or a value, marked by a tuple.
    todo: list[Any] = [(value,)]
    while todo:
        top = todo.pop()
        if isinstance(top, str):
            yield top
            continue
        (item,) = top
        if isinstance(item, dict):
            members = sorted(item.items()) if sort else item.items()
            parts: list[Any] = []
            for key, member in members:
                parts += [("," if parts else "") + _text(str(key)) + ":", (member,)]
            todo += ["}", *reversed(parts), "{"]
        elif isinstance(item, list):
            parts = []
            for member in item:
                parts += [",", (member,)] if parts else [(member,)]
            todo += ["]", *reversed(parts), "["]
        else:
            yield _scalar(item)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if isinstance(value, int) and not isinstance(value, bool):
        in_range = _INT64_MIN <= value <= _UINT64_MAX
        return str(int(value)) if in_range else _text(_big(value))
    return json.dumps(value)


def _text(value: str) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def _big(value: int) -> str:
    # Beyond a few thousand digits Python refuses to write a number in decimal.
    return str(value) if value.bit_length() < 10_000 else hex(value)


def plain(value: Any) -> Any:
    """Make JSON values out of whatever a hook returned; what cannot be one becomes None.

    Times become ISO 8601 text, bytes base64 text, sets and tuples lists, dataclasses objects,
    numbers that JSON or 64 bits do not hold text or None. The result shares nothing with the
    value. Never raises.
    """
    try:
        return _plain(value, 0)
    except Exception:  # noqa: BLE001 - the value's own methods run here, and may do anything
        return None


def _plain(value: Any, depth: int) -> Any:
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or kind is WrittenNumber:
        return value
    if depth > _MAX_PLAIN_DEPTH:
        return None
    if isinstance(value, enum.Enum):
        return _plain(value.value, depth + 1)
    if isinstance(value, int):
        return int(value) if _INT64_MIN <= value <= _UINT64_MAX else _big(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(member, depth + 1) for key, member in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [_plain(member, depth + 1) for member in value]
    return _plain_object(value, depth)


def _plain_object(value: Any, depth: int) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | PurePath):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            member.name: _plain(getattr(value, member.name), depth + 1) for member in fields(value)
        }
    return None


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    written = _plain(key, _MAX_PLAIN_DEPTH)
    return "" if written is None else str(written)
