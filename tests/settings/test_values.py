from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.settings.values import MalformedValueError, read_value


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    kinds: str
    value: Any


CASES = [
    Case("digits stay text", "12345", "text", "12345"),
    Case("an exponent stays text", "1e5", "text", "1e5"),
    Case("true stays text", "true", "text", "true"),
    Case("a regex stays a regex", r"^[a-z]\d+$", "text", r"^[a-z]\d+$"),
    Case("a regex in TOML's single quotes", r"'^\d+$'", "text", r"^\d+$"),
    Case("a regex in double quotes that TOML refuses", r'"^\d+$"', "text", r"^\d+$"),
    Case("double quotes know TOML's escapes", r'"a\tb"', "text", "a\tb"),
    Case("quotes at both ends that are no pair", '"a" or "b"', "text", '"a" or "b"'),
    Case("one quote", '"', "text", '"'),
    Case("text keeps its blanks", " a ", "text", " a "),
    Case("nothing", "", "text", ""),
    Case("line breaks cannot smuggle keys", '"a"\nb = "c"', "text", '"a"\nb = "c"'),
    Case("an integer", " 25 ", "integer", 25),
    Case("no integer", "many", "integer", "many"),
    Case("an integer where text is fine too", "404", "text integer", 404),
    Case("text where an integer is fine too", "5xx", "text integer", "5xx"),
    Case("a float", "0.5", "float integer", 0.5),
    Case("an integer for a float", "2", "float", 2),
    Case("a truth", "false", "boolean", False),
    Case("a truth as Python writes it", "True", "boolean", True),
    Case("a list", '["a", "b"]', "list", ["a", "b"]),
    Case("a list over lines", '[\n"a", # x\n"b"\n]', "list", ["a", "b"]),
    Case("one text for a list", "/health", "text list", "/health"),
    Case("a table", '{path = "/x", order = 1}', "table", {"path": "/x", "order": 1}),
    Case("JSON", '{"path": ["/x"], "a": null}', "table", {"path": ["/x"], "a": None}),
    Case("a quoted bracket", '"[x"', "text list", "[x"),
    Case("a bracket where text alone is fine", "{a}:{b}", "text", "{a}:{b}"),
    Case("anything: a date", "2024-01-02", "any", datetime.date(2024, 1, 2)),
    Case("anything: text", "west us", "any", "west us"),
    Case("anything: a comment is no part of a number", "1 # 2", "any", "1 # 2"),
    Case("anything: two keys are text", "1\nb = 2", "any", "1\nb = 2"),
    Case("a date where text is wanted", "2024-01-02", "text list", "2024-01-02"),
    Case("unknown: TOML", "[1]", "", [1]),
    Case("unknown: text", "x", "", "x"),
    Case("the wrong kind is the schema's to refuse", "[1]", "integer", [1]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_variable_is_read_as_the_schema_wants_it(case: Case) -> None:
    value = read_value(case.text, frozenset(case.kinds.split()))
    assert (value, type(value)) == (case.value, type(case.value))


@pytest.mark.parametrize(
    ("text", "kinds", "message"),
    [
        ("[a, b]", "list", "looks like a list, but neither valid TOML nor valid JSON"),
        ('["a"', "list", "looks like a list, but it has no closing ]"),
        ('{"a": 1', "table", "looks like a table, but it has no closing }"),
        ('{"a": NaN}', "table list", "looks like a table, but neither"),
        ("[secret", "text list", "looks like a list, but it has no closing ]"),
        ("{a}", "list", "looks like a table, but neither"),
        ("[" * 50_000, "list", "no closing"),
    ],
)
def test_a_broken_table_or_list_is_refused_without_its_text(
    text: str, kinds: str, message: str
) -> None:
    with pytest.raises(MalformedValueError) as caught:
        read_value(text, frozenset(kinds.split()))
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


@given(st.text(), st.sets(st.sampled_from(["text", "integer", "list", "table", "any", "boolean"])))
def test_any_text_is_a_value_or_refused(text: str, kinds: set[str]) -> None:
    try:
        read_value(text, frozenset(kinds))
    except MalformedValueError:
        assert kinds & {"list", "table"}
