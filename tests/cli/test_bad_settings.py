"""Broken settings: each kind of mistake that a person makes, and exactly what is told of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.errors import Problem, Problems, SettingsError
from moesif_declarative.hooks import Hooks
from moesif_declarative.report import annotation, problem_row, write_problem
from moesif_declarative.schema.documents import document, schemas_folder
from moesif_declarative.startup import start
from moesif_declarative.toml_text import write_key, write_value

Found: TypeAlias = tuple[str, str, str, int, int, str]
"""Code, key, source, line and column (0: none), and how the hint begins."""

ACCOUNT = {"MOESIF_APPLICATION_ID": "test-application-id"}
EXAMPLE = schemas_folder().parent / "example_settings.toml"


@dataclass(frozen=True)
class Bad:
    """Settings with mistakes, and every problem that is told, in order."""

    id: str
    found: list[Found]
    settings: str | None = None
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    environment: str | None = None
    source: Any = None
    account: bool = True
    unseen: str = ""
    """Why an editor's schema takes the file."""


TABLE = Path(__file__).with_name("bad_settings.toml")


def read_table() -> list[Bad]:
    """Read the table's cases."""
    return [
        Bad(id=name, **{**case, "found": [tuple(found) for found in case["found"]]})
        for name, case in tomllib.loads(TABLE.read_text("utf-8")).items()
    ]


NO_TOML = [
    Bad(
        "Latin-1",
        [("file-not-utf8", "", "settings.toml", 2, 1, "save the file as UTF-8")],
        files={"settings.toml": b"[default]\n# caf\xe9\n"},
    ),
    Bad(
        "UTF-16",
        [("file-not-utf8", "", "settings.toml", 1, 1, "save the file as UTF-8")],
        files={"settings.toml": "[default]\n".encode("utf-16")},
    ),
    Bad(
        "lists that nest without end",
        [("toml-syntax", "", "settings.toml", 0, 0, "no rule needs more than a few levels")],
        settings="[default]\nA = " + "[" * 3000 + "]" * 3000,
    ),
    Bad(
        "a number without end",
        [("toml-syntax", "", "settings.toml", 0, 0, "write a number of fewer digits")],
        settings="[default]\nBATCH_SIZE = " + "9" * 5000,
    ),
    Bad(
        "tables that nest without end",
        [
            (
                "value-too-deep",
                "SKIP.not",
                "settings.toml",
                2,
                506,
                "no rule needs more than a few levels",
            ),
            (
                "too-deep",
                "SKIP" + ".not" * 60,
                "settings.toml",
                2,
                482,
                "no rule needs more than a few levels",
            ),
        ],
        settings="[default]\nSKIP = " + "{ not = " * 70 + "{ path = '/x' }" + " }" * 70,
    ),
    Bad(
        "bytes that are no text",
        [
            (
                "value-malformed",
                "API_VERSION",
                "MOESIF_API_VERSION",
                0,
                0,
                "set it in a UTF-8 locale",
            )
        ],
        settings="[default]\n",
        environ={"MOESIF_API_VERSION": "\udcff"},
    ),
    Bad(
        "a dict with a set",
        [
            (
                "wrong-type",
                "MASK_PRESETS",
                "the settings dictionary",
                0,
                0,
                'write `MASK_PRESETS = ["credentials", "c',
            )
        ],
        source={"MASK_PRESETS": {"emails"}},
    ),
    Bad(
        "a number for a source",
        [("source-unknown", "", "source", 0, 0, "give a path, a dictionary, a Dynaconf ob")],
        source=5,
    ),
]

BAD = [*read_table(), *NO_TOML]


def tell(folder: Path, case: Bad) -> list[Problem]:
    """Start with these settings in a folder; give what is told."""
    files = dict(case.files)
    if case.settings is not None:
        files["settings.toml"] = case.settings
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    compiled = start(
        case.source,
        case.overrides,
        problems,
        environ={**(ACCOUNT if case.account else {}), **case.environ},
        environment=case.environment,
        directory=folder,
    )
    assert (compiled is None) == bool(problems.errors)
    return list(problems)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.id)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(case: Bad, tmp_path: Path) -> None:
    told = tell(tmp_path, case)
    found = [
        (
            problem.code,
            problem.key,
            problem.origin.source.replace(f"{tmp_path}/", ""),
            problem.origin.line or 0,
            problem.origin.column or 0,
            problem.hint[: len(expected[-1])],
        )
        for problem, expected in zip(told, case.found, strict=False)
    ]
    assert (found, len(told)) == (case.found, len(case.found)), [str(problem) for problem in told]
    for problem in told:
        assert problem.hint, "every problem says how it is mended"
        assert problem.code in document("problems")
        assert write_problem(problem)
        assert annotation(problem).count("\n") == 0
        assert problem_row(problem)["code"] == problem.code
    assert str(SettingsError(told)).count("error[") == len(
        [problem for problem in told if problem.severity == "error"]
    )


def test_the_table_has_every_kind_of_mistake() -> None:
    assert len(BAD) >= 120
    assert len({case.id for case in BAD}) == len(BAD)


SECRET = "s3cr3t-Value-0123456789"

SECRETS = [
    f"[default]\nAPPLICATION_ID = '{SECRET}\n",
    f"[default]\nAPPLICATION_ID = {SECRET}\n",
    f"[default]\nAPPLICATION_ID = ['{SECRET}']\n",
    f"[default]\nAPPLICATIONID = '{SECRET}'\n",
    f"[default]\napplication_id = '{SECRET}'\n",
    f"[default]\nMASK_HASHKEY = '{SECRET}'\n",
    f"[default]\nAPI_KEY = '{SECRET}'\n",
    f"APPLICATION_ID = '{SECRET}'\n[default]\n",
    f"MOESIF_ID = '{SECRET}'\n[default]\n",
    f"[default]\nMASK_HASH_KEY = {{ key = '{SECRET}' }}\n",
    f'[default]\nAPPLICATION_ID = """\n{SECRET}" ""\nX = 1\n',
    f"[default]\nMASK_HASH_KEY = [\n '{SECRET}'\n '{SECRET}'\n]\n",
    f"[default]\nBASE_URI = 'ftp://user:{SECRET}@api.moesif.net'\n",
    f"[default]\nBASE_URI = 'https://user:{SECRET}@api.moesif.net?x'\n",
    f"[default.SKIP.a]\nAPPLICATION_ID = '{SECRET}'\n",
    f"[default.IDENTIFY_USER.a]\njwt = 'sub'\nverify = {{ key = '{SECRET}' }}\n",
    f"[default.IDENTIFY_USER.a]\njwt = 'sub'\nverify = '{SECRET}'\n",
    f"[default.IDENTIFY_USER.a]\njwt = 'sub'\nverify.secret = '{SECRET}'\n",
    f'[default.IDENTIFY_USER.a.verify]\nKEY = """\n{SECRET}"""\n',
    f"[default]\nAPPLICATION_ID = '{SECRET}'\nAPPLICATION_ID = '{SECRET}'\n",
]


@pytest.mark.parametrize("written", SECRETS)
@pytest.mark.parametrize("name", ["settings.toml", ".secrets.toml"])
def test_a_secret_is_never_told(written: str, name: str, tmp_path: Path) -> None:
    files = {"settings.toml": "[default]\n", name: written}
    told = tell(tmp_path, Bad("", [], files=files, account=False))
    assert told
    text = "\n".join(
        f"{problem} {problem!r} {write_problem(problem)} {annotation(problem)}" for problem in told
    )
    assert SECRET not in text + str(SettingsError(told)) + repr(SettingsError(told))


@pytest.mark.parametrize("name", ["APPLICATION_ID", "APPLICATIONID", "MASK_HASH_KEY", "HASH_KEY"])
@pytest.mark.parametrize("value", [SECRET, f"{SECRET}\n", f"@int {SECRET}", f"@format {SECRET}"])
def test_a_secret_in_a_variable_is_never_told(name: str, value: str, tmp_path: Path) -> None:
    told = tell(tmp_path, Bad("", [], environ={f"MOESIF_{name}": value}, account=False))
    assert SECRET not in "\n".join(f"{problem!r} {write_problem(problem)}" for problem in told)


GOOD = [
    "",
    "[default]\n",
    "[default]\nBODY_CONTENT_TYPES = ['application/*']\n",
    "[default]\nTRUSTED_PROXIES = ['10.0.0.0/8', '::1', '192.0.2.1']\n",
    "[default]\nAUTHORIZATION_HEADER_NAME = ''\n",
    "[default]\nAUTHORIZATION_HEADER_NAME = 'X-Api-Key, Authorization'\n",
    "[default]\nAPI_VERSION = '1.4'\n",
    "[default]\nENABLED = false\nSINK = 'stdout'\n",
    "[default.SKIP]\nnot = { path = '/api/*' }\n",
    "[[default.SKIP]]\npath = '/a'\n[[default.SKIP]]\nstatus = '5xx'\n",
    "[default.SKIP]\n[default.MASK_EVENT_MODEL]\n",
    "[default.SKIP.a]\npath = ['/a/*', '*/b', '?c']\nmethod = ['get', 'PROPFIND']\n",
    "[default.SKIP.A]\nPATH = '/a'\n[development.SKIP.a]\nEnabled = false\n",
    "[default.SAMPLE]\nrate = 12.5\n",
    "[default.SAMPLE.a]\npath = '/a/*'\nrate = 5\n[default.SAMPLE.b]\nrate = 50\n",
    "[default.IDENTIFY_USER.a]\nheader = 'x_user'\ndefault = '-'\nwhen = { method = 'GET' }\n",
    "[default.MASK_EVENT_MODEL.a]\nheader = ['X-*', 'Cook?e']\n",
    "[default.MASK_EVENT_MODEL.a]\nfield = 'a'\naction = 'remove'\nlast = 4\nwith = 'x'\n",
    "[default]\nLOG_REQUEST_BODY = false\n[default.MASK_EVENT_MODEL.a]\nfield = 'a'\n",
    "[default.GET_METADATA]\nregion = { name = 'x', environment = 'prod' }\nlist = [1, 'a']\n",
    "[default]\n[debug]\nBATCH_SIZE = 1\n[sample]\nDEBUG = true\n[prod-a]\n[prod-b]\n",
    "[default.IDENTIFY_USER.a]\njwt = 'sub'\n[default.IDENTIFY_COMPANY.a]\njwt = 'org'\n",
]


@pytest.mark.parametrize("written", [*GOOD, EXAMPLE.read_text("utf-8")])
def test_what_is_right_is_not_complained_of(written: str, tmp_path: Path) -> None:
    assert tell(tmp_path, Bad("", [], settings=written)) == []


def test_variables_that_rules_read_by_name_are_no_unknown_settings(tmp_path: Path) -> None:
    written = (
        "[default.IDENTIFY_USER.a]\nenv = 'MOESIF_NODE__NAME'\n"
        "[default.MASK_EVENT_MODEL.a]\nenv_value = 'MOESIF_HASH_KEY'\n"
    )
    environ = {
        "MOESIF_NODE__NAME": "n1",
        "MOESIF_HASH_KEY": "long-enough",
        "MOESIF_IDENTIFY_COMPANY__a__env": "MOESIF_TENANTS",
        "MOESIF_TENANTS": "t",
    }
    assert tell(tmp_path, Bad("", [], settings=written, environ=environ)) == []


def test_a_keyword_argument_of_none_overrides_nothing(tmp_path: Path) -> None:
    written = "[default]\nMASK_PRESETS = ['emails']\n[default.SKIP]\npath = '/a'\n"
    (tmp_path / "settings.toml").write_text(written, "utf-8")
    overrides = {"MASK_PRESETS": None, "SKIP": None, "APPLICATION_ID": None}
    problems = Problems()
    compiled = start(None, overrides, problems, environ=ACCOUNT, directory=tmp_path)
    assert compiled is not None
    assert (compiled.settings.mask_presets, len(compiled.settings.rules["SKIP"])) == (
        ("emails",),
        1,
    )


# ---------------------------------------------------------------- any TOML at all

Path_: TypeAlias = tuple[str | int, ...]

WORDS = st.sampled_from(
    [
        "path",
        "header",
        "jsonpath",
        "not",
        "any",
        "when",
        "value",
        "with",
        "regex",
        "a",
        "é",
        "",
        "0",
    ]
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["$.request.body[*]", "(a|b)*", "@format {x}", "@int 5", "5xx", "10.0.0.0/8"]),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)


def places(value: Any, path: Path_ = ()) -> list[Path_]:
    """List the key path of every value below."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [found for key, child in items for found in ((*path, key), *places(child, (*path, key)))]


EXAMPLE_VALUES = tomllib.loads(EXAMPLE.read_text("utf-8"))
PLACES = places(EXAMPLE_VALUES)


def changed(value: Any, path: Path_, change: Any) -> Any:
    """Copy a value with another one at a path; `DELETE` takes it out."""
    if not path:
        return change
    if isinstance(value, dict) and path[0] in value:
        copy = dict(value)
        if len(path) == 1 and change is DELETE:
            del copy[str(path[0])]
        else:
            copy[str(path[0])] = changed(value[path[0]], path[1:], change)
        return copy
    if isinstance(value, list) and isinstance(path[0], int) and path[0] < len(value):
        below = None if change is DELETE else changed(value[path[0]], path[1:], change)
        return [*value[: path[0]], *([] if below is None else [below]), *value[path[0] + 1 :]]
    return value


DELETE = object()

MUTATIONS = st.lists(
    st.tuples(st.sampled_from(PLACES), st.one_of(st.just(DELETE), VALUES)), min_size=1, max_size=4
)


@given(mutations=MUTATIONS, environment=st.sampled_from([None, "production"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_mutation_of_the_example_gives_hooks_or_problems(
    mutations: list[tuple[Path_, Any]], environment: str | None, tmp_path: Path
) -> None:
    values = EXAMPLE_VALUES
    for path, change in mutations:
        values = changed(values, path, change)
    (tmp_path / "settings.toml").write_text(
        "\n".join(f"{write_key((name,))} = {write_value(table)}" for name, table in values.items()),
        "utf-8",
    )
    hooks_or_problems(tmp_path, environment)


@given(
    at=st.integers(0, len(EXAMPLE.read_bytes())),
    length=st.integers(0, 40),
    inserted=st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"=", b"[", b"]", b"{", b"'", b'"', b'"""', b"\n", b"\r", b"#", b"."]),
    ),
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_slip_in_the_examples_text_gives_hooks_or_problems(
    at: int, length: int, inserted: bytes, tmp_path: Path
) -> None:
    text = EXAMPLE.read_bytes()
    (tmp_path / "settings.toml").write_bytes(text[:at] + inserted + text[at + length :])
    hooks_or_problems(tmp_path, None)


def hooks_or_problems(folder: Path, environment: str | None) -> None:
    problems = Problems()
    compiled = start(None, {}, problems, environ=ACCOUNT, environment=environment, directory=folder)
    if compiled is not None:
        assert isinstance(compiled.hooks, Hooks)
    else:
        assert problems.errors
    for problem in problems:
        assert write_problem(problem)
        assert problem.origin.kind != "default" or problem.key in {"APPLICATION_ID", "SINK_PATH"}
