"""Metadata: nested tables, sources, constants, and what happens without a value."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.call import json_text
from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.metadata import compile_metadata


@dataclass(frozen=True)
class Case:
    id: str
    table: dict[str, Any]
    expected: dict[str, Any] | None
    call: dict[str, Any] = field(default_factory=dict)


def handler(**facts: Any) -> dict[str, Any]:
    return {"handler": SimpleNamespace(**facts)}


BODY = {"headers": {"Content-Type": "application/json"}, "body": b'{"a": {"n": 1.50, "b": [null]}}'}
GONE = {"header": "X-Gone"}

CASES = [
    Case(
        "constants",
        {"a": "x", "n": 12, "f": 0.5, "t": True, "l": [1, "b"]},
        {"a": "x", "n": 12, "f": 0.5, "t": True, "l": [1, "b"]},
    ),
    Case("empty constants are data", {"a": "", "l": []}, {"a": "", "l": []}),
    Case("time", {"a": datetime.date(2024, 5, 1)}, {"a": "2024-05-01"}),
    Case("list with tables", {"a": [{"x": 1}, 2]}, {"a": [{"x": 1}, 2]}),
    Case(
        "sources", {"m": {"request": "method"}, "s": {"response": "status"}}, {"m": "GET", "s": 200}
    ),
    Case(
        "nested",
        {"a": {"b": {"m": {"request": "method"}, "k": 1}}},
        {"a": {"b": {"m": "GET", "k": 1}}},
    ),
    Case("nothing", {}, None),
    Case("nothing left", {"a": GONE}, None),
    Case("nested, nothing left", {"k": 1, "a": {"b": GONE}}, {"k": 1}),
    Case(
        "false and 0 are values", {"a": {"value": False}, "b": {"value": 0}}, {"a": False, "b": 0}
    ),
    Case("omit", {"k": 1, "a": {**GONE, "missing": "omit"}}, {"k": 1}),
    Case("null", {"k": 1, "a": {**GONE, "missing": "null"}}, {"k": 1, "a": None}),
    Case("null alone", {"a": {**GONE, "missing": "null"}}, {"a": None}),
    Case("drop_all", {"k": 1, "a": {**GONE, "missing": "drop_all"}}, None),
    Case("drop_all below", {"k": 1, "a": {"b": {**GONE, "missing": "drop_all"}}}, None),
    Case(
        "drop_all with a value",
        {"k": 1, "a": {"value": 2, "missing": "drop_all"}},
        {"k": 1, "a": 2},
    ),
    Case(
        "default goes before missing",
        {"a": {**GONE, "default": 5, "missing": "drop_all"}},
        {"a": 5},
    ),
    Case("chain", {"a": [GONE, {"value": 2}, {"value": 3}]}, {"a": 2}),
    Case("chain without a value", {"k": 1, "a": [GONE, GONE]}, {"k": 1}),
    Case("chain, missing", {"a": [GONE, {**GONE, "missing": "null"}]}, {"a": None}),
    Case("value as data", {"a": {"value": {"header": "X"}}}, {"a": {"header": "X"}}),
    Case(
        "a table that is no source",
        {"request": {"method": {"request": "method"}}},
        {"request": {"method": "GET"}},
    ),
    Case(
        "keys keep their case",
        {"NODE_ENV": "x", "Ünï": {"Key": 1}},
        {"NODE_ENV": "x", "Ünï": {"Key": 1}},
    ),
    Case(
        "object embedded",
        {"a": {"jsonpath": "$.request.body.a"}},
        {"a": {"n": 1.5, "b": [None]}},
        BODY,
    ),
    Case("bytes of the handler", {"a": {"handler": "x"}}, {"a": "ada"}, handler(x=b"ada")),
    Case("object of no JSON", {"k": 1, "a": {"handler": "x"}}, {"k": 1}, handler(x=object())),
    Case(
        "object with times",
        {"a": {"handler": "x"}},
        {"a": {"t": "2024-05-01"}},
        handler(x={"t": datetime.date(2024, 5, 1)}),
    ),
    Case(
        "spread",
        {"a": 1, "s": {"handler": "x", "spread": True}},
        {"a": 1, "b": 2},
        handler(x={"b": 2}),
    ),
    Case(
        "spread over a fixed key",
        {"s": {"handler": "x", "spread": True}, "a": 1},
        {"a": 2},
        handler(x={"a": 2}),
    ),
    Case(
        "later spread over an earlier",
        {"s": {"value": {"a": 1}, "spread": True}, "t": {"value": {"a": 2}, "spread": True}},
        {"a": 2},
    ),
    Case(
        "spread of no object",
        {"a": 1, "s": {"handler": "x", "spread": True}},
        {"a": 1},
        handler(x=[1]),
    ),
    Case("spread of nothing", {"a": 1, "s": {**GONE, "spread": True}}, {"a": 1}),
    Case(
        "spread, missing null", {"a": 1, "s": {**GONE, "spread": True, "missing": "null"}}, {"a": 1}
    ),
    Case(
        "spread, missing drop_all",
        {"a": 1, "s": {**GONE, "spread": True, "missing": "drop_all"}},
        None,
    ),
    Case("spread below", {"n": {"s": {"value": {"a": 1}, "spread": True}}}, {"n": {"a": 1}}),
    Case(
        "spread of keys that are numbers",
        {"s": {"handler": "x", "spread": True}},
        {"1": "a"},
        handler(x={1: "a"}),
    ),
    Case("guard true", {"_when": {"method": "GET"}, "a": 1}, {"a": 1}),
    Case("guard false", {"_when": {"method": "PUT"}, "a": 1}, None),
    Case("guard below", {"k": 1, "n": {"_when": [{"method": "PUT"}], "a": 1}}, {"k": 1}),
    Case(
        "guard before drop_all",
        {"_when": {"method": "PUT"}, "a": {**GONE, "missing": "drop_all"}},
        None,
    ),
    Case(
        "guard below before drop_all",
        {"k": 1, "n": {"_when": {"method": "PUT"}, "a": {**GONE, "missing": "drop_all"}}},
        {"k": 1},
    ),
    Case("when of a leaf", {"k": 1, "a": {"value": 2, "when": {"method": "PUT"}}}, {"k": 1}),
    Case("test", {"a": {"test": {"method": "DELETE"}}}, {"a": False}),
    Case("callable leaf", {"a": {"callable": lambda h: {"x": 1}}}, {"a": {"x": 1}}, handler()),
    Case("callable", {"callable": lambda h: {"x": h.y}}, {"x": 2}, handler(y=2)),
    Case("callable of nothing", {"callable": lambda h: None}, None, handler()),
    Case("callable of an empty dict", {"callable": lambda h: {}}, None, handler()),
    Case(
        "callable with a guard",
        {"callable": lambda h: {"x": 1}, "_when": {"method": "PUT"}},
        None,
        handler(),
    ),
    Case(
        "callable of no JSON",
        {"callable": lambda h: {"x": {1}, "y": object()}},
        {"x": [1], "y": None},
        handler(),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_metadata_is_built(case: Case, bench: Any, make_call: Callable[..., Any]) -> None:
    source = bench.metadata(case.table)
    call = make_call(**case.call)
    assert (source.read(call), source.read(call)) == (case.expected, case.expected)
    assert bench.found == []


def test_numbers_stay_as_they_were_written(bench: Any, make_call: Callable[..., Any]) -> None:
    source = bench.metadata({"a": {"jsonpath": "$.request.body.a.n"}})
    assert json_text.dump(source.read(make_call(**BODY))) == '{"a":1.50}'


def test_metadata_shares_nothing_with_settings_bodies_or_handler(
    bench: Any, make_call: Callable[..., Any]
) -> None:
    state = {"deep": [1]}
    source = bench.metadata(
        {
            "constant": [1],
            "value": {"value": {"a": [1]}},
            "body": {"jsonpath": "$.request.body"},
            "state": {"handler": "state"},
        }
    )
    call = make_call(**BODY, **handler(state=state))
    before = json.dumps(source.read(call))
    changed = source.read(call)
    for member in ("constant", "value", "body", "state"):
        changed[member].clear()
    assert json.dumps(source.read(call)) == before
    assert call.document["request"]["body"]["a"]
    assert state == {"deep": [1]}


@pytest.mark.parametrize("result", [["x"], "text", 5], ids=str)
def test_a_callable_that_returns_no_dict_has_failed(
    result: Any, bench: Any, make_call: Callable[..., Any]
) -> None:
    source = bench.metadata({"callable": lambda handler: result})
    with pytest.raises(CallableFailedError, match="instead of a dict"):
        source.read(make_call(handler=object()))


def test_every_fault_of_the_metadata_is_told_at_once(bench: Any) -> None:
    table = {
        "_when": {"status": "x"},
        "a": {"jsonpath": "$["},
        "b": {"c": [{"header": "A"}, {"handler": "."}]},
    }
    assert compile_metadata(table, bench.place, bench.scope) is None
    assert bench.found == [
        ("bad-status", "RULE._when.status"),
        ("bad-jsonpath", "RULE.a.jsonpath"),
        ("bad-handler-path", "RULE.b.c[1].handler"),
    ]


def test_metadata_says_what_it_needs(bench: Any) -> None:
    table = {"a": 1, "n": {"_when": {"form": "x"}, "b": [{"header": "A"}, {"handler": "b"}]}}
    assert bench.metadata(table).needs == Needs.BODY | Needs.HANDLER
    assert bench.metadata({"callable": "operator:truth"}).needs == Needs.HANDLER


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text())
    | st.sampled_from(
        [
            {"handler": "a"},
            {"handler": "a", "spread": True},
            {"handler": "a", "missing": "null"},
            {"handler": "a", "missing": "drop_all"},
            [{"header": "A"}, {"handler": "a"}],
        ]
    )
)
TABLES = st.dictionaries(
    st.text(max_size=3),
    st.recursive(
        LEAVES, lambda inner: st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3)
    ),
    max_size=4,
)
VALUES = st.recursive(
    st.none() | st.text() | st.floats() | st.binary() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(table=TABLES, value=VALUES)
def test_any_metadata_is_JSON(  # noqa: N802
    make_bench: Any, make_call: Any, table: Any, value: Any
) -> None:
    members = make_bench().metadata(table).read(make_call(**handler(a=value)))
    assert members is None or (isinstance(members, dict) and members)
    assert json.loads(json_text.dump(members)) is not None or members is None


def _raises(handler: Any) -> Any:
    raise LookupError("on purpose")


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ({"callable": _raises}, {"k": 1}),
        ({"callable": _raises, "default": 2}, {"k": 1, "a": 2}),
        ({"callable": _raises, "missing": "null"}, {"k": 1, "a": None}),
        ({"callable": _raises, "missing": "drop_all"}, None),
        ([{"callable": _raises}, {"value": 3}], {"k": 1, "a": 3}),
        ({"value": 4, "when": {"callable": _raises}, "default": 5}, {"k": 1}),
    ],
)
def test_a_value_that_fails_costs_itself_alone_and_is_noted(
    leaf: Any, expected: Any, bench: Any, make_call: Callable[..., Any]
) -> None:
    call = make_call(handler=object())
    assert bench.metadata({"k": 1, "a": leaf}).read(call) == expected
    assert [type(error.__cause__) for error in call.failures] == [LookupError]
