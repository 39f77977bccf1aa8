"""Every test of a condition, on values of every kind and on none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.comparison import TESTS, compile_tests

ID = UUID("6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11")


class Undecided:
    def __bool__(self) -> bool:
        raise RuntimeError("neither")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("incomparable")

    __hash__ = object.__hash__


@dataclass(frozen=True)
class Case:
    tests: dict[str, Any]
    true: list[Any]
    false: list[Any]
    id: str = ""


TEXTS = [
    Case({"equals": "a"}, ["a", b"a"], ["A", "ab", "", 1, True, ["a"], {"a": 1}, Undecided()]),
    Case({"equals": "a", "ignore_case": True}, ["a", "A"], ["ab"]),
    Case({"equals": "5"}, ["5", 5, 5.0], ["05", "5.0", 6, True]),
    Case({"equals": 5}, [5, 5.0, "5", " 5 ", "5.0", "05"], ["5a", 4, True, [5]]),
    Case({"equals": True}, [True, "true"], [False, "True", 1, "1"]),
    Case({"equals": True, "ignore_case": True}, ["TRUE"], ["yes"]),
    Case({"equals": ["a", 1]}, [["a", 1], ("a", 1)], [["a"], "a", {"a": 1}]),
    Case({"equals": {"a": [1]}}, [{"a": [1]}], [{"a": [2]}, {}]),
    Case({"equals": str(ID)}, [ID, str(ID)], [str(ID).upper()]),
    Case({"not_equals": "a"}, ["b", "A", 1, False, []], ["a"]),
    Case({"not_equals": "a", "ignore_case": True}, ["b"], ["A"]),
    Case({"in": ["a", 5]}, ["a", 5, "5"], ["A", "b", 6, ["a"]]),
    Case({"in": ["a", "B"], "ignore_case": True}, ["A", "b"], ["c"]),
    Case({"not_in": ["a", "b"]}, ["c", "A", 1], ["a", "b"]),
    Case({"contains": "bc"}, ["abcd", ["x", "bc"], {"bc": 1}], ["aBc", ["abc"], {"a": "bc"}, 1]),
    Case({"contains": "BC", "ignore_case": True}, ["abcd", ["bc"], {"Bc": 1}], ["b"]),
    Case({"contains": 5}, ["a5", 152, [5], ["5"]], ["6", [6]]),
    Case({"contains": True}, [[True], "it is true"], [[1], []]),
    Case({"starts_with": "svc-"}, ["svc-1"], ["a svc-1", "SVC-1", 1, ["svc-"]]),
    Case({"starts_with": "svc-", "ignore_case": True}, ["SVC-1"], ["sv"]),
    Case({"starts_with": "20"}, [200, "20"], [120]),
    Case({"ends_with": "@a.b"}, ["x@a.b"], ["x@A.B", "x@a.b "]),
    Case({"ends_with": "@A.b", "ignore_case": True}, ["x@a.B"], ["x"]),
    Case({"glob": "svc-?*"}, ["svc-1", "svc-12"], ["svc-", "a svc-1", "SVC-1"]),
    Case({"glob": "svc-*", "ignore_case": True}, ["SVC-"], ["sv"]),
    Case({"glob": "[a]"}, ["[a]"], ["a"]),
    Case({"matches": "^[0-9]+$"}, ["12", 12], ["a12", "1.5"]),
    Case({"matches": "time-?out", "ignore_case": True}, ["a TimeOut b"], ["tim"]),
    Case({"matches": r"(\w)\1", "engine": "python"}, ["aa"], ["ab"]),
]
NUMBERS = [
    Case({"gt": 10}, [11, "10.5", 10.5], [10, "10", 9, "abc", True, [11], None]),
    Case({"gte": 10}, [10, "10", 11], [9.99, "x"]),
    Case({"lt": 1.5}, [1, "1.4", -3], [1.5, "1.6", False]),
    Case({"lte": 1.5}, [1.5, "1.5"], [1.6, float("nan")]),
    Case({"gte": 400, "lt": 500}, [400, "499"], [399, 500]),
]
OTHERS = [
    Case({"cidr": "10.0.0.0/8"}, ["10.1.1.1", "::ffff:10.1.1.1"], ["11.0.0.1", "10.1.1.1:80", 10]),
    Case({"cidr": ["10.0.0.0/8", "fd00::/8"]}, ["fd00::1"], ["::1", "unknown", ["10.1.1.1"]]),
    Case({"exists": True}, ["a", 0, False, [], Undecided()], [None]),
    Case({"exists": False}, [None], ["a", 0, False, []]),
    Case({"exists": False, "equals": "a"}, [], [None, "a"]),
    Case({"truthy": True}, ["a", 1, True, [0], {"a": 1}, "yes"], [0, False, [], {}, "false", "No"]),
    Case({"truthy": False}, [0, False, [], "0", "off", 0.0], [None, 1, "a", True]),
    Case({"truthy": True, "equals": "x"}, ["x"], ["y"]),
    Case({}, ["a", 0, False, []], [None]),
]


@pytest.mark.parametrize("case", [*TEXTS, *NUMBERS, *OTHERS], ids=lambda case: str(case.tests))
def test_a_value_passes_or_fails(case: Case, bench: Any) -> None:
    verdict = compile_tests(case.tests, bench.place, bench.scope)
    assert verdict is not None
    assert [value for value in case.true if not verdict(value)] == []
    assert [value for value in case.false if verdict(value)] == []


SAMPLES: dict[str, Any] = {
    "exists": True,
    "truthy": True,
    "in": ["a"],
    "not_in": ["a"],
    "gt": 0,
    "gte": 0,
    "lt": 0,
    "lte": 0,
    "cidr": "10.0.0.0/8",
}


@pytest.mark.parametrize("name", TESTS)
def test_without_a_value_every_test_is_false(name: str, bench: Any) -> None:
    verdict = compile_tests({name: SAMPLES.get(name, "a")}, bench.place, bench.scope)
    assert verdict is not None
    assert verdict(None) is False


def test_without_a_value_truthy_false_is_false_too(bench: Any) -> None:
    verdict = compile_tests({"truthy": False}, bench.place, bench.scope)
    assert verdict is not None
    assert verdict(None) is False


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"matches": "("}, [("bad-regex", "RULE.matches")]),
        ({"matches": ["a", "("]}, [("bad-regex", "RULE.matches[1]")]),
        ({"cidr": ["x"]}, [("bad-network", "RULE.cidr[0]")]),
        ({"gt": "many"}, [("bad-number", "RULE.gt")]),
        ({"lt": "x", "cidr": "y"}, [("bad-number", "RULE.lt"), ("bad-network", "RULE.cidr")]),
    ],
    ids=str,
)
def test_a_wrong_test_is_a_problem(table: Any, found: Any, bench: Any) -> None:
    assert compile_tests(table, bench.place, bench.scope) is None
    assert bench.found == found


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.builds(Undecided)
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=6,
)
PLAIN = st.booleans() | st.integers(-9, 9) | st.text(max_size=3)


@settings(max_examples=400, deadline=None)
@given(
    tables=st.fixed_dictionaries(
        {},
        optional={
            "equals": VALUES.filter(lambda value: value is not None),
            "not_equals": PLAIN,
            "in": st.lists(PLAIN, min_size=1),
            "not_in": st.lists(PLAIN, min_size=1),
            "contains": PLAIN,
            "starts_with": st.text(max_size=2),
            "ends_with": st.text(max_size=2),
            "glob": st.text(max_size=4),
            "matches": st.just("."),
            "gt": st.integers(),
            "lte": st.floats(allow_nan=False, allow_infinity=False),
            "cidr": st.just("10.0.0.0/8"),
            "truthy": st.booleans(),
            "exists": st.booleans(),
            "ignore_case": st.booleans(),
        },
    ),
    value=VALUES,
)
def test_no_value_makes_a_test_raise(make_bench: Any, tables: Any, value: Any) -> None:
    bench = make_bench()
    verdict = compile_tests(tables, bench.place, bench.scope)
    assert verdict is not None
    assert verdict(value) in {True, False}


def test_the_tests_of_the_schema_are_those_of_the_compiler() -> None:
    from moesif_declarative.schema.languages import language

    words = {name for name, option in language("condition").items() if option.role == "test"}
    assert words == set(TESTS)
