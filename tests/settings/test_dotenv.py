from __future__ import annotations

from dataclasses import dataclass

import pytest

from moesif_declarative.settings.dotenv import DotenvLine, read_dotenv


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    found: dict[str, DotenvLine]


CASES = [
    Case("nothing", "", {}),
    Case("a line", "MOESIF_A=1", {"MOESIF_A": DotenvLine("1", 1, 1)}),
    Case("export and blanks", " export MOESIF_A = x y \n", {"MOESIF_A": DotenvLine("x y", 1, 9)}),
    Case(
        "an empty value",
        "MOESIF_A=\nMOESIF_B=1",
        {
            "MOESIF_A": DotenvLine("", 1, 1),
            "MOESIF_B": DotenvLine("1", 2, 1),
        },
    ),
    Case(
        "a comment",
        "# MOESIF_A=1\nMOESIF_B=x#y # z\nMOESIF_C=# z",
        {
            "MOESIF_B": DotenvLine("x#y", 2, 1),
            "MOESIF_C": DotenvLine("", 3, 1),
        },
    ),
    Case("single quotes", "MOESIF_A='a \\d #\"' # x", {"MOESIF_A": DotenvLine('a \\d #"', 1, 1)}),
    Case("double quotes", 'MOESIF_A="a\\n\\d\\"" # x', {"MOESIF_A": DotenvLine('a\n\\d"', 1, 1)}),
    Case(
        "quotes over lines",
        "X='\nMOESIF_B=1\n'\nMOESIF_A=\"\n1\"\nMOESIF_C=2",
        {
            "MOESIF_A": DotenvLine("\n1", 4, 1),
            "MOESIF_C": DotenvLine("2", 6, 1),
        },
    ),
    Case("other names", "OTHER=1\nmoesif_a=1\nMOESIF=2", {}),
    Case(
        "no assignment", "what is this\nMOESIF_A\nMOESIF_B=1", {"MOESIF_B": DotenvLine("1", 3, 1)}
    ),
    Case("twice, CRLF", "MOESIF_A=1\r\nMOESIF_A=2\r\n", {"MOESIF_A": DotenvLine("2", 2, 1)}),
    Case(
        "nothing is interpolated",
        "MOESIF_A=${HOME}$(id)`id`",
        {
            "MOESIF_A": DotenvLine("${HOME}$(id)`id`", 1, 1),
        },
    ),
    Case(
        "an inline table",
        'MOESIF_SKIP__a={path = "/x"}',
        {
            "MOESIF_SKIP__a": DotenvLine('{path = "/x"}', 1, 1),
        },
    ),
    Case(
        "an open quote",
        "MOESIF_A='x\nMOESIF_B=1",
        {
            "MOESIF_A": DotenvLine("'x", 1, 1),
            "MOESIF_B": DotenvLine("1", 2, 1),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_lines_of_this_package_are_read(case: Case) -> None:
    assert read_dotenv(case.text) == case.found
