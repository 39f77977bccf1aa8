"""The tests of conditions: what a selector's value is compared with.

Flows in: the tests beside a selector. Flows out: one function from a value, or its absence, to
a verdict. Without a value every test is false but ``exists = false``.

Text that holds a number equals that number, so that headers and JSON compare alike; text is
otherwise compared as it stands.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from moesif_declarative.call import json_text
from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.rules.network import compile_networks
from moesif_declarative.rules.number_range import number_of
from moesif_declarative.rules.regex_option import compile_regexes
from moesif_declarative.rules.text_form import comparable, text_of
from moesif_declarative.rules.transform import truth_of

Verdict: TypeAlias = Callable[[Any], bool]
TextVerdict: TypeAlias = Callable[[str], bool]

_NUMERIC: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def compile_tests(table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict | None:
    """Compile the tests in a table.

    Args:
        table: The table of a condition; keys that are no tests are left to others. Without any
            test the verdict is whether there is a value.
        place: Where it was written.
        scope: Collects what is wrong.

    Returns:
        A function from a value, None for none, to a verdict; it never raises. None after a
        problem was added.
    """
    names = [name for name in _COMPILERS if name in table]
    compiled = [_COMPILERS[name](name, table, place, scope) for name in names]
    verdicts = tuple(verdict for verdict in compiled if verdict is not None)
    if len(verdicts) < len(compiled):
        return None
    absent = bool(names) and all(name == "exists" and not table[name] for name in names)
    if len(verdicts) == 1:
        (verdict,) = verdicts
        return lambda value: absent if value is None else verdict(value)
    return lambda value: absent if value is None else all(verdict(value) for verdict in verdicts)


def has_tests(table: Mapping[str, Any]) -> bool:
    """Whether a table holds any test."""
    return any(name in table for name in _COMPILERS)


def is_equal(value: Any, expected: Any) -> bool:
    """Compare JSON values; a number equals text that holds it, a boolean the text of it."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return text_of(value) == text_of(expected)
    if isinstance(value, str) and isinstance(expected, str):
        return value == expected
    if isinstance(value, dict | list) or isinstance(expected, dict | list):
        return bool(json_text.plain(value) == json_text.plain(expected))
    number, wanted = number_of(value), number_of(expected)
    return number is not None and number == wanted


def is_truthy(value: Any) -> bool:
    """Whether a value counts as true: not false, 0, empty, or text that says ``false`` or ``no``.

    Never raises: a value that cannot tell is not true.
    """
    if isinstance(value, str):
        return bool(value) and truth_of(value) is not False
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - an application's __bool__ runs here
        return False


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _folding(table: Mapping[str, Any]) -> Callable[[Any], Any]:
    return _folded if table.get("ignore_case") else lambda value: value


def _one_of(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    fold = _folding(table)
    listed = name in {"in", "not_in"} and isinstance(table[name], Sequence | set | frozenset)
    wanted = tuple(fold(comparable(item)) for item in (table[name] if listed else [table[name]]))
    negated = name.startswith("not_")

    def verdict(value: Any) -> bool:
        known = fold(comparable(value))
        if known is None:
            return False
        return negated != any(is_equal(known, item) for item in wanted)

    return verdict


def _contains(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    fold = _folding(table)
    wanted = tuple(fold(comparable(item)) for item in _listed(table[name]))
    texts = tuple(text for text in map(text_of, wanted) if text is not None)

    def verdict(value: Any) -> bool:
        known = comparable(value)
        if isinstance(known, list):
            return any(is_equal(fold(item), one) for item in known for one in wanted)
        if isinstance(known, dict):
            keys = {fold(key) for key in known}
            return any(text in keys for text in texts)
        text = fold(text_of(known))
        return text is not None and any(one in text for one in texts)

    return verdict


def _on_text(holds: TextVerdict) -> Verdict:
    def verdict(value: Any) -> bool:
        text = text_of(value)
        return text is not None and holds(text)

    return verdict


def _affix(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    fold = _folding(table)
    affixes = tuple(str(fold(text_of(item))) for item in _listed(table[name]))
    if name == "starts_with":
        return _on_text(lambda text: fold(text).startswith(affixes))
    return _on_text(lambda text: fold(text).endswith(affixes))


def _glob(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    globs = [str(glob) for glob in _listed(table[name])]
    return _on_text(compile_globs(globs, ignore_case=bool(table.get("ignore_case"))))


def _matches(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict | None:
    at = place.at(name)
    sources = [str(source) for source in _listed(table[name])]
    places = [at] if isinstance(table[name], str) else [at.at(i) for i in range(len(sources))]
    patterns = compile_regexes(
        sources, table, places, scope, ignore_case=bool(table.get("ignore_case"))
    )
    if len(patterns) < len(sources):
        return None
    return _on_text(lambda text: any(pattern.found(text) for pattern in patterns))


def _exists(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    wanted = bool(table[name])
    return lambda _value: wanted


def _truthy(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict:  # noqa: ARG001
    wanted = bool(table[name])
    return lambda value: is_truthy(value) is wanted


def _number(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict | None:
    bound, compare = number_of(table[name]), _NUMERIC[name]
    if bound is None:
        message = f"{table[name]!r} is no number"
        scope.problems.error("bad-number", place.at(name), message, f"{name} = 1000")
        return None

    def verdict(value: Any) -> bool:
        number = number_of(comparable(value))
        return number is not None and compare(number, bound)

    return verdict


def _cidr(name: str, table: Mapping[str, Any], place: Place, scope: Scope) -> Verdict | None:
    holds = compile_networks(table[name], place.at(name), scope)
    return None if holds is None else _on_text(holds)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


_COMPILERS: Final[dict[str, Callable[[str, Mapping[str, Any], Place, Scope], Verdict | None]]] = {
    "exists": _exists,
    "truthy": _truthy,
    "equals": _one_of,
    "not_equals": _one_of,
    "in": _one_of,
    "not_in": _one_of,
    "contains": _contains,
    "starts_with": _affix,
    "ends_with": _affix,
    "glob": _glob,
    "matches": _matches,
    **dict.fromkeys(_NUMERIC, _number),
    "cidr": _cidr,
}

TESTS: Final = tuple(_COMPILERS)
"""The names of all tests."""
