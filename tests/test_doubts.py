"""What is valid and probably not meant is warned of; what may well be meant is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.doubts import order
from moesif_declarative.errors import Place, Problems
from moesif_declarative.schema.settings import RuleTable
from moesif_declarative.startup import start

ENVIRON = {"MOESIF_APPLICATION_ID": "test-application-id", "JWT_KEY": "k" * 40}
VERIFY = "verify = { key_env = 'JWT_KEY', algorithms = ['HS256'] }"


@dataclass(frozen=True)
class Case:
    """Settings, and the warnings that they give: code, key and line."""

    id: str
    written: str
    found: Sequence[tuple[str, str, int | None]]


def skip(*conditions: str) -> str:
    """Write SKIP rules ``a``, ``b``, …, each on two lines."""
    names = zip("abcdef", conditions, strict=False)
    return "".join(f"[default.SKIP.{name}]\n{condition}\n" for name, condition in names)


B: list[tuple[str, str, int | None]] = [("rule-unreachable", "SKIP.b", 3)]

CASES = [
    Case("the same condition twice", skip("path = '/a'", "path = '/a'"), B),
    Case(
        "the same condition twice for outgoing calls",
        skip("path = '/a'", "path = '/a'").replace("SKIP", "SKIP_OUTGOING"),
        [("rule-unreachable", "SKIP_OUTGOING.b", 3)],
    ),
    Case("a wider glob first", skip("path = '/a/*'", "path = ['/a/b', '/a/c/*']"), B),
    Case("a glob for all", skip("path = '*'", "path = '/a/?'"), B),
    Case("hosts in another case", skip("host = '*.Test'", "host = 'API.test'"), B),
    Case("a stricter rule later", skip("path = '/a'", "path = '/a'\nmethod = 'GET'"), B),
    Case("a class of statuses", skip("status = '5xx'", "status = [503, '500-502']"), B),
    Case("a comparison of statuses", skip("status = '>=400'", "status = ['4xx', 500]"), B),
    Case(
        "keep after skip",
        skip("path = '/a*'", "path = '/a'\naction = 'keep'"),
        B,
    ),
    Case("the same source and test", skip("header = 'X'", "header = 'X'"), B),
    Case("a narrower glob first", skip("path = '/a/b'", "path = '/a/*'"), []),
    Case("globs that only meet", skip("path = '/a*'", "path = '*b'"), []),
    Case("paths in another case", skip("path = '/A'", "path = '/a'"), []),
    Case("a question mark first", skip("path = '/a/?'", "path = '/a/*'"), []),
    Case("other methods", skip("path = '/a'\nmethod = 'GET'", "path = '/a'"), []),
    Case("other tests", skip("header = 'X'\nequals = 'a'", "header = 'X'\nequals = 'b'"), []),
    Case("other statuses", skip("status = '5xx'", "status = '>=500'"), []),
    Case(
        "a case that counts",
        skip("path_contains = 'a'\nignore_case = true", "path_contains = 'a'"),
        [],
    ),
    Case(
        "the earlier rule is off",
        skip("path = '/a'\nenabled = false", "path = '/a'"),
        [],
    ),
    Case(
        "a rule that samples everything",
        "[default.SAMPLE.a]\nrate = 5\n[default.SAMPLE.b]\npath = '/b'\nrate = 50\n",
        [("rule-unreachable", "SAMPLE.b", 3)],
    ),
    Case(
        "everything sampled last",
        "[default.SAMPLE.b]\npath = '/b'\nrate = 50\n[default.SAMPLE.a]\nrate = 5\n",
        [],
    ),
    Case(
        "a source with a default",
        "[default.API_VERSION.a]\nheader = 'X'\ndefault = '1'\n"
        "[default.API_VERSION.b]\nquery = 'v'",
        [("rule-unreachable", "API_VERSION.b", 4)],
    ),
    Case(
        "a constant first",
        "[default.API_VERSION.a]\nvalue = '1'\n[default.API_VERSION.b]\nquery = 'v'",
        [("rule-unreachable", "API_VERSION.b", 3)],
    ),
    Case(
        "a constant on a condition",
        "[default.API_VERSION.a]\nvalue = '1'\nwhen = { path = '/1/*' }\n"
        "[default.API_VERSION.b]\nquery = 'v'",
        [],
    ),
    Case(
        "a path without its slash",
        "[default.SKIP.a]\nany = [{ path = '/a' }, { not = { path = ['b', '/c'] } }]\n"
        "[default.IDENTIFY_USER.a]\nheader = 'X'\nwhen = { path = 'api/*' }\n",
        [
            ("path-never-matches", "SKIP.a.any[1].not.path[0]", 2),
            ("path-never-matches", "IDENTIFY_USER.a.when.path", 5),
        ],
    ),
    Case(
        "a whole URL for a path",
        skip("path = 'https://api.test/*'"),
        [("path-never-matches", "SKIP.a.path", 2)],
    ),
    Case(
        "masks of bodies that are not logged",
        "[default]\nLOG_BODY = false\nREQUEST_BODY_MASKS = ['a']\n"
        "[default.MASK_EVENT_MODEL.a]\nfield = 'a'\n"
        "[default.MASK_EVENT_MODEL.b]\nbody = 'both'\n"
        "[default.MASK_EVENT_MODEL.c]\njsonpath = \"$['request'].body.a\"\n"
        "[default.MASK_EVENT_MODEL.d]\nregex = 'a'\nin = ['response.body']\n"
        "[default.MASK_EVENT_MODEL.e]\nregex = 'a'\n"
        "[default.MASK_EVENT_MODEL.f]\njsonpath = '$..a'\n"
        "[default.MASK_EVENT_MODEL.g]\nheader = 'A'\n",
        [
            ("mask-idle", "MASK_EVENT_MODEL.a", 4),
            ("mask-idle", "MASK_EVENT_MODEL.b", 6),
            ("mask-idle", "MASK_EVENT_MODEL.c", 8),
            ("mask-idle", "MASK_EVENT_MODEL.d", 10),
            ("mask-idle", "REQUEST_BODY_MASKS", 3),
        ],
    ),
    Case(
        "masks of one side",
        "[default]\nLOG_RESPONSE_BODY = false\n"
        "[default.MASK_EVENT_MODEL.a]\nfield = 'a'\n"
        "[default.MASK_EVENT_MODEL.b]\nfield = 'a'\nin = ['response.body']\n"
        "[default.MASK_EVENT_MODEL.c]\nbody = 'request'\n",
        [("mask-idle", "MASK_EVENT_MODEL.b", 5)],
    ),
    Case(
        "no body fits",
        "[default]\nMAX_BODY_SIZE = 0\n[default.MASK_EVENT_MODEL.a]\nbody = 'request'\n",
        [("mask-idle", "MASK_EVENT_MODEL.a", 3)],
    ),
    Case(
        "a token that nobody verifies beside one that is verified",
        f"[default.IDENTIFY_USER.a]\njwt = 'sub'\n{VERIFY}\n"
        "[default.IDENTIFY_USER.b]\njwt = 'email'\n"
        "[default.IDENTIFY_COMPANY.a]\ntemplate = '{o}'\nvars = { o = { jwt = 'org' } }\n",
        [
            ("jwt-unverified", "IDENTIFY_USER.b.jwt", 5),
            ("jwt-unverified", "IDENTIFY_COMPANY.a.vars.o.jwt", 8),
        ],
    ),
    Case(
        "metadata that looks like a source",
        "[default.GET_METADATA]\na = { headr = 'X' }\nb = { c = { cokie = 'x', default = 1 } }\n",
        [
            ("metadata-doubtful", "GET_METADATA.a.headr", 2),
            ("metadata-doubtful", "GET_METADATA.b.c.cokie", 3),
        ],
    ),
    Case(
        "metadata that is data",
        "[default.GET_METADATA]\na = { name = 'X', headr = 'Y' }\nb = { headr = 5 }\n"
        "c = { value = { headr = 'X' } }\npath = 'x'\n",
        [],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_doubts_are_told_with_their_place(case: Case, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(case.written, "utf-8")
    problems = Problems()
    assert start(None, {}, problems, environ=ENVIRON, directory=tmp_path) is not None
    found = [(problem.code, problem.key, problem.origin.line) for problem in problems]
    assert found == list(case.found), [str(problem) for problem in problems]
    assert {problem.severity for problem in problems} <= {"warning"}
    assert all(problem.hint for problem in problems)


def test_rules_beyond_the_five_hundredth_are_not_compared(tmp_path: Path) -> None:
    unlike = skip_rules(f"path = '/{number}'" for number in range(499))
    (tmp_path / "settings.toml").write_text(
        f"{unlike}[default.SKIP.final]\npath = '/0'\n[default.SKIP.late]\npath = '/0'\n", "utf-8"
    )
    problems = Problems()
    assert start(None, {}, problems, environ=ENVIRON, directory=tmp_path) is not None
    assert [(problem.code, problem.key) for problem in problems] == [
        ("rule-unreachable", "SKIP.final")
    ]


def test_thousands_of_rules_are_compared_no_oftener_than_five_hundred(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[None] = []
    covers = order._covers

    def counted(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
        compared.append(None)
        return covers(earlier, later)

    monkeypatch.setattr(order, "_covers", counted)
    place = Place(("SKIP",), {})
    rules = [
        RuleTable("SKIP", f"r{number}", {"path": f"/{number}/*"}, place) for number in range(5000)
    ]
    problems = Problems()
    order.doubt_conditions(rules, problems)
    assert (len(compared), list(problems)) == (500 * 499 // 2, [])


def test_thousands_of_sources_behind_a_constant_are_each_told_once() -> None:
    place = Place(("API_VERSION",), {})
    rules = [RuleTable("API_VERSION", "r", {"value": "1"}, place) for _ in range(5000)]
    problems = Problems()
    order.doubt_chain(rules, problems)
    assert len(list(problems)) == 4999


def skip_rules(conditions: Iterable[str]) -> str:
    """Write SKIP rules ``r0``, ``r1``, …"""
    return "".join(
        f"[default.SKIP.r{number}]\n{condition}\n" for number, condition in enumerate(conditions)
    )
