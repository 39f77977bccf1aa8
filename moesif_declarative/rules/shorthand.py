"""The shorthands of conditions: ``method``, ``path``, ``status`` and the like.

Flows in: a shorthand's value, one or a list (any of). Flows out: a test on a call, which reads
the request line, the headers and the status alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.rules.number_range import NumberTest, compile_range
from moesif_declarative.rules.regex_option import compile_regexes

if TYPE_CHECKING:
    from moesif_declarative.call import Call

    Holds = Callable[[Call], bool]
    Read = Callable[[Call], str]

_STATUS_HINT: Final = 'write 404, "5xx", "200-299" or ">=500"'


def compile_shorthand(
    name: str, table: Mapping[str, Any], place: Place, scope: Scope, *, ignore_case: bool = False
) -> Holds | None:
    """Compile one shorthand.

    Args:
        name: One of `SHORTHANDS`.
        table: The condition's table; ``engine`` beside a regex is read from there.
        place: Where the table was written.
        scope: Knows the settings environment, and collects what is wrong.
        ignore_case: Whether texts that are compared as sent match in any case.

    Returns:
        The test; it never raises. None after a problem was added.
    """
    values = _listed(table[name])
    if name in _REGEX:
        return _compile_regexes(name, table, place, scope, ignore_case=ignore_case)
    if name == "status":
        return _compile_status(values, place.at(name), scope)
    if name == "environment":
        wanted = {str(value).casefold() for value in values}
        return _constant(scope.environment.casefold() in wanted)
    return _TEXTUAL[name]([str(value) for value in values], ignore_case)


def _method(values: Sequence[str], _ignore_case: bool) -> Holds:
    methods = frozenset(value.strip().upper() for value in values)
    return lambda call: call.record.method.upper() in methods


def _host(values: Sequence[str], _ignore_case: bool) -> Holds:
    fits = compile_globs(values, ignore_case=True)

    def holds(call: Call) -> bool:
        host = call.record.host
        return fits(host) or fits(_without_port(host))

    return holds


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and (":" not in name or name[-1:] == "]") else host


def _globs(read: Read) -> Callable[[Sequence[str], bool], Holds]:
    def compile_texts(values: Sequence[str], ignore_case: bool) -> Holds:
        fits = compile_globs(values, ignore_case=ignore_case)
        return lambda call: fits(read(call))

    return compile_texts


def _parts(read: Read) -> Callable[[Sequence[str], bool], Holds]:
    def compile_texts(values: Sequence[str], ignore_case: bool) -> Holds:
        if ignore_case:
            folded = tuple(value.casefold() for value in values)
            return lambda call: _has_any(read(call).casefold(), folded)
        texts = tuple(values)
        return lambda call: _has_any(read(call), texts)

    return compile_texts


def _has_any(text: str, parts: Sequence[str]) -> bool:
    return any(part in text for part in parts)


def _path(call: Call) -> str:
    return call.path


def _url(call: Call) -> str:
    return call.url


def _user_agent(call: Call) -> str:
    return call.request_headers.get("User-Agent", "")


_TEXTUAL: Final[dict[str, Callable[[Sequence[str], bool], Holds]]] = {
    "method": _method,
    "path": _globs(_path),
    "host": _host,
    "url": _globs(_url),
    "path_contains": _parts(_path),
    "url_contains": _parts(_url),
    "user_agent_contains": _parts(_user_agent),
}
_REGEX: Final[dict[str, Read]] = {"path_regex": _path, "url_regex": _url}

SHORTHANDS: Final = (*_TEXTUAL, *_REGEX, "status", "environment")
"""The names of all shorthands."""


def _compile_regexes(
    name: str, table: Mapping[str, Any], place: Place, scope: Scope, *, ignore_case: bool
) -> Holds | None:
    read, values = _REGEX[name], _listed(table[name])
    places = _places(table[name], place.at(name))
    sources = [str(value) for value in values]
    patterns = compile_regexes(sources, table, places, scope, ignore_case=ignore_case)
    if len(patterns) < len(values):
        return None

    def holds(call: Call) -> bool:
        text = read(call)
        return any(pattern.found(text) for pattern in patterns)

    return holds


def _compile_status(values: Sequence[Any], place: Place, scope: Scope) -> Holds | None:
    places = [place] if len(values) == 1 else [place.at(at) for at in range(len(values))]
    compiled = [
        _status_test(value, where, scope) for value, where in zip(values, places, strict=True)
    ]
    tests = tuple(test for test in compiled if test is not None)
    if len(tests) < len(compiled):
        return None
    return lambda call: any(test(call.record.status) for test in tests)


def _status_test(value: Any, place: Place, scope: Scope) -> NumberTest | None:
    text = str(value).strip()
    if not isinstance(value, bool) and text.isdecimal() and text.isascii():
        if 100 <= int(text[:9]) <= 999:
            return int(text).__eq__
        message = f"{text} is no HTTP status: they have three digits"
        scope.problems.error("bad-status", place, message, _STATUS_HINT)
        return None
    try:
        in_range = compile_range(text) if isinstance(value, str) else None
    except ValueError as error:
        scope.problems.error("bad-status", place, str(error), "swap its ends")
        return None
    if in_range is None:
        scope.problems.error("bad-status", place, f"{value!r} is no status", _STATUS_HINT)
    return in_range


def _constant(verdict: bool) -> Holds:
    return lambda _call: verdict


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _places(value: Any, place: Place) -> list[Place]:
    if isinstance(value, list | tuple):
        return [place.at(at) for at in range(len(value))]
    return [place]
