from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.errors import Problems
from moesif_declarative.settings import Loaded

Read = Callable[..., tuple[Loaded, Problems]]


@dataclass(frozen=True)
class Case:
    id: str
    environ: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    found: list[tuple[str, str, str]] = field(default_factory=list)


CASES = [
    Case(
        "text as it stands",
        {"MOESIF_APPLICATION_ID": "12345", "MOESIF_BASE_URI": '"http://x"'},
        {"APPLICATION_ID": "12345", "BASE_URI": "http://x"},
    ),
    Case(
        "typed values",
        {
            "MOESIF_BATCH_SIZE": "5",
            "MOESIF_DEBUG": "True",
            "MOESIF_EVENT_BATCH_TIMEOUT": "2",
            "MOESIF_MASK_PRESETS": '["a"]',
        },
        {"BATCH_SIZE": 5, "DEBUG": True, "EVENT_BATCH_TIMEOUT": 2, "MASK_PRESETS": ["a"]},
    ),
    Case(
        "the old name of a key",
        {"MOESIF_LOCAL_MOESIF_BASEURL": "http://x"},
        {"LOCAL_MOESIF_BASEURL": "http://x"},
    ),
    Case(
        "nested names",
        {
            "MOESIF_SKIP__a__path": "/x",
            "MOESIF_SKIP__a__when__path": '["/y"]',
            "MOESIF_GET_METADATA__a__B": "1",
        },
        {"SKIP": {"a": {"path": "/x", "when": {"path": ["/y"]}}}, "GET_METADATA": {"a": {"B": 1}}},
    ),
    Case(
        "a regex in a rule",
        {"MOESIF_SKIP__a__regex": r"^[0-9]{2}\.\d$"},
        {"SKIP": {"a": {"regex": r"^[0-9]{2}\.\d$"}}},
    ),
    Case(
        "an unknown option is the schema's to tell",
        {"MOESIF_SKIP__a__pathh": "/x"},
        {"SKIP": {"a": {"pathh": "/x"}}},
    ),
    Case("a key in lower case", {"MOESIF_batch_size": "5"}, {"BATCH_SIZE": 5}),
    Case(
        "reserved and foreign names",
        {
            "MOESIF_ENV": "development",
            "MOESIF_SETTINGS_FILE": "",
            "moesif_debug": "x",
            "MOESIFX": "1",
            "XMOESIF_DEBUG": "1",
        },
    ),
    Case(
        "what Kubernetes sets",
        dict.fromkeys(
            [
                "MOESIF_SERVICE_HOST",
                "MOESIF_SERVICE_PORT",
                "MOESIF_SERVICE_PORT_HTTP",
                "MOESIF_PORT",
                "MOESIF_PORT_80_TCP",
                "MOESIF_PORT_80_TCP_PROTO",
                "MOESIF_PORT_80_TCP_PORT",
                "MOESIF_PORT_80_TCP_ADDR",
                "MOESIF_COLLECTOR_SERVICE_HOST",
                "MOESIF_COLLECTOR_PORT",
                "MOESIF_COLLECTOR_PORT_53_UDP_ADDR",
            ],
            "tcp://10.0.0.1:80",
        ),
    ),
    Case(
        "unknown",
        {"MOESIF_COLOUR": "x"},
        found=[("warning", "variable-unknown", "only settings may begin with MOESIF_")],
    ),
    Case(
        "like a key",
        {"MOESIF_APLICATION_ID": "x"},
        found=[
            ("error", "variable-unknown", "did you mean `MOESIF_APPLICATION_ID`?"),
        ],
    ),
    Case(
        "nested and like a key",
        {"MOESIF_SKIPP__a__path": "x"},
        found=[
            ("error", "variable-unknown", "did you mean `MOESIF_SKIP__a__path`?"),
        ],
    ),
    Case(
        "nested and like nothing",
        {"MOESIF_COLOUR__red": "x"},
        found=[
            ("error", "variable-unknown", "only settings may begin with MOESIF_"),
        ],
    ),
    Case(
        "names that end early",
        {"MOESIF_SKIP__": "1", "MOESIF_SKIP____a": "1", "MOESIF_": "1"},
        found=[
            ("warning", "variable-unknown", "only settings may begin with MOESIF_"),
            ("error", "variable-unknown", "between two __ there must be a name"),
            ("error", "variable-unknown", "between two __ there must be a name"),
        ],
    ),
    Case(
        "an option in two spellings",
        {"MOESIF_SKIP__a__PATH": "/x", "MOESIF_SKIP__a__path": "/y"},
        {"SKIP": {"a": {"path": "/x"}}},
        [("error", "variable-conflict", "keep one of them")],
    ),
    Case(
        "a key of what is no table",
        {"MOESIF_SKIP": "[]", "MOESIF_SKIP__a__path": "/y"},
        {"SKIP": []},
        [("error", "variable-conflict", "keep one of them")],
    ),
    Case(
        "a rule in two spellings",
        {"MOESIF_SKIP__A__path": "/x", "MOESIF_SKIP__a__order": "1"},
        {"SKIP": {"A": {"path": "/x"}}},
        [("error", "rule-name-twice", "names of rules ignore case")],
    ),
    Case(
        "a broken list",
        {"MOESIF_MASK_PRESETS": "[hush"},
        {},
        [
            ("error", "value-malformed", "write it in TOML syntax, or put a text in quotes"),
        ],
    ),
    Case(
        "bytes that are no UTF-8",
        {"MOESIF_BASE_URI": "hush\udce9"},
        {},
        [
            ("error", "value-malformed", "set it in a UTF-8 locale"),
        ],
    ),
    Case(
        "too deep",
        {"MOESIF_GET_METADATA__a": "[" * 70 + "]" * 70},
        found=[
            ("error", "value-too-deep", "no rule needs more than a few levels"),
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_variables_become_one_layer(read: Read, case: Case) -> None:
    loaded, problems = read(environ=case.environ)
    assert [(p.severity, p.code, p.hint) for p in problems] == case.found
    if not any(problem.code == "value-too-deep" for problem in problems):
        assert loaded.values == case.values
    assert "hush" not in str(list(problems))


def test_a_variable_is_told_by_its_name(read: Read) -> None:
    _, problems = read(environ={"MOESIF_SKIP__a__path": "[x"})
    [problem] = problems
    assert problem.key == "SKIP.a.path"
    assert str(problem.origin) == "variable MOESIF_SKIP__a__path"
