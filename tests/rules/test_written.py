"""Rules on one line."""

from __future__ import annotations

import datetime
import operator
from typing import Any

import pytest

from moesif_declarative.rules.written import MAX_WRITTEN_LENGTH, write_inline

CASES: list[tuple[Any, str]] = [
    ({"header": "X-User-Id"}, 'header = "X-User-Id"'),
    ({"regex": r"\d+"}, r"regex = '\d+'"),
    ({"regex": r"'\d+"}, r'''regex = "'\\d+"'''),
    ({"status": [404, "5xx"], "exists": False}, 'status = [404, "5xx"], exists = false'),
    ({"not": {"path": "/a"}}, 'not = { path = "/a" }'),
    ({"map": {"a b": 1}, "vars": {}}, 'map = { "a b" = 1 }, vars = {}'),
    ([{"path": "/a"}, {"rate": 1.5}], '[{ path = "/a" }, { rate = 1.5 }]'),
    ({"callable": operator.truth}, "callable = _operator:truth"),
    ({"value": datetime.date(2024, 5, 1)}, "value = 2024-05-01"),
    ({"value": "é\n"}, 'value = "é\\n"'),
]


@pytest.mark.parametrize(("value", "text"), CASES, ids=[text for _, text in CASES])
def test_a_rule_is_written_as_in_the_file(value: Any, text: str) -> None:
    assert write_inline(value) == text


def test_a_long_rule_is_cut() -> None:
    text = write_inline({"value": "x" * 1000})
    assert len(text) == MAX_WRITTEN_LENGTH
    assert text.endswith("…")
