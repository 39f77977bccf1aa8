"""Which files are found, and what their sections mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.errors import Problems
from moesif_declarative.settings import Loaded

Read = Callable[..., tuple[Loaded, Problems]]

ONE = "[default]\nBATCH_SIZE = 1\n"
TWO = "[default]\nBATCH_SIZE = 2\n"


def names(loaded: Loaded, folder: Path) -> list[str]:
    return [str(Path(file).relative_to(folder)) for file in loaded.files]


def test_settings_are_looked_up_in_the_parents(read: Read, tmp_path: Path) -> None:
    loaded, problems = read(
        {"a/settings.toml": ONE, "a/.secrets.toml": "[default]\nDEBUG = true", "a/b/x": ""},
        directory="a/b/c",
    )
    assert (loaded.values, list(problems)) == ({"BATCH_SIZE": 1, "DEBUG": True}, [])
    assert names(loaded, tmp_path) == ["a/settings.toml", "a/.secrets.toml"]


def test_the_nearest_file_is_taken_and_a_folder_of_that_name_is_none(read: Read) -> None:
    loaded, _ = read(
        {"settings.toml": ONE, "a/settings.toml": TWO, "a/b/settings.toml/x": ""}, directory="a/b"
    )
    assert loaded.values == {"BATCH_SIZE": 2}


@pytest.mark.parametrize(
    "named", ["conf/one.toml", "conf/one.toml;conf/one.toml", " conf/one.toml ; "]
)
def test_a_named_file_stands_for_the_search(read: Read, tmp_path: Path, named: str) -> None:
    files = {
        "settings.toml": TWO,
        "conf/one.toml": ONE,
        "conf/settings.local.toml": "[default]\nDEBUG=true",
    }
    for given in ({"source": named}, {"environ": {"MOESIF_SETTINGS_FILE": named}}):
        loaded, problems = read(files, **given)
        assert (loaded.values, list(problems)) == ({"BATCH_SIZE": 1, "DEBUG": True}, [])
        assert names(loaded, tmp_path) == ["conf/one.toml", "conf/settings.local.toml"]


def test_a_path_beats_the_variable(read: Read, tmp_path: Path) -> None:
    loaded, _ = read(
        {"a.toml": ONE, "b.toml": TWO},
        {"MOESIF_SETTINGS_FILE": "b.toml"},
        source=tmp_path / "a.toml",
    )
    assert loaded.values == {"BATCH_SIZE": 1}


def test_of_several_files_a_later_one_wins(read: Read, tmp_path: Path) -> None:
    files = {
        "a/x.toml": TWO,
        "b/y.toml": ONE + "DEBUG = true",
        "a/.secrets.toml": "[default]\nDEBUG = false",
    }
    loaded, _ = read(files, {"MOESIF_SETTINGS_FILE": "a/x.toml;b/y.toml"})
    assert loaded.values == {"BATCH_SIZE": 1, "DEBUG": False}
    assert names(loaded, tmp_path) == ["a/x.toml", "b/y.toml", "a/.secrets.toml"]


def test_a_missing_named_file_is_an_error_and_the_others_are_read(read: Read) -> None:
    loaded, problems = read({"b.toml": ONE}, {"MOESIF_SETTINGS_FILE": "a.toml;b.toml"})
    assert loaded.values == {"BATCH_SIZE": 1}
    assert [(p.code, p.hint) for p in problems] == [
        ("file-missing", "named by MOESIF_SETTINGS_FILE")
    ]


def test_the_process_wins_over_a_dotenv_file_and_both_are_variables(read: Read) -> None:
    loaded, problems = read(
        {"settings.toml": ONE, ".env": "MOESIF_BATCH_SIZE=2\nMOESIF_DEBUG=true\nOTHER=1"},
        {"MOESIF_BATCH_SIZE": "3", "HOME": "/h"},
    )
    assert (loaded.values, list(problems)) == ({"BATCH_SIZE": 3, "DEBUG": True}, [])
    assert dict(loaded.variables) == {
        "MOESIF_BATCH_SIZE": "3",
        "MOESIF_DEBUG": "true",
        "HOME": "/h",
    }


def test_a_dotenv_file_stands_beside_the_settings_or_in_the_working_directory(read: Read) -> None:
    two = {"settings.toml": ONE, ".env": "MOESIF_DEBUG=true", "a/.env": "MOESIF_DEBUG=false"}
    assert read(two, directory="a")[0].values == {"BATCH_SIZE": 1, "DEBUG": True}
    assert read({"b/.env": "MOESIF_DEBUG=false"}, source="b/x.toml")[0].values == {"DEBUG": False}


def test_a_dotenv_file_may_name_the_files_and_the_environment(read: Read) -> None:
    loaded, problems = read(
        {
            ".env": "MOESIF_SETTINGS_FILE=conf/x.toml\nMOESIF_ENV=staging",
            "conf/x.toml": ONE + "[staging]\nDEBUG = true",
        }
    )
    assert (loaded.values, list(problems)) == ({"BATCH_SIZE": 1, "DEBUG": True}, [])
    assert loaded.environment == "staging"


def test_bytes_in_a_dotenv_file_matter_in_our_values_alone(read: Read) -> None:
    loaded, problems = read({".env": b"NAME=caf\xe9\nMOESIF_DEBUG=true\nMOESIF_BASE_URI=caf\xe9"})
    assert loaded.values == {"DEBUG": True}
    assert [(p.code, p.key) for p in problems] == [("value-malformed", "BASE_URI")]


@dataclass(frozen=True)
class Case:
    id: str
    files: Mapping[str, str]
    values: dict[str, Any]
    found: list[tuple[str, str, int | None, str]]
    environ: Mapping[str, str] = field(default_factory=dict)
    environment: str | None = None


CASES = [
    Case(
        "a misspelled environment",
        {"settings.toml": ONE + "[production]"},
        {"BATCH_SIZE": 1},
        [
            ("section-unknown", "", None, "did you mean `production`?"),
        ],
        {"MOESIF_ENV": "prodction"},
    ),
    Case(
        "an environment that no name is like",
        {"settings.toml": ONE + "[production]"},
        {"BATCH_SIZE": 1},
        [("section-unknown", "", None, "the files have production")],
        environment="qa",
    ),
    Case(
        "no environment at all",
        {"settings.toml": ONE},
        {"BATCH_SIZE": 1},
        [
            ("section-unknown", "", None, "the files have [default] alone"),
        ],
        environment="qa",
    ),
    Case(
        "an environment in the secrets file alone",
        {
            "settings.toml": ONE,
            ".secrets.toml": "[qa]\nDEBUG=true",
        },
        {"BATCH_SIZE": 1, "DEBUG": True},
        [],
        environment="QA",
    ),
    Case(
        "development needs no section",
        {"settings.toml": ONE},
        {"BATCH_SIZE": 1},
        [],
        environment="development",
    ),
    Case(
        "default needs no section",
        {"settings.toml": ONE},
        {"BATCH_SIZE": 1},
        [],
        environment="default",
    ),
    Case(
        "keys outside any section",
        {"settings.toml": "DEBUG = true\nOTHER=1\n" + ONE},
        {"BATCH_SIZE": 1},
        [
            ("key-outside-section", "DEBUG", 1, "put it under [default]"),
            ("key-outside-section", "OTHER", 2, "put it under [default]"),
        ],
    ),
    Case(
        "tables outside any section",
        {
            "settings.toml": "[SKIP.a]\npath='/'\n[[IDENTIFY_USER]]\n[MOESIF.SKIP]\n[debug]\n",
        },
        {},
        [
            ("key-outside-section", "SKIP", 1, "write [default.SKIP]"),
            ("key-outside-section", "IDENTIFY_USER", 3, "put it under [default]"),
            ("key-outside-section", "MOESIF", 4, "write [default.MOESIF]"),
        ],
    ),
    Case(
        "a section twice",
        {"settings.toml": ONE + "[Default]\nDEBUG=true"},
        {"BATCH_SIZE": 1},
        [
            ("section-twice", "", 3, "join them"),
        ],
    ),
    Case(
        "tests alone in their file",
        {
            "settings.toml": ONE,
            "settings.tests.toml": "[default]\nBATCH_SIZE=9\n[default.TESTS.a]",
        },
        {"BATCH_SIZE": 1, "TESTS": {"a": {}}},
        [
            ("tests-file-key", "BATCH_SIZE", 2, "move it to settings.toml"),
        ],
    ),
    Case(
        "a file shared with the application",
        {
            "settings.toml": "title = 'app'\n[default]\nDEBUG = 'app'\nPORT = 1\n[default.MOESIF]\n"
            "BATCH_SIZE = 1\n[default.MOESIF.SKIP.a]\npath='/'\n[production]\n"
            "BATCH_SIZE = 5\n[production.moesif.SKIP.a]\norder = 1\n[SKIP]\n",
        },
        {"BATCH_SIZE": 1, "SKIP": {"a": {"path": "/", "order": 1}}},
        [],
        {"MOESIF_ENV": "production"},
    ),
    Case(
        "beside a shared file what is ours counts",
        {
            "settings.toml": "[default.MOESIF]\nBATCH_SIZE = 1",
            ".secrets.toml": "[default]\nAPPLICATION_ID = 'a'\nDB_PASSWORD = 'p'",
            "settings.local.toml": "[default]\nAPPLICATION_ID = 'b'\n"
            "[default.MOESIF]\nDEBUG = true",
        },
        {"BATCH_SIZE": 1, "APPLICATION_ID": "a", "DEBUG": True},
        [],
    ),
    Case(
        "a shared file does not make another named file shared",
        {
            "settings.toml": "[default.MOESIF]\nBATCH_SIZE = 1",
            "own.toml": "[default]\nSKIPP = 1",
        },
        {"BATCH_SIZE": 1, "SKIPP": 1},
        [],
        {"MOESIF_SETTINGS_FILE": "settings.toml;own.toml"},
    ),
    Case(
        "a misspelled default section",
        {"settings.toml": ONE + "[defualt.SKIP.a]"},
        {"BATCH_SIZE": 1},
        [("section-doubtful", "", 3, "did you mean [default]?")],
    ),
    Case("nothing at all", {"settings.toml": ""}, {}, []),
    Case("a section without keys", {"settings.toml": "[default]\n"}, {}, []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sections_count_by_their_names(read: Read, case: Case) -> None:
    loaded, problems = read(case.files, case.environ, environment=case.environment)
    assert [(p.code, p.key, p.origin.line, p.hint) for p in problems] == case.found
    assert loaded.values == case.values


def test_a_problem_in_a_shared_file_points_into_its_table(read: Read) -> None:
    loaded, _ = read(
        {"settings.toml": "[default]\nX = 1\n[default.MOESIF]\nMASK_PRESETS = [\n'a']"}
    )
    found = {key: (at.line, at.column) for key, at in loaded.origins.items()}
    assert found == {("MASK_PRESETS",): (4, 1), ("MASK_PRESETS", 0): (5, 1)}


def test_all_sections_are_told_used_or_not(read: Read) -> None:
    loaded, _ = read({"settings.toml": ONE + "[qa]\nDEBUG = true"})
    found = [(s.name, s.values, s.origin.line) for s in loaded.sections]
    assert found == [("default", {"BATCH_SIZE": 1}, 1), ("qa", {"DEBUG": True}, 3)]
