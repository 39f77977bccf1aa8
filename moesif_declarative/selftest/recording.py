"""Tests written from traffic: they say what is sent today, so that a change shows.

Flows in: HAR entries and compiled settings. Flows out: the text of ``TESTS`` tables, which pass
with these settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Body, Call, View
from moesif_declarative.errors import Place, Problems
from moesif_declarative.har import HarError, foreign_scheme, record_from
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.schema.settings import Settings
from moesif_declarative.selftest.absence import member
from moesif_declarative.selftest.entry import STARTED
from moesif_declarative.selftest.expectation import (
    NOTHING,
    compile_expectation,
    differences,
    failures,
    without_remarks,
)
from moesif_declarative.selftest.run import run_call
from moesif_declarative.selftest.storable import is_writable, storable
from moesif_declarative.startup import Compiled
from moesif_declarative.toml_text import untokened, write_comment, write_key, write_value

_OTHER_START: Final = "2001-02-03T04:05:06.789+00:00"
_STATUSES: Final = range(100, 600)
_LARGEST_BYTES: Final = 2**30
_LONGEST_NAME: Final = 48
_RECORDED: Final = (
    ("request", "uri"),
    ("request", "headers"),
    ("request", "body"),
    ("request", "ip_address"),
    ("request", "api_version"),
    ("response", "headers"),
    ("response", "body"),
    ("action_name",),
)


def record_tests(
    entries: Sequence[Mapping[str, Any]],
    compiled: Compiled,
    source: str,
    names: Iterable[str] = (),
) -> tuple[str, int]:
    """Write a test for every call of a recording.

    Args:
        entries: HAR entries.
        compiled: The settings; what they make of each call is what its test expects.
        source: Where the entries come from, for a comment.
        names: Names that other tests bear already.

    Returns:
        The text of a settings file with ``TESTS`` tables alone, and how many they are. An entry
        that is no call over HTTP with an answer gives a comment in place of a test.
    """
    taken = {name.lower() for name in names}
    lines = [
        write_comment(
            f"Recorded from {source} by `moesif-declarative test --record`. The requests and\n"
            "answers stand here as they were, credentials and personal data included."
        )
    ]
    count = 0
    for number, entry in enumerate(entries):
        try:
            test, remarks = _call_of(entry)
        except HarError as error:
            lines += ["", write_comment(f"Entry {number} was left out: {error}.")]
            continue
        name = _name(entry, taken)
        variables = {**_variables(compiled.settings), **test.get("env", {})}
        if variables:
            test["env"] = variables
        test["expect"] = _expected(test, compiled)
        lines += ["", *map(write_comment, remarks), *_tables(("default", "TESTS", name), test)]
        count += 1
    return "\n".join(lines) + "\n", count


def _call_of(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Read the call of an entry: the tables of its test, and what could not be kept."""
    record = record_from(entry, _LARGEST_BYTES)
    if record.status not in _STATUSES:
        raise HarError("it has no answer")
    if scheme := foreign_scheme(entry):
        raise HarError(f"it is no call over HTTP, but {scheme}")
    call = Call(record, View(_LARGEST_BYTES))
    remarks: list[str] = []
    request = {
        "method": record.method,
        "url": entry["request"]["url"],
        **_headers(record.request_headers, record.request_type),
        **_body("request", call.request_body, remarks),
        **({"remote_ip": record.remote_ip} if record.remote_ip else {}),
    }
    response = {
        "status": record.status,
        **_headers(record.response_headers, record.response_type),
        **_body("response", call.response_body, remarks),
        "duration_ms": round(record.duration_s * 1000, 3),
    }
    test = {"request": request, "response": response, **_surroundings(entry)}
    if record.route is not None:
        remarks.append("A test has no route: what reads it finds nothing here.")
    return {key: storable(table) for key, table in test.items()}, remarks


def _headers(headers: HTTPHeaders, content_type: str) -> dict[str, Any]:
    """Give the headers; a type that the entry told apart from them becomes one."""
    if content_type and "Content-Type" not in headers:
        headers = headers.copy()
        headers["Content-Type"] = content_type
    found = {name: headers.get_list(name) for name in headers}
    if not found:
        return {}
    kept = {name: values if len(values) > 1 else values[0] for name, values in found.items()}
    return {"headers": kept}


def _body(side: str, body: Body, remarks: list[str]) -> dict[str, str]:
    if body.text is not None and body.kind != "absent":
        return {"body": body.text}
    if body.kind != "absent":
        remarks.append(f"The {side}'s body is no text and was left out.")
    return {}


def _surroundings(entry: Mapping[str, Any]) -> dict[str, Any]:
    handler = dict(entry["_handler"]) if isinstance(entry.get("_handler"), Mapping) else {}
    path_args = entry.get("_path_args")
    if path_args and isinstance(path_args, dict | list):
        handler["path_kwargs" if isinstance(path_args, dict) else "path_args"] = path_args
    own = entry.get("_env")
    texts = {str(k): str(v) for k, v in own.items()} if isinstance(own, Mapping) else {}
    return {**({"handler": handler} if handler else {}), **({"env": texts} if texts else {})}


def _variables(settings: Settings) -> dict[str, str]:
    """Give the variables that sources read, so that a test gives the same on every machine."""
    pending: list[Any] = [settings.get_metadata]
    pending += [rule.table for rules in settings.rules.values() for rule in rules]
    names = set()
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            pending += value.values()
            if isinstance(value.get("env"), str):
                names.add(value["env"])
        elif isinstance(value, list | tuple):
            pending += value
    return {name: settings.variables[name] for name in sorted(names & set(settings.variables))}


def _name(entry: Mapping[str, Any], taken: set[str]) -> str:
    request = entry["request"]
    path = re.sub(r"^[^:]*://[^/?#]*", "", request["url"]).partition("?")[0]
    words = re.findall(r"[a-z0-9]+", f"{request['method']} {path}".lower())
    stem = "_".join(words)[:_LONGEST_NAME].strip("_") or "call"
    stem = stem if stem[0].isalpha() else f"call_{stem}"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def _expected(test: Mapping[str, Any], compiled: Compiled) -> dict[str, Any]:
    place = Place(("TESTS",), {})
    told, again = (
        run_call(test, compiled, place, Problems(), start) for start in (STARTED, _OTHER_START)
    )
    event = told["event"]
    if told["skipped"] or event is None:
        return {"skipped": True}
    expected: dict[str, Any] = {"skipped": False}
    for name in ("user_id", "company_id", "session_token"):
        if _steady((name,), event, again):
            expected[name] = event.get(name, "")
    metadata = without_remarks(event.get("metadata", {}), {})
    if _steady(("metadata",), event, again) and is_writable(metadata):
        expected["metadata"] = metadata
    pairs = dict(_pairs(event, again))
    if pairs:
        expected["event"] = pairs
    return _passing(expected, told, compiled)


def _pairs(event: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for path in _RECORDED:
        value = _at(path, event)
        if value is not NOTHING and _steady(path, event, again):
            yield from _writable_pairs("$." + ".".join(path), value)


def _writable_pairs(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give a value, or what is below it, as far as TOML can hold it: it knows no null."""
    if is_writable(value):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _writable_pairs(member(path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _writable_pairs(f"{path}[{index}]", item)


def _steady(path: Iterable[str], event: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether a value is the same when the call is made at another time."""
    path = tuple(path)
    other = _at(path, again["event"] or {})
    return not any(differences(_at(path, event), other))


def _at(path: Iterable[str], event: Any) -> Any:
    for key in path:
        event = event.get(key, NOTHING) if isinstance(event, dict) else NOTHING
    return event


def _passing(
    expected: dict[str, Any], told: Mapping[str, Any], compiled: Compiled
) -> dict[str, Any]:
    """Leave out what no JSONPath can name, such as a member whose name is no text for one."""
    settings = compiled.settings
    place = Place(("TESTS",), {})
    for path in list(expected.get("event", {})):
        problems = Problems()
        scope = Scope(problems, settings.variables, settings.environment)
        one = {"skipped": False, "event": {path: expected["event"][path]}}
        compiled_one = compile_expectation(one, place, scope)
        if problems.errors or failures(compiled_one, told):
            del expected["event"][path]
    return expected if expected.get("event", True) else _without(expected, "event")


def _without(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


def _tables(path: tuple[str, ...], test: Mapping[str, Any]) -> Iterator[str]:
    for part, table in test.items():
        yield f"[{write_key((*path, part))}]"
        below = table.get("event", {}) if part == "expect" else {}
        for key, value in table.items():
            if key != "event" or part != "expect":
                yield f"{write_key((key,))} = {write_value(untokened(value))}"
        if below:
            yield f"[{write_key((*path, part, 'event'))}]"
        for key, value in below.items():
            yield f"{write_key((key,))} = {write_value(untokened(value))}"
