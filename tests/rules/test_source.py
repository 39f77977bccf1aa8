"""The options of sources, their order of work, and that nothing a client sends makes them raise."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.identity import identity_text
from moesif_declarative.rules.source import OPTIONS, compile_source
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.rules.transform import TRANSFORMS


@dataclass(frozen=True)
class Case:
    id: str
    spec: dict[str, Any]
    expected: Any
    call: dict[str, Any] = field(default_factory=dict)


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

CASES = [
    Case("split, first", {"value": "a,b,c", "split": ","}, "a"),
    Case("split, index", {"value": "a,b,c", "split": ",", "index": 2}, "c"),
    Case("split, from the end", {"value": "a,b,c", "split": ",", "index": -1}, "c"),
    Case("split, beyond the end", {"value": "a,b", "split": ",", "index": 2}, None),
    Case("split, beyond the front", {"value": "a,b", "split": ",", "index": -3}, None),
    Case("split, empty part", {"value": ",b", "split": ",", "default": "d"}, "d"),
    Case("split, no separator there", {"value": "a", "split": ","}, "a"),
    Case("split of a number", {"value": 1.5, "split": "."}, "1"),
    Case("split of no value", {"header": "A", "split": ","}, None),
    Case("regex, whole match", {"value": "a-12-b", "regex": "[0-9]+"}, "12"),
    Case("regex, first group", {"value": "id=7;", "regex": "id=([0-9]+)"}, "7"),
    Case("regex, group without part", {"value": "b", "regex": "(a)?b"}, None),
    Case("regex, no match", {"value": "abc", "regex": "[0-9]"}, None),
    Case("regex, no match, default", {"value": "abc", "regex": "[0-9]", "default": 0}, 0),
    Case("regex, empty match", {"value": "abc", "regex": "x*"}, None),
    Case("regex on a number", {"value": 1234, "regex": "^12"}, "12"),
    Case("regex on true", {"value": True, "regex": "^t"}, "t"),
    Case("regex on an object", {"value": {"id": 7}, "regex": '"id":([0-9])'}, "7"),
    Case(
        "regex of a trace header",
        {"header": "traceparent", "regex": "^[0-9a-f]{2}-([0-9a-f]{32})-"},
        "4bf92f3577b34da6a3ce929d0e0e4736",
        {"headers": {"Traceparent": TRACE}},
    ),
    Case("transform", {"value": " A ", "transform": ["strip", "lower"]}, "a"),
    Case("map", {"value": "gold", "map": {"gold": "tier-1"}}, "tier-1"),
    Case("map, no key fits", {"value": "tin", "map": {"gold": "tier-1"}}, None),
    Case("map, no key fits, default", {"value": "tin", "map": {"gold": 1}, "default": 9}, 9),
    Case("default", {"header": "A", "default": "d"}, "d"),
    Case("default false", {"header": "A", "default": False}, False),
    Case("default empty", {"header": "A", "default": ""}, None),
    Case("default not wanted", {"value": 0, "default": "d"}, 0),
    Case("empty list is a value", {"value": [], "default": "d"}, []),
    Case("when true", {"value": "v", "when": {"method": "GET"}}, "v"),
    Case("when false, no default", {"value": "v", "when": {"method": "PUT"}, "default": "d"}, None),
    Case("when of a list", {"value": "v", "when": [{"method": "PUT"}, {"status": 200}]}, "v"),
    Case(
        "all at once, in order",
        {
            "header": "X-Plan",
            "split": ";",
            "index": 1,
            "regex": "plan=(.*)",
            "transform": ["strip", "lower"],
            "map": {"gold": "tier-1"},
            "default": "none",
        },
        "tier-1",
        {"headers": {"X-Plan": "v=1; plan= GOLD ;x"}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_options_work_in_order(case: Case, bench: Any, make_call: Callable[..., Any]) -> None:
    assert bench.source(case.spec).read(make_call(**case.call)) == case.expected
    assert bench.found == []


def test_a_python_engine_is_a_warning(bench: Any, make_call: Callable[..., Any]) -> None:
    source = bench.source({"value": "aa-b", "regex": r"(\w)\1", "engine": "python"})
    assert source.read(make_call()) == "a"
    assert [(p.severity, p.code, p.key) for p in bench.problems] == [
        ("warning", "python-engine", "RULE.regex")
    ]


def test_a_source_keeps_its_text(bench: Any) -> None:
    spec = {"header": "traceparent", "regex": r"^(\d)", "when": {"path": ["/a", "/b"]}}
    assert bench.source(spec).text == (
        r"""header = "traceparent", regex = '^(\d)', when = { path = ["/a", "/b"] }"""
    )


def test_a_long_source_is_shortened(bench: Any) -> None:
    assert len(bench.source({"value": "x" * 5000}).text) == 200


def test_a_source_gives_the_same_from_every_thread(bench: Any, make_call: Any) -> None:
    source = bench.source(
        {
            "template": "{a}-{b}",
            "vars": {"a": {"header": "X-Id"}, "b": {"jsonpath": "$.request.uri", "regex": "i.*"}},
            "transform": ["sha256", "base64"],
        }
    )
    calls = [make_call(headers={"X-Id": str(number % 7)}) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(source.read, calls)) == list(map(source.read, calls))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANY_VALUES = (
    JSON_VALUES
    | st.binary()
    | st.datetimes()
    | st.uuids()
    | st.decimals()
    | st.sets(st.integers(), max_size=3)
    | st.builds(object)
)
HEADER_VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
).map(str.strip)
SELECTIONS = st.sampled_from(
    [
        {"header": "X-Id"},
        {"response_header": "X-Id"},
        {"cookie": "a"},
        {"query": "a"},
        {"form": "a"},
        {"path_arg": 0},
        {"path_arg": "a"},
        {"jsonpath": "$.request.body.a"},
        {"jsonpath": "$..a"},
        {"jwt": "sub"},
        {"jwt": "$..a"},
        {"jwt": "sub", "from": {"query": "a"}},
        {"basic_auth": "username"},
        {"request": "client_ip"},
        {"request": "uri"},
        {"request": "content_type"},
        {"response": "content_type"},
        {"handler": "a"},
        {"handler": "a.b.0"},
        {"template": "{x}-{y}", "vars": {"x": {"query": "a"}, "y": {"handler": "a"}}},
        {"test": {"handler": "a", "contains": "x"}},
        {"callable": lambda handler: handler.a},
    ]
)
OPTION_SETS = st.fixed_dictionaries(
    {},
    optional={
        "split": st.text(min_size=1, max_size=2),
        "index": st.integers(-3, 3),
        "regex": st.sampled_from(["a", "(.)", "x*", r"\d+", "^$"]),
        "transform": st.lists(
            st.sampled_from([n if n not in {"truncate", "last"} else f"{n}:3" for n in TRANSFORMS]),
            max_size=4,
        ),
        "map": st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["2xx", "*", ">1"]), JSON_VALUES
        ).map(lambda table: {key: value for key, value in table.items() if "-" not in key}),
        "default": JSON_VALUES,
        "when": st.sampled_from([{"method": "GET"}, {"handler": "a"}, {"status": ">=500"}]),
    },
)
CALLS = st.fixed_dictionaries(
    {
        "target": st.text(st.characters(min_codepoint=33, max_codepoint=126)),
        "headers": st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        "X-Id",
                        "Cookie",
                        "Authorization",
                        "X-Forwarded-For",
                        "Forwarded",
                        "Content-Type",
                    ]
                ),
                HEADER_VALUES,
            ),
            max_size=4,
        ),
        "body": st.binary(max_size=50) | st.sampled_from([b'{"a": {"a": "x"}}', b"a=b&a=%ff"]),
        "host": HEADER_VALUES,
        "handler": st.builds(lambda value: SimpleNamespace(a=value), ANY_VALUES),
        "path_args": st.tuples(ANY_VALUES),
    }
)


@settings(max_examples=300, deadline=None)
@given(selection=SELECTIONS, options=OPTION_SETS, call=CALLS)
def test_no_source_ever_raises(
    make_bench: Any, make_call: Any, selection: Any, options: Any, call: Any
) -> None:
    bench = make_bench()
    source = compile_source({**options, **selection}, bench.place, bench.scope)
    assert source is not None, list(map(str, bench.problems))
    value = source.read(make_call(**call))
    assert not (isinstance(value, str | bytes) and not value)
    assert isinstance(identity_text(value), str | None)
    assert isinstance(text_of(value), str | None)


def test_the_options_of_the_schema_are_those_of_the_compiler() -> None:
    languages = pytest.importorskip("moesif_declarative.schema.languages")
    words = {
        name for name, option in languages.language("source").items() if option.role == "option"
    }
    assert words == {*OPTIONS, "when", "engine"}


def test_the_selectors_of_the_schema_are_those_of_the_compiler() -> None:
    from moesif_declarative.rules.selector import SELECTORS
    from moesif_declarative.schema.languages import selectors

    assert set(selectors()) == set(SELECTORS)
