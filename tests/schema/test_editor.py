"""The editor's schema agrees with startup: on a table of files, right and wrong.

Startup sees all layers and computes; an editor sees one file and a vocabulary of shapes. A wrong
file that the editor cannot refuse has a reason out of a closed list, and the schema takes it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from moesif_declarative.errors import Problem, Problems
from moesif_declarative.startup import start

REASONS: Final = {
    "layers": "another file or a variable may complete or correct what this file has",
    "environment": "it depends on the variables of the process",
    "import": "it depends on the application's own code",
    "path": "a JSONPath would have to be parsed",
    "regex": "a regular expression would have to be parsed",
    "text": "what a text or a number says would have to be worked out",
    "token": "one of dynaconf's tokens would have to be carried out",
    "spelling": "options and names count in any case of their letters, which Draft 4 cannot fold",
}
VARIABLES: Final = {
    "HOME": "/",
    "DB_PASSWORD": "long-enough",
    "NODE_ENV": "test",
    "TOKEN_SECRET_KEY": "k" * 40,
}
"""What the files of `HOOKS` read."""

FOLDER: Final = Path(__file__).parent
TABLE: Final = tomllib.loads((FOLDER / "files.toml").read_text("utf-8"))
MISTAKES: Final = FOLDER.parent / "cli" / "bad_settings.toml"


@dataclass(frozen=True)
class Case:
    """A settings file, whether it is right, and why the editor cannot tell that it is wrong."""

    id: str
    file: str
    right: bool
    unseen: str = ""


def mistakes() -> list[Case]:
    """Read the broken settings of ``check`` that are one file and no more."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(MISTAKES.read_text("utf-8"))
    elsewhere = {"files", "environ", "overrides", "environment", "source", "account"}
    return [
        Case(name, row["settings"], right=False, unseen=row.get("unseen", ""))
        for name, row in rows.items()
        if "settings" in row and elsewhere.isdisjoint(row) and is_toml(row["settings"])
    ]


def is_toml(text: str) -> bool:
    """Tell whether an editor gets as far as the schema."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


WRONG = [Case(name, right=False, **row) for name, row in TABLE["wrong"].items()]
RIGHT = [Case(name, file, right=True) for name, file in TABLE["right"].items()]
HOOKS = [
    Case(f"{path.parent.name}/{path.stem}", path.read_text("utf-8"), right=True)
    for path in sorted((FOLDER.parent / "hooks").glob("*/*.toml"))
]
"""What people wrote as code, as settings."""


def told(folder: Path, file: str) -> list[Problem]:
    """Start with a settings file, in each of its environments; give the errors and warnings."""
    (folder / "settings.toml").write_text(file, "utf-8")
    account = {} if "APPLICATION_ID" in file else {"MOESIF_APPLICATION_ID": "an-id"}
    problems = Problems()
    sections = {name for name, value in tomllib.loads(file).items() if isinstance(value, dict)}
    for name in {"development", *sections} - {"default"}:
        environ = {**account, **VARIABLES, "MOESIF_ENV": name}
        start(None, {}, problems, environ=environ, environment=None, directory=folder)
    return list(problems)


@pytest.mark.parametrize("case", [*WRONG, *RIGHT, *mistakes()], ids=lambda case: case.id)
def test_startup_and_the_editor_agree(
    editor: jsonschema.Draft4Validator, case: Case, tmp_path: Path
) -> None:
    problems = told(tmp_path, case.file)
    errors = [problem for problem in problems if problem.severity == "error"]
    if not problems or case.right:
        assert case.right == (errors == [])
    takes = editor.is_valid(tomllib.loads(case.file))
    # A warning is no fault: the file means something, and the editor takes it.
    assert takes is (not errors or case.unseen != ""), case.unseen
    assert case.unseen in {"", *REASONS}
    assert errors or not case.unseen, "a right file needs no reason"


@pytest.mark.parametrize("case", HOOKS, ids=lambda case: case.id)
def test_the_editor_takes_every_hook_that_startup_takes(
    editor: jsonschema.Draft4Validator,
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(FOLDER.parent / "hooks")  # for the hooks that are callables
    assert [str(problem) for problem in told(tmp_path, case.file)] == []
    assert [error.message for error in editor.iter_errors(tomllib.loads(case.file))] == []


def test_there_are_at_least_51_hooks() -> None:
    assert len(HOOKS) >= 51


def test_most_mistakes_are_seen_and_every_reason_occurs() -> None:
    cases = [*WRONG, *mistakes()]
    excepted = [case for case in cases if case.unseen]
    assert {case.unseen for case in excepted} == REASONS.keys()
    assert len(cases) > 250
    assert len(excepted) < len(cases) / 3
