from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from moesif_declarative.errors import Problems
from moesif_declarative.settings import Loaded

Read = Callable[..., tuple[Loaded, Problems]]


@dataclass(frozen=True)
class Case:
    id: str
    content: bytes
    code: str
    key: str
    place: tuple[int | None, int | None]
    message: str


CASES = [
    Case("no value", b"[default]\nBATCH_SIZE = \n", "toml-syntax", "", (2, 14), "Invalid value"),
    Case("an open string", b"[default]\nA = 'x\n", "toml-syntax", "", (2, 7), "not valid TOML"),
    Case("an open table", b"[default", "toml-syntax", "", (1, 9), "not valid TOML"),
    Case(
        "in a CRLF file", b"[default]\r\nA = 1\r\nB = ?\r\n", "toml-syntax", "", (3, 5), "Invalid"
    ),
    Case("too deep", b"a = " + b"[" * 50_000, "toml-syntax", "", (None, None), "too deep"),
    Case("a huge number", b"a = " + b"1" * 5_000, "toml-syntax", "", (None, None), "many digits"),
    Case(
        "a key twice",
        b"[default]\nBATCH_SIZE = 1\nDEBUG = true\n\n  BATCH_SIZE = 22 # x\n",
        "toml-duplicate-key",
        "BATCH_SIZE",
        (5, 3),
        "line 2 already",
    ),
    Case(
        "a key twice, its value over lines",
        b"[default]\nA = 1\nA = [\n1,\n2]\n",
        "toml-duplicate-key",
        "A",
        (3, 1),
        "line 2 already",
    ),
    Case(
        "a table twice",
        b"[default.SKIP.a]\n[default.SKIP.b]\n[default.SKIP.a]\n",
        "toml-duplicate-key",
        "SKIP.a",
        (3, 15),
        "line 1 already",
    ),
    Case(
        "a key twice in an inline table",
        b"[default]\nSKIP = {path = '/a', path = '/b'}\n",
        "toml-duplicate-key",
        "SKIP.path",
        (2, 22),
        "line 2 already",
    ),
    Case(
        "Latin-1", b"[default]\n# ok\nBASE_URI = 'caf\xe9'\n", "file-not-utf8", "", (3, 1), "0xe9"
    ),
    Case("UTF-16", "[default]".encode("utf-16"), "file-not-utf8", "", (1, 1), "not UTF-8"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_broken_file_is_one_problem_with_its_position(read: Read, case: Case) -> None:
    loaded, problems = read({"settings.toml": case.content})
    assert loaded.values == {}
    [problem] = problems
    assert (problem.code, problem.key) == (case.code, case.key)
    assert (problem.origin.line, problem.origin.column) == case.place
    assert problem.origin.source.endswith("settings.toml")
    assert case.message in problem.message


def test_a_broken_file_does_not_hide_the_others(read: Read) -> None:
    loaded, problems = read(
        {
            "settings.toml": "[default]\nBATCH_SIZE = 5\n",
            ".secrets.toml": "nonsense",
            "settings.local.toml": "[default]\nDEBUG = true\n",
        },
        environ={"MOESIF_ENV": "production"},
    )
    assert loaded.values == {"BATCH_SIZE": 5, "DEBUG": True}
    assert [problem.code for problem in problems] == ["toml-syntax"]


def test_a_secret_in_a_broken_line_is_not_told(read: Read) -> None:
    _, problems = read({"settings.toml": '[default]\nAPPLICATION_ID = "hush" hush-hush\n'})
    assert problems.errors
    assert "hush" not in str(list(problems))


def test_a_byte_order_mark_is_passed_over(read: Read) -> None:
    loaded, problems = read({"settings.toml": "\ufeff[default]\nDEBUG = true\n"})
    assert (loaded.values, list(problems)) == ({"DEBUG": True}, [])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gone.toml", "file-missing"),
        ("folder.toml", "file-unreadable"),
        ("pipe.toml", "file-unreadable"),
        ("settings.py", "file-not-toml"),
        ("settings.yaml", "file-not-toml"),
        ("a\0b.toml", "file-unreadable"),
    ],
)
def test_a_named_file_that_cannot_be_read_is_a_problem(
    read: Read, tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "settings.py").write_text("raise SystemExit")
    (tmp_path / "settings.yaml").write_text("DEBUG: true")
    loaded, problems = read(source=name)
    assert loaded.values == {}
    [problem] = problems
    assert (problem.severity, problem.code) == ("error", code)
    assert problem.origin.source == str(tmp_path / name)
