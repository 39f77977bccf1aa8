"""What is left of a table when what is wrong in it is taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from moesif_declarative.errors import Place, Problems
from moesif_declarative.schema.remainder import remainder
from moesif_declarative.schema.table import check_table


@dataclass(frozen=True)
class Case:
    id: str
    language: str
    table: Any
    left: Mapping[str, Any] | None


CASES = [
    Case("a stray option", "skip", {"pth": "/a", "path": "/b"}, {"path": "/b"}),
    Case("nothing but what is wrong", "skip", {"pth": "/a"}, None),
    Case("no table", "skip", 5, None),
    Case(
        "a wrong item takes its list along, since the others would move",
        "source",
        {"header": "X", "transform": ["lower", "uper"]},
        {"header": "X"},
    ),
    Case(
        "a wrong option in a list's table leaves the table",
        "condition",
        {"any": [{"path": "/a", "pth": 1}, {"status": 404}]},
        {"any": [{"path": "/a"}, {"status": 404}]},
    ),
    Case(
        "of three selectors the first stays",
        "source",
        {"header": "X", "cookie": "y", "jwt": "sub"},
        {"header": "X"},
    ),
    Case(
        "an option whose companion is wrong goes after it",
        "skip",
        {"status": 404, "any": [{"headr": "X", "equals": "a"}]},
        {"status": 404},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_right_is_left(case: Case) -> None:
    place = Place(("SKIP", "a"), {})
    problems = Problems()
    check = partial(check_table, case.language)
    check(case.table, place, problems)
    assert problems.errors
    left = remainder(case.table, place, problems.errors, check)
    assert left == case.left
    if left is not None:
        own = Problems()
        check(left, place, own)
        assert own.errors == []
