"""The conditions that Moesif serves: regular expressions over fields of a call.

Flows in: an entry of ``regex_config``. Flows out: a `Group`, true of a call when all its
patterns are found; or None, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from moesif_declarative.call import Call
from moesif_declarative.rules.header_name import tornado_spelling
from moesif_declarative.rules.pattern import Pattern, PatternError, compile_pattern
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.served.text import listed

_MOST_CONDITIONS: Final = 50
_LONGEST_PATTERN: Final = 10_000
_BODY: Final = "request.body."
_HEADERS: Final = "request.headers."
_GRAPHQL: Final = "application/graphql"

Reader: TypeAlias = Callable[[Call], str | None]


def _status(call: Call) -> str | None:
    # Before the response is there, a call has no status.
    return str(call.record.status) if call.record.status else None


_FIELDS: Final[Mapping[str, Reader]] = {
    "request.verb": lambda call: call.record.method,
    "request.route": lambda call: call.path,
    "request.ip": lambda call: call.client_ip,
    "request.ip_address": lambda call: call.client_ip,
    "response.status": _status,
}
"""The fields that have one name; ``request.route`` is the path alone, as sent."""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that are joined by AND.

    Attributes:
        tests: What reads each field, and the pattern that is searched in it.
        reads_body: Whether one of them reads the request's body.
    """

    tests: tuple[tuple[Reader, Pattern], ...]
    reads_body: bool

    def holds(self, call: Call) -> bool:
        """Whether every pattern is found; a field that a call lacks holds none."""
        for read, pattern in self.tests:
            text = read(call)
            if text is None or not pattern.found(text):
                return False
        return True


def compile_group(entry: Any, place: str, told: list[str]) -> Group | None:
    """Compile one entry of ``regex_config``.

    Args:
        entry: ``{"conditions": [{"path": "request.verb", "value": "GET|HEAD"}, …]}``.
        place: Where it stands, for what is told.
        told: Collects what is wrong.

    Returns:
        The group; None, and told, where any condition in it cannot be judged, or where there is
        none: what was meant to be narrow must not match everything.
    """
    conditions = entry.get("conditions") if isinstance(entry, dict) else None
    tests, reads_body = [], False
    before = len(told)
    for where, condition in listed(conditions, f"{place}.conditions", _MOST_CONDITIONS, told):
        test = _compile_test(condition, where, told)
        if test is not None:
            tests.append(test)
            reads_body |= str(condition["path"]).startswith(_BODY)
    if len(told) == before and not tests:
        told.append(f"{place} has no conditions")
    return Group(tuple(tests), reads_body) if len(told) == before else None


def _compile_test(condition: Any, place: str, told: list[str]) -> tuple[Reader, Pattern] | None:
    path = condition.get("path") if isinstance(condition, dict) else None
    value = condition.get("value") if isinstance(condition, dict) else None
    read = compile_reader(path) if isinstance(path, str) else None
    if read is None:
        told.append(f"{place}.path names no field that is known")
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        told.append(f"{place}.value is no pattern")
        return None
    try:
        return read, compile_pattern(value)
    except PatternError as error:
        told.append(f"{place}.value cannot be read: {error}")
        return None


def compile_reader(path: str) -> Reader | None:
    """Compile the path of a condition.

    Args:
        path: ``request.verb``, ``request.route``, ``request.ip``, ``request.ip_address``,
            ``response.status``, ``request.headers.X`` or ``request.body.X``.

    Returns:
        What gives the field's text for a call, None where it lacks it; or None for other paths.
    """
    if path.startswith(_HEADERS) and len(path) > len(_HEADERS):
        name = tornado_spelling(path.removeprefix(_HEADERS))
        return lambda call: call.request_headers.get(name)
    if path.startswith(_BODY) and len(path) > len(_BODY):
        key = path.removeprefix(_BODY)
        return lambda call: _body_field(call, key)
    return _FIELDS.get(path)


def _body_field(call: Call, key: str) -> str | None:
    body = call.request_body
    if body.kind == "text" and key == "query" and call.request_type == _GRAPHQL:
        return body.text  # the whole body is the query there
    value = _member(body.value, key)
    if isinstance(value, list) and body.kind == "form":
        value = value[0] if value else None
    return None if isinstance(value, dict | list) else text_of(value)


def _member(value: Any, key: str) -> Any:
    """Find a member by its name, else by the names on the way to it, joined by dots."""
    if isinstance(value, dict) and key in value:
        return value[key]
    for name in key.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
