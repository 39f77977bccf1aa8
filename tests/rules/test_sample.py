"""Sampling: who is kept, and that the weights add up to the calls."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.sample import SampleRule, compile_sample, decide, stable_draw
from moesif_declarative.schema.settings import RuleTable


def rule_table(bench: Any, table: dict[str, Any], name: str = "rule") -> RuleTable:
    return RuleTable("SAMPLE", name, table, bench.place)


def compile_one(bench: Any, table: dict[str, Any]) -> SampleRule:
    [rule] = compile_sample([rule_table(bench, table)], bench.scope)
    return rule


def draws(*numbers: float) -> Callable[[], float]:
    remaining: Iterator[float] = iter(numbers)
    return lambda: next(remaining)


CASES = [
    (100, 0.0, (True, 1)),
    (100, 0.999, (True, 1)),
    (0, 0.0, (False, 1)),
    (50, 0.0, (True, 2)),
    (50, 0.499, (True, 2)),
    (50, 0.5, (False, 1)),
    (60, 0.0, (True, 2)),
    (60, 0.399, (True, 2)),
    (60, 0.401, (True, 1)),
    (60, 0.6, (False, 1)),
    (10, 0.0999, (True, 10)),
    (0.5, 0.0049, (True, 200)),
    (0.5, 0.005, (False, 1)),
    (99.5, 0.0, (True, 2)),
    (99.5, 0.9, (True, 1)),
    (1e-310, 0.0, (True, 2**53)),
]


@pytest.mark.parametrize(("rate", "draw", "expected"), CASES)
def test_a_draw_decides_about_the_call_and_its_weight(
    rate: float, draw: float, expected: tuple[bool, int]
) -> None:
    assert decide(rate, draw) == expected


@pytest.mark.parametrize("rate", [1, 3, 7, 12.5, 30, 33.3, 60, 66.6, 75, 90, 99, 99.9])
def test_the_weights_add_up_to_the_calls(rate: float) -> None:
    count = 100_000
    kept = [weight for i in range(count) for keep, weight in [decide(rate, i / count)] if keep]
    assert len(kept) == pytest.approx(count * rate / 100, abs=2)
    assert sum(kept) == pytest.approx(count, rel=2e-4, abs=200 / rate)


@pytest.mark.parametrize("rate", [3, 60, 66.6, 90])
def test_the_weights_of_one_value_add_up_too(rate: float) -> None:
    # The first draw sticks to the value, the second is new for each call.
    count = 100_000
    total = sum(decide(rate, 0.0, i / count)[1] for i in range(count))
    assert total / count == pytest.approx(100 / rate, abs=2e-5)


@given(rate=st.floats(0, 100), draw=st.floats(0, 1, exclude_max=True))
def test_weights_are_the_whole_numbers_around_the_exact_one(rate: float, draw: float) -> None:
    kept, weight = decide(rate, draw)
    assert kept or weight == 1
    if kept and rate > 1e-9:
        exact = 100 / Fraction(rate)
        assert exact - 1 < weight < exact + 1 or weight == round(exact)


def test_a_text_draws_evenly() -> None:
    kept = sum(stable_draw(f"user-{i}") < 0.25 for i in range(20_000))
    assert kept == pytest.approx(5_000, abs=250)


@given(st.text())
def test_a_text_draws_the_same_number_again(text: str) -> None:
    assert 0 <= stable_draw(text) < 1
    assert stable_draw(text) == stable_draw(text)


def test_a_text_draws_the_same_number_in_another_process() -> None:
    users = ["ada", "jané", "17", ""]
    code = (
        "import json, sys; from moesif_declarative.rules.sample import stable_draw;"
        "print(json.dumps([stable_draw(text) for text in json.loads(sys.argv[1])]))"
    )
    command = [sys.executable, "-c", code, json.dumps(users)]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert json.loads(printed) == [stable_draw(user) for user in users]


def test_a_rule_without_a_condition_applies_always(bench: Any, make_call: Any) -> None:
    rule = compile_one(bench, {"rate": 50})
    assert rule.draw(make_call(), draws(0.1)) == (True, 2)
    assert rule.draw(make_call(), draws(0.6)) == (False, 1)
    assert (rule.condition, rule.by, rule.needs) == (None, None, Needs.NOTHING)


def test_a_rule_applies_where_its_condition_holds(bench: Any, make_call: Any) -> None:
    rule = compile_one(bench, {"rate": 0, "path": "/a"})
    assert rule.draw(make_call(target="/a"), draws(0.0)) == (False, 1)
    assert rule.draw(make_call(target="/b"), draws(0.0)) is None
    assert str(rule.origin) == "settings.toml:7:3"


def test_a_choice_sticks_to_its_value(bench: Any, make_call: Any) -> None:
    rule = compile_one(bench, {"rate": 50, "by": {"header": "X-User"}})
    for user in ("ada", "bob", "eve", "17"):
        call = make_call(headers={"X-User": user})
        kept = {rule.draw(call, draws(number))[0] for number in (0.0, 0.4, 0.9)}  # type: ignore[index]
        assert kept == {stable_draw(user) < 0.5}


def test_a_call_without_the_value_is_drawn_alone(bench: Any, make_call: Any) -> None:
    rule = compile_one(bench, {"rate": 50, "by": {"header": "X-User"}})
    assert rule.draw(make_call(), draws(0.1)) == (True, 2)
    assert rule.draw(make_call(), draws(0.9)) == (False, 1)


def test_a_callable_that_fails_in_a_rule_is_told(bench: Any, make_call: Any) -> None:
    rule = compile_one(bench, {"rate": 50, "by": {"callable": lambda handler: handler.user}})
    assert rule.needs == Needs.HANDLER
    with pytest.raises(CallableFailedError):
        rule.draw(make_call(handler=object()), draws(0.1, 0.1))


def test_rules_keep_their_order_and_names(bench: Any) -> None:
    tables = [rule_table(bench, {"rate": 1}, "first"), rule_table(bench, {"rate": 2.5}, "second")]
    compiled = compile_sample(tables, bench.scope)
    assert [(rule.name, rule.rate) for rule in compiled] == [("first", 1.0), ("second", 2.5)]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({}, [("bad-rate", "RULE.rate")]),
        ({"rate": 101}, [("bad-rate", "RULE.rate")]),
        ({"rate": -1}, [("bad-rate", "RULE.rate")]),
        ({"rate": float("nan")}, [("bad-rate", "RULE.rate")]),
        ({"rate": True}, [("bad-rate", "RULE.rate")]),
        ({"rate": 5, "status": "x"}, [("bad-status", "RULE.status")]),
        ({"rate": 5, "by": {"jsonpath": "$["}}, [("bad-jsonpath", "RULE.by.jsonpath")]),
    ],
    ids=str,
)
def test_a_wrong_rule_is_a_problem(table: Any, found: Any, bench: Any) -> None:
    assert compile_sample([rule_table(bench, table)], bench.scope) == ()
    assert bench.found == found
