"""What a test expects, against what would be sent.

Flows in: the ``expect`` table of a test, and what `explain` says of its call. Flows out: what
was otherwise than expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.call import json_text
from moesif_declarative.errors import Origin, Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.document_path import compile_document_path
from moesif_declarative.rules.jsonpath import JSONPath
from moesif_declarative.selftest.absence import member, place_of

NOTHING: Final = object()
"""Stands where there is no value at all."""

_HOOKS: Final = {
    "skipped": ("SKIP", "SAMPLE"),
    "user_id": ("IDENTIFY_USER",),
    "company_id": ("IDENTIFY_COMPANY",),
    "session_token": ("GET_SESSION_TOKEN",),
    "metadata": ("GET_METADATA",),
    "event": ("MASK_EVENT_MODEL",),
    "absent": ("MASK_EVENT_MODEL",),
}
_IDENTITIES: Final = ("user_id", "company_id", "session_token")
_REMARKS: Final = ("moesif_masked", "moesif_left_out", "moesif_body_sizes")
_UNFORESEEABLE: Final = (("transaction_id",), ("request", "time"), ("response", "time"))
_ACTED: Final = ("matched", "gave", "masked", "failed")


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is otherwise than expected.

    Attributes:
        expect: Which expectation: ``user_id``, ``event``, …
        at: JSONPath of what differs in the event; ``""`` where that goes without saying.
        expected: The JSON value that was expected; `NOTHING` for none.
        got: The JSON value that would be sent; `NOTHING` for none.
        origin: Where the expectation was written.
        why: The rules that made it so, each with its origin.
    """

    expect: str
    at: str
    expected: Any = field(repr=False)
    got: Any = field(repr=False)
    origin: Origin
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """A compiled ``expect`` table.

    Attributes:
        table: As it was written.
        paths: The JSONPaths of ``event`` with the values that must stand there.
        place: Where it was written.
    """

    table: Mapping[str, Any]
    paths: tuple[tuple[str, JSONPath, Any], ...]
    place: Place


def compile_expectation(table: Mapping[str, Any], place: Place, scope: Scope) -> Expectation:
    """Compile what a test expects.

    Args:
        table: The ``expect`` table, right in shape.
        place: Where it was written.
        scope: Collects paths that are wrong.
    """
    paths = []
    for text, value in table.get("event", {}).items():
        path = compile_document_path(text, place.at("event", text), scope)
        if path is not None:
            paths.append((text, path, json_text.plain(value)))
    return Expectation(table, tuple(paths), place)


def failures(expectation: Expectation, told: Mapping[str, Any]) -> tuple[Failure, ...]:
    """Compare what was expected with what `explain` says of the call.

    Args:
        expectation: What was expected.
        told: ``{"skipped", "event", "trace"}``.

    Returns:
        Every difference, in the order of the reference. Where nothing is sent and nobody
        expects that, this alone is told.
    """
    table, event = expectation.table, told["event"]
    found = []
    if bool(told["skipped"]) is not bool(table.get("skipped", False)):
        # Without an expectation about skipping, every other one takes an event for granted.
        taken = "skipped" in table or not set(table) <= {"absent"}
        if taken:
            found.append(("skipped", "", not told["skipped"], told["skipped"]))
    if event is not None:
        found += _in_event(expectation, event)
    elif not found:
        found += _in_nothing(table)
    return tuple(
        Failure(expect, at, wanted, got, _origin(expectation, expect), _why(expect, told, at))
        for expect, at, wanted, got in found
    )


def differences(expected: Any, got: Any, at: str = "$") -> Iterator[tuple[str, Any, Any]]:
    """Give every place where two JSON values differ: its path and both values there."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in dict.fromkeys((*expected, *got)):
            below = expected.get(key, NOTHING), got.get(key, NOTHING)
            yield from differences(*below, member(at, key))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, below in enumerate(zip(expected, got, strict=True)):
            yield from differences(*below, f"{at}[{index}]")
    elif not _same(expected, got):
        yield at, expected, got


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got  # in Python True equals 1, in JSON it does not
    return bool(expected == got)


def _in_event(
    expectation: Expectation, event: Mapping[str, Any]
) -> Iterator[tuple[str, str, Any, Any]]:
    table = expectation.table
    for name in _IDENTITIES:
        if name in table and table[name] != event.get(name, ""):
            yield name, "", table[name] or NOTHING, event.get(name, NOTHING)
    if "metadata" in table:
        expected = json_text.plain(table["metadata"])
        got = without_remarks(event.get("metadata", {}), expected)
        for difference in differences(expected, got, "$.metadata"):
            yield "metadata", *difference
    for text, path, expected in expectation.paths:
        for difference in _at_path(text, path, expected, event):
            yield "event", *difference
    searched = foreseeable(event)
    for text in table.get("absent", ()):
        place = place_of(text, searched)
        if place is not None:
            yield "absent", place, NOTHING, text


def _at_path(
    text: str, path: JSONPath, expected: Any, event: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Compare every node that a path selects; selecting nothing is a difference."""
    found = path.values(event)
    if not found:
        yield text, expected, NOTHING
    for index, got in enumerate(found):
        at = text if len(found) == 1 else f"match {index + 1} of {text}"
        yield from differences(expected, _comparable(text, expected, got), at)


def _comparable(text: str, expected: Any, got: Any) -> Any:
    """Leave out of a whole event what no test can foretell, unless it is expected."""
    if text == "$.metadata":
        return without_remarks(got, expected)
    if text != "$" or not isinstance(expected, dict):
        return got
    got = foreseeable(got, expected)
    if "metadata" in got:
        got["metadata"] = without_remarks(got["metadata"], expected.get("metadata"))
        if not got["metadata"] and "metadata" not in expected:
            del got["metadata"]
    return got


def foreseeable(event: Mapping[str, Any], wanted: Mapping[str, Any] | None = None) -> Any:
    """Leave out of an event what differs from run to run.

    Args:
        event: The event as its JSON reads.
        wanted: What is expected: what stands there stays in the event.
    """
    left = dict(event)
    for *above, name in _UNFORESEEABLE:
        side = above[0] if above else None
        holder = event.get(side) if side else event
        asked = (wanted or {}).get(side) if side else wanted
        if not isinstance(holder, dict) or (isinstance(asked, dict) and name in asked):
            continue
        if side:
            left[side] = {key: item for key, item in left[side].items() if key != name}
        else:
            left.pop(name, None)
    return left


def without_remarks(metadata: Any, expected: Any) -> Any:
    """Leave out of a metadata what MASK_REMARKS adds, unless it is expected."""
    if not isinstance(metadata, dict):
        return metadata
    wanted = expected if isinstance(expected, dict) else {}
    return {key: item for key, item in metadata.items() if key not in _REMARKS or key in wanted}


def _in_nothing(table: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Give what cannot be, where a call is skipped as expected."""
    for name in (*_IDENTITIES, "metadata", "event"):
        if table.get(name):
            yield name, "", table[name], NOTHING


def _origin(expectation: Expectation, expect: str) -> Origin:
    return expectation.place.at(expect).origin


def _why(expect: str, told: Mapping[str, Any], at: str) -> tuple[str, ...]:
    rows = [row for row in told["trace"] if row["hook"] in _HOOKS[expect]]
    acted = [row for row in rows if row["outcome"].startswith(_ACTED)]
    if expect in {"event", "absent"}:
        place = at.removeprefix("$.")
        acted = [row for row in acted if place and place in row["outcome"]]
    elif expect != "skipped":
        acted = acted or rows
    return tuple(
        f"{row['hook']} {row['rule']}".strip() + f": {row['outcome']} ({row['origin']})"
        for row in acted
    )
