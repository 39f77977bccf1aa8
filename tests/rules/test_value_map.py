"""Maps: exact keys, globs, ranges, and what no key fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.number_range import compile_range, number_of
from moesif_declarative.rules.value_map import compile_map


@dataclass(frozen=True)
class Case:
    id: str
    table: dict[str, Any]
    value: Any
    expected: Any


TIERS = {"gold": "tier-1", "gold-*": "tier-2", "2xx": "ok", "300-399": "moved", ">=500": "bad"}

CASES = [
    Case("exact", TIERS, "gold", "tier-1"),
    Case("exact, another case", TIERS, "Gold", None),
    Case("glob", TIERS, "gold-eu", "tier-2"),
    Case("exact goes before a glob", {"*": 1, "a": 2}, "a", 2),
    Case("globs in the order written", {"a*": 1, "*": 2}, "ab", 1),
    Case("catch-all", {"a": 1, "*": 2}, {"b": 1}, 2),
    Case("question mark", {"v?": 1}, "v2", 1),
    Case("class", TIERS, 204, "ok"),
    Case("class of text", TIERS, "204", "ok"),
    Case("class as text", TIERS, "2xx", "ok"),
    Case("span, first", TIERS, 300, "moved"),
    Case("span, last", TIERS, 399, "moved"),
    Case("bound", TIERS, 503.5, "bad"),
    Case("number", {"200": "ok"}, 200, "ok"),
    Case("number with a fraction of nothing", {"200": "ok"}, 200.0, "ok"),
    Case("fraction", {"0.5": "half"}, 0.5, "half"),
    Case("true", {"true": "yes"}, True, "yes"),
    Case("true is no number", {"<5": "few"}, True, None),
    Case("false", {"true": "yes", "false": "no"}, False, "no"),
    Case("negative numbers", {"-5--1": "cold"}, -3, "cold"),
    Case("no key fits", TIERS, "silver", None),
    Case("a list", TIERS, ["gold"], None),
    Case("an object", TIERS, object(), None),
    Case("new value of any type", {"a": {"b": [1]}}, "a", {"b": [1]}),
    Case("new value false", {"a": False}, "a", False),
    Case("below", {"<1000": 1000}, 12.5, 1000),
    Case("not below", {"<1000": 1000}, 1000, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_map_gives_the_new_value(case: Case, bench: Any) -> None:
    look_up = compile_map(case.table, bench.place, bench.scope)
    assert look_up is not None
    assert look_up(case.value) == case.expected


def test_a_range_that_ends_before_it_begins_is_a_problem(bench: Any) -> None:
    assert compile_map({"a": 1, "299-200": 2}, bench.place, bench.scope) is None
    assert bench.found == [("bad-map-key", "RULE.299-200")]


@pytest.mark.parametrize(
    "text", ["", "abc", "200", "2x", "0xx", "22xx", ">", ">=x", "1-", "-", "200-", "=>5", "1e999-2"]
)
def test_other_text_is_no_range(text: str) -> None:
    assert compile_range(text) is None


@given(st.text() | st.floats() | st.integers() | st.none() | st.lists(st.text()))
def test_any_value_is_a_finite_number_or_none(value: Any) -> None:
    number = number_of(value)
    assert number is None or float("-inf") < number < float("inf")


@given(key=st.text(max_size=8), value=st.text() | st.integers() | st.floats())
def test_a_map_takes_any_key_and_value(make_bench: Any, key: str, value: Any) -> None:
    bench = make_bench()
    look_up = compile_map({key: "new"}, bench.place, bench.scope)
    if look_up is None:
        assert bench.found == [("bad-map-key", f"RULE.{key}" if key else "RULE")] or bench.found
    else:
        assert look_up(value) in {"new", None}
        assert look_up(key) == "new"
