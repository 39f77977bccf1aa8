"""The ``map`` of a source: from values to other values.

Flows in: a table whose keys are values, globs or number ranges. Flows out: a function that
looks a value up; a value that no key fits has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.glob import compile_globs, is_literal
from moesif_declarative.rules.number_range import NumberTest, compile_range, number_of
from moesif_declarative.rules.text_form import text_of

Fits: TypeAlias = Callable[[str, Any], bool]


def compile_map(
    table: Mapping[str, Any], place: Place, scope: Scope
) -> Callable[[Any], Any] | None:
    """Compile a map.

    Args:
        table: Key to new value. A key is a value's text (``gold``, ``200``, ``true``), a glob
            (``gold-*``), or a range (``2xx``, ``200-299``, ``>=500``). The exact text goes
            first, then globs and ranges in the order written.
        place: Where it was written.
        scope: Collects what is wrong.

    Returns:
        A function from a value to its new value, None where no key fits; it never raises. None
        after a problem was added.
    """
    exact = {str(key): value for key, value in table.items()}
    fitting: list[tuple[Fits, Any]] = []
    sound = True
    for key, value in exact.items():
        try:
            fits = _fits(key)
        except ValueError as error:
            scope.problems.error("bad-map-key", place.at(key), str(error), "swap its ends")
            sound = False
            continue
        if fits is not None:
            fitting.append((fits, value))

    def look_up(value: Any) -> Any:
        text = _key_of(value)
        if text is None:
            return None
        if text in exact:
            return exact[text]
        number = number_of(value)
        return next((new for fits, new in fitting if fits(text, number)), None)

    return look_up if sound else None


def _fits(key: str) -> Fits | None:
    """Compile a key that may fit more than its own text."""
    if not is_literal(key):
        matched = compile_globs(key)
        return lambda text, _number: matched(text)
    in_range = compile_range(key)
    if in_range is not None:
        return _within(in_range)
    return None


def _within(in_range: NumberTest) -> Fits:
    return lambda _text, number: number is not None and in_range(number)


def _key_of(value: Any) -> str | None:
    # 200.0 and 200 are one number, however it was written.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of(value)
