"""Which layers there are, and how later ones win."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.errors import Origin, Problems
from moesif_declarative.settings import Loaded

Read = Callable[..., tuple[Loaded, Problems]]


@dataclass(frozen=True)
class Case:
    id: str
    files: Mapping[str, str]
    values: dict[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


BOTH = "[default]\nBATCH_SIZE = 1\nBASE_URI = 'd'\n[production]\nBATCH_SIZE = 2\n"
PRODUCTION = {"MOESIF_ENV": "production"}
NAMED = """
[default.SKIP.health]
path = "/health"
[default.SKIP.static]
path = ["/s", "/t"]
"""

CASES = [
    Case(
        "no file, variables suffice",
        {},
        {"APPLICATION_ID": "12345"},
        {"MOESIF_APPLICATION_ID": "12345"},
    ),
    Case(
        "no file, an environment is named",
        {},
        {"DEBUG": True},
        {"MOESIF_DEBUG": "true", **PRODUCTION},
    ),
    Case("default alone", {"settings.toml": BOTH}, {"BATCH_SIZE": 1, "BASE_URI": "d"}),
    Case(
        "the environment's section wins",
        {"settings.toml": BOTH},
        {"BATCH_SIZE": 2, "BASE_URI": "d"},
        PRODUCTION,
    ),
    Case(
        "sections ignore case",
        {"settings.toml": BOTH.upper().replace("'D'", "'d'")},
        {"BATCH_SIZE": 2, "BASE_URI": "d"},
        {"MOESIF_ENV": "pRoduction"},
    ),
    Case(
        "development is implied", {"settings.toml": "[development]\nDEBUG = true"}, {"DEBUG": True}
    ),
    Case(
        "an empty MOESIF_ENV names nothing",
        {"settings.toml": "[development]\nDEBUG = true"},
        {"DEBUG": True},
        {"MOESIF_ENV": ""},
    ),
    Case(
        "a secrets file beats any section of settings.toml",
        {
            "settings.toml": BOTH,
            ".secrets.toml": "[default]\nBATCH_SIZE = 3",
        },
        {"BATCH_SIZE": 3, "BASE_URI": "d"},
        PRODUCTION,
    ),
    Case(
        "a local file beats the secrets file",
        {
            "settings.toml": BOTH,
            ".secrets.toml": "[production]\nBATCH_SIZE = 3\nDEBUG = true",
            "settings.local.toml": "[default]\nBATCH_SIZE = 4",
        },
        {"BATCH_SIZE": 4, "BASE_URI": "d", "DEBUG": True},
        PRODUCTION,
    ),
    Case(
        "a variable beats files, an argument a variable",
        {"settings.toml": BOTH},
        {"BATCH_SIZE": 6, "BASE_URI": "v"},
        {"MOESIF_BATCH_SIZE": "5", "MOESIF_BASE_URI": "v"},
        {"batch_size": 6},
    ),
    Case(
        "tests stand in a file of their own",
        {
            "settings.toml": "[default.TESTS.a]\nx = 1",
            "settings.tests.toml": "[default.TESTS.b]\nx=2",
        },
        {"TESTS": {"a": {"x": 1}, "b": {"x": 2}}},
    ),
    Case(
        "lists replace",
        {
            "settings.toml": "[default]\nTRUSTED_PROXIES=['a','b']\n"
            "[production]\nTRUSTED_PROXIES=['c']",
        },
        {"TRUSTED_PROXIES": ["c"]},
        PRODUCTION,
    ),
    Case(
        "tables merge at every depth",
        {
            "settings.toml": "[default.GET_METADATA]\na={b={c=1,d=[1]}}\n"
            "[production.GET_METADATA.a.b]\nd=[2]\ne=3",
        },
        {"GET_METADATA": {"a": {"b": {"c": 1, "d": [2], "e": 3}}}},
        PRODUCTION,
    ),
    Case(
        "metadata keys keep their case",
        {
            "settings.toml": "[default.GET_METADATA]\nHeader=1\n"
            "[production.GET_METADATA]\nheader=2",
        },
        {"GET_METADATA": {"Header": 1, "header": 2}},
        PRODUCTION,
    ),
    Case(
        "one rule of a set changes alone",
        {
            "settings.toml": NAMED + "[production.SKIP.static]\npath = '/u'\norder = 3",
        },
        {"SKIP": {"health": {"path": "/health"}, "static": {"path": "/u", "order": 3}}},
        PRODUCTION,
    ),
    Case(
        "names of rules and options ignore case",
        {
            "settings.toml": NAMED + "[production.SKIP.HEALTH]\nEnabled = false",
        },
        {"SKIP": {"health": {"path": "/x", "enabled": False}, "static": {"path": ["/s", "/t"]}}},
        {"MOESIF_SKIP__Health__PATH": "/x", **PRODUCTION},
    ),
    Case(
        "a set begun elsewhere grows",
        {"settings.toml": NAMED},
        {
            "SKIP": {
                "health": {"path": "/health"},
                "static": {"path": ["/s", "/t"]},
                "slow": {"status": 500},
            }
        },
        {"MOESIF_SKIP__slow__status": "500"},
    ),
    Case(
        "a short form is replaced whole",
        {
            "settings.toml": "[default.SKIP]\npath = '/a'\nstatus = 1\n"
            "[production.SKIP]\npath = '/b'",
        },
        {"SKIP": {"path": "/b"}},
        PRODUCTION,
    ),
    Case(
        "a list of rules replaces a rule",
        {
            "settings.toml": "[default.SKIP]\npath = '/a'\n[[production.SKIP]]\nPath = '/b'",
        },
        {"SKIP": [{"path": "/b"}]},
        PRODUCTION,
    ),
    Case(
        "variables make one rule together",
        {"settings.toml": "[default.SKIP]\npath = '/a'"},
        {"SKIP": {"path": "/b", "status": 404}},
        {"MOESIF_SKIP__path": "/b", "MOESIF_SKIP__STATUS": "404"},
    ),
    Case(
        "a variable changes one key of another's table",
        {},
        {"SKIP": {"a": {"path": "/", "order": 2}}},
        {"MOESIF_SKIP__a": '{path = "/"}', "MOESIF_SKIP__a__order": "2"},
    ),
    Case(
        "an empty set takes nothing away",
        {"settings.toml": NAMED + "[production.SKIP]"},
        {"SKIP": {"health": {"path": "/health"}, "static": {"path": ["/s", "/t"]}}},
        PRODUCTION,
    ),
    Case(
        "an empty set gives way to a short form",
        {
            "settings.toml": "[default.SKIP]\n[production.SKIP]\npath = '/b'",
        },
        {"SKIP": {"path": "/b"}},
        PRODUCTION,
    ),
    Case(
        "lower-case keys are left for the schema",
        {"settings.toml": "[default]\nskip = 1\nSkip = 2"},
        {"skip": 1, "Skip": 2},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_layers_merge(read: Read, case: Case) -> None:
    loaded, problems = read(case.files, case.environ, overrides=case.overrides)
    assert list(problems) == []
    assert loaded.values == case.values


def test_rules_keep_the_order_in_which_they_were_written(read: Read) -> None:
    text = "[default.SKIP.b]\n[default.SKIP.a]\n[production.SKIP.c]\n[production.SKIP.B]\norder=1"
    loaded, _ = read({"settings.toml": text}, PRODUCTION)
    assert list(loaded.values["SKIP"]) == ["b", "a", "c"]


def test_every_value_knows_its_origin_and_what_it_overrode(read: Read, tmp_path: Path) -> None:
    loaded, problems = read(
        {
            "settings.toml": "[default]\nBATCH_SIZE = 1\n[default.SKIP.a]\npath = ['/x']\n"
            "[Production]\nBATCH_SIZE = 2\n",
            ".env": "\n  MOESIF_BATCH_SIZE=3\nMOESIF_ENV=production",
        },
        {"MOESIF_SKIP__A__path": "/y"},
        overrides={"batch_size": 4},
    )
    file = str(tmp_path / "settings.toml")
    variable = f"MOESIF_BATCH_SIZE in {tmp_path / '.env'}"
    assert list(problems) == []
    assert loaded.environment == "Production"
    assert loaded.origins == {
        ("BATCH_SIZE",): Origin("argument", "batch_size"),
        ("SKIP",): Origin("file", file, 3, 10, "default"),
        ("SKIP", "a"): Origin("file", file, 3, 15, "default"),
        ("SKIP", "a", "path"): Origin("variable", "MOESIF_SKIP__A__path"),
    }
    assert loaded.overridden == {
        ("BATCH_SIZE",): (
            (Origin("file", file, 2, 1, "default"), 1),
            (Origin("file", file, 6, 1, "Production"), 2),
            (Origin("variable", variable, 2, 3), 3),
        ),
        ("SKIP", "a", "path"): ((Origin("file", file, 4, 1, "default"), ["/x"]),),
    }
    assert loaded.place.at("SKIP", "a", "path").origin == loaded.origins["SKIP", "a", "path"]


def test_loaded_settings_print_without_values(read: Read) -> None:
    loaded, _ = read(
        {"settings.toml": "[default]\nAPPLICATION_ID = 'hush-1'"},
        {"MOESIF_MASK_HASH_KEY": "hush-2"},
        overrides={"APPLICATION_ID": "hush-3"},
    )
    assert "hush" not in repr(loaded)


@dataclass(frozen=True)
class Wrong:
    id: str
    text: str
    found: list[tuple[str, str, int | None, str]]
    environ: Mapping[str, str] = field(default_factory=dict)


WRONG = [
    Wrong(
        "a short form over a set",
        "[default.SKIP.a]\npath='/'\n[production]\nSKIP=[{path='/'}]",
        [
            ("rule-form-mixed", "SKIP", 4, "settings.toml:1:10, but a short form"),
        ],
        PRODUCTION,
    ),
    Wrong(
        "a set over a short form",
        "[default]\nSKIP={path='/'}",
        [
            ("rule-form-mixed", "SKIP", None, "settings.toml:2:1, but a set of named rules"),
        ],
        {"MOESIF_SKIP__a__order": "1"},
    ),
    Wrong(
        "an empty list over a set",
        "[default.SKIP.a]\n[production]\nSKIP=[]",
        [
            ("rule-form-mixed", "SKIP", 3, "but a short form"),
        ],
        PRODUCTION,
    ),
    Wrong(
        "a switch that names no rule",
        "[default.SKIP.a]\n[production.SKIP]\nenabled=false",
        [
            ("rule-form-mixed", "SKIP", 2, "but a short form"),
        ],
        PRODUCTION,
    ),
    Wrong(
        "both forms in one layer",
        "[default.SKIP]\npath='/'\n[default.SKIP.a]",
        [
            ("rule-form-mixed", "SKIP", 2, "mix"),
        ],
    ),
    Wrong(
        "a word among rules",
        "[default.SKIP.a]\n[default.SKIP.Not]\npath='/'",
        [
            ("rule-name-invalid", "SKIP.not", 2, "a word of the language"),
        ],
    ),
    Wrong(
        "a hyphen",
        "[default.SKIP.my-rule]\n[default.SKIP.b]",
        [
            ("rule-name-invalid", "SKIP.my-rule", 1, "may not be named 'my-rule'"),
        ],
    ),
    Wrong(
        "names that no variable could say",
        "[default.SKIP.a__b]\n[default.SKIP.1a]\n[default.SKIP.'ä']\n"
        "[default.SKIP.'']\n[default.SKIP._a]",
        [
            ("rule-name-invalid", "SKIP.a__b", 1, "a__b"),
            ("rule-name-invalid", "SKIP.1a", 2, "1a"),
            ("rule-name-invalid", "SKIP.ä", 3, "ä"),
            ("rule-name-invalid", "SKIP.", 4, "''"),
            ("rule-name-invalid", "SKIP._a", 5, "_a"),
        ],
    ),
    Wrong(
        "a rule twice",
        "[default.SKIP.a]\n[default.SKIP.A]",
        [
            ("rule-name-twice", "SKIP.A", 2, "'A' and 'a' in"),
        ],
    ),
    Wrong(
        "an option twice",
        "[default.SKIP.a]\npath='/'\nPATH='/'",
        [
            ("option-twice", "SKIP.a.path", 3, "settings.toml:2:1 has it already"),
        ],
    ),
    Wrong(
        "an option twice in a list of rules",
        "[[default.SKIP]]\npath='/'\nPATH='/'",
        [
            ("option-twice", "SKIP[0].path", 3, "settings.toml:2:1 has it already"),
        ],
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_rules_of_a_wrong_form_or_name_are_problems(read: Read, case: Wrong) -> None:
    _, problems = read({"settings.toml": case.text}, case.environ)
    assert [(p.code, p.key, p.origin.line) for p in problems] == [f[:3] for f in case.found]
    for problem, (*_, message) in zip(problems, case.found, strict=True):
        assert message in problem.message
        assert problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "[default.SKIP.not]\npath = '/'",
        "[default]\nSKIP = { when = { path = '/' }, map = { A = 1, a = 2 } }",
        "[[default.SKIP]]\nall = [{ path = '/' }]",
    ],
)
def test_options_that_hold_tables_are_no_rules(read: Read, text: str) -> None:
    loaded, problems = read({"settings.toml": text})
    assert list(problems) == []
    assert loaded.values["SKIP"]
