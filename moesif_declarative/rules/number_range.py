"""Numbers and ranges of them, as rules write them: ``5xx``, ``200-299``, ``>=500``.

Flows in: text of the settings, and at request time values that may be numbers.
Flows out: a test on a number.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

Number: TypeAlias = int | float
NumberTest: TypeAlias = Callable[[Number], bool]

_NUMBER: Final = r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?"
_WRITTEN: Final = re.compile(rf"\s*({_NUMBER})\s*", re.ASCII)
_CLASS: Final = re.compile(r"([1-9])xx", re.ASCII | re.IGNORECASE)
_SPAN: Final = re.compile(rf"\s*({_NUMBER})\s*-\s*({_NUMBER})\s*", re.ASCII)
_BOUND: Final = re.compile(rf"\s*(>=|<=|>|<)\s*({_NUMBER})\s*", re.ASCII)
_OPERATORS: Final = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def number_of(value: Any) -> Number | None:
    """Read a value as a number.

    Args:
        value: A number, or text that holds one in decimal digits.

    Returns:
        The number; None for anything else: booleans, NaN, infinity. Never raises.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    return None if written is None else _read(written[1])


def compile_range(text: str) -> NumberTest | None:
    """Compile a range of numbers.

    Args:
        text: ``5xx`` (500 to 599), ``200-299`` (both ends in it), ``>=500``, ``>499``,
            ``<=299``, ``<300``.

    Returns:
        The test; None where the text is no range.

    Raises:
        ValueError: The range ends before it begins.
    """
    if found := _CLASS.fullmatch(text.strip()):
        low: Number = int(found[1]) * 100
        return _between(low, low + 99)
    if found := _BOUND.fullmatch(text):
        bound, compare = _read(found[2]), _OPERATORS[found[1]]
        return None if bound is None else lambda number: compare(number, bound)
    if found := _SPAN.fullmatch(text):
        first, last = _read(found[1]), _read(found[2])
        if first is None or last is None:
            return None
        if first > last:
            raise ValueError(f"the range {text!r} ends before it begins")
        return _between(first, last)
    return None


def _between(low: Number, high: Number) -> NumberTest:
    return lambda number: low <= number <= high


def _read(text: str) -> Number | None:
    if "." not in text and "e" not in text.lower():
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None
