"""The text of values, as rules see it and as an identity."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from moesif_declarative.call.json_text import WrittenNumber
from moesif_declarative.rules.identity import identity_text
from moesif_declarative.rules.text_form import comparable, text_of


class Plan(enum.Enum):
    GOLD = "gold"


@dataclass(frozen=True)
class Case:
    id: str
    value: Any
    text: str | None
    identity: str | None


ID = UUID("6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11")

CASES = [
    Case("text", "ada", "ada", "ada"),
    Case("empty text", "", "", None),
    Case("blank text", " ", " ", " "),
    Case("none", None, None, None),
    Case("integer", 17, "17", "17"),
    Case("zero", 0, "0", "0"),
    Case("fraction", 1.5, "1.5", "1.5"),
    Case("number as written", WrittenNumber("12.50"), "12.50", "12.50"),
    Case("not a number", float("nan"), None, None),
    Case("huge integer", 10**30, "1" + "0" * 30, "1" + "0" * 30),
    Case("true", True, "true", "true"),
    Case("false", False, "false", "false"),
    Case("object", {"a": [1]}, '{"a":[1]}', None),
    Case("list", ["a"], '["a"]', None),
    Case("tuple", ("a",), '["a"]', None),
    Case("bytes", b"ada", "ada", "ada"),
    Case("empty bytes", b"", "", None),
    Case("bytes of no text", b"\xff", None, None),
    Case("UUID", ID, str(ID), str(ID)),
    Case("decimal", Decimal("1.10"), "1.10", "1.10"),
    Case("enum", Plan.GOLD, "gold", "gold"),
    Case("date", datetime.date(2024, 5, 1), "2024-05-01", "2024-05-01"),
    Case(
        "dataclass",
        Case("x", 1, None, None),
        '{"id":"x","value":1,"text":null,"identity":null}',
        None,
    ),
    Case("anything else", object(), None, None),
    Case("lone surrogate", "\ud800", "\ud800", "\ud800"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_value_has_one_text(case: Case) -> None:
    assert (text_of(case.value), identity_text(case.value)) == (case.text, case.identity)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (1, 1), (True, True), ([1], [1]), (b"a", "a"), (ID, str(ID)), (object(), None)],
    ids=["text", "integer", "true", "list", "bytes", "UUID", "anything else"],
)
def test_a_value_is_compared_as_JSON(value: Any, expected: Any) -> None:  # noqa: N802
    assert comparable(value) == expected
