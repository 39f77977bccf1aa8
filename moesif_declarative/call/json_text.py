"""JSON text to values and back, without changing a number or losing an event.

Flows in: bytes or text that may be JSON; JSON values. Flows out: JSON values whose numbers remember
how they were written, and the bytes that go to Moesif.

`parse` reads what Python's `json` reads but NaN and Infinity. orjson does the work where it
cannot tell the difference; `json` does it where orjson would change a number or refuse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

import orjson

from moesif_declarative.call.json_scan import PLAIN_SCAN, Look
from moesif_declarative.call.number import INT64_MIN, UINT64_MAX, WrittenNumber, big_text
from moesif_declarative.call.plain import plain

__all__ = [
    "WrittenNumber",
    "canonical",
    "dump",
    "encode",
    "indented",
    "parse",
    "parse_utf8",
    "plain",
    "unescaped",
]

_SIMPLE_ESCAPES = (
    *(('\\"', '"'), ("\\/", "/"), ("\\n", "\n"), ("\\t", "\t")),
    *(("\\r", "\r"), ("\\b", "\b"), ("\\f", "\f")),
)


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
        if PLAIN_SCAN.look(raw).exact:
            return orjson.loads(raw)
    except ValueError:
        pass  # a lone surrogate, UTF-16, a byte order mark, too deep, or no JSON: `json` knows
    return _parse_exactly(source)


def parse_utf8(raw: bytes, text: str, look: Look | None = None) -> tuple[Any, bool]:
    """Read a JSON text that is given as bytes and decoded.

    Args:
        raw: The bytes, in UTF-8 without a byte order mark.
        text: The same, decoded.
        look: What a pass over the bytes found, if there was one.

    Returns:
        The value as `parse` gives it, and whether it is literal: every string, key and number
        of it stands in ``unescaped(text)`` as it is, and no string in it begins like JSON.

    Raises:
        ValueError: As `parse`.
    """
    look = look or PLAIN_SCAN.look(raw)
    if look.exact:
        try:
            return orjson.loads(raw), look.literal
        except ValueError:
            pass  # too deep, a lone surrogate, or no JSON: `json` knows
    return _parse_exactly(text), look.literal


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
    return number if INT64_MIN <= number <= UINT64_MAX else text


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
        in_range = INT64_MIN <= value <= UINT64_MAX
        return str(int(value)) if in_range else _text(big_text(value))
    return json.dumps(value)


def _text(value: str) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)
