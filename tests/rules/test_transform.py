"""Every transform on the values it is for, on others, and on anything at all."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.transform import TRANSFORMS, compile_transforms


class Named:
    def __str__(self) -> str:
        return "ada"


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no name")


@dataclass(frozen=True)
class Case:
    id: str
    names: str | list[str]
    value: Any
    expected: Any


ID = UUID("6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11")
SHA256_OF_A = hashlib.sha256(b"a").hexdigest()

CASES = [
    Case("strip", ["strip"], " a\t", "a"),
    Case("strip to nothing", ["strip"], "  ", None),
    Case("strip to nothing, then a hash", ["strip", "sha256"], "  ", None),
    Case("one name alone", "upper", "aß", "ASS"),
    Case("lower", ["lower"], "ÄB", "äb"),
    Case("lower of a number", ["lower"], 1, "1"),
    Case("lower of true", ["lower"], True, "true"),
    Case("lower of a UUID", ["upper"], ID, str(ID).upper()),
    Case("url_decode", ["url_decode"], "a%20b+c%C3%A9", "a b+cé"),
    Case("url_decode of garbage", ["url_decode"], "%zz%f", "%zz%f"),
    Case("base64_decode", ["base64_decode"], "YWRh", "ada"),
    Case("base64_decode, unpadded", ["base64_decode"], "YQ", "a"),
    Case("base64_decode, URL alphabet", ["base64_decode"], "w7_DvsO9", "ÿþý"),
    Case("base64_decode of garbage", ["base64_decode"], "%%%", None),
    Case("base64_decode of a wrong length", ["base64_decode"], "YWRhX", None),
    Case("base64_decode to no text", ["base64_decode"], "//79", None),
    Case(
        "base64_decode to bytes for a hash",
        ["base64_decode", "md5"],
        "//79",
        hashlib.md5(b"\xff\xfe\xfd").hexdigest(),
    ),
    Case("json", ["json"], '{"a": [1, null]}', {"a": [1, None]}),
    Case("json of null", ["json"], "null", None),
    Case("json of garbage", ["json"], "{a}", None),
    Case("json of NaN", ["json"], "NaN", None),
    Case("json nested too deeply", ["json"], "[" * 100_000, None),
    Case("json of an object", ["json"], {"a": 1}, {"a": 1}),
    Case("json after base64", ["base64_decode", "json"], "eyJhIjoxfQ", {"a": 1}),
    Case("str of a number", ["str"], 17, "17"),
    Case("str of a fraction", ["str"], 1.5, "1.5"),
    Case("str of an object", ["str"], {"a": [True, None]}, '{"a":[true,null]}'),
    Case("str of a time", ["str"], datetime.date(2024, 5, 1), "2024-05-01"),
    Case("str of something with a text", ["str"], Named(), "ada"),
    Case("str of something without", ["str"], object(), None),
    Case("str of something that raises", ["str"], Broken(), None),
    Case("int", ["int"], " 42 ", 42),
    Case("int of a signed text", ["int"], "-7", -7),
    Case("int of a fraction", ["int"], "3.9", 3),
    Case("int of true", ["int"], True, 1),
    Case("int of text", ["int"], "12px", None),
    Case("int of other digits", ["int"], "٣", None),
    Case("int with underscores", ["int"], "1_000", None),
    Case("int beyond 64 bits", ["int"], "9" * 30, None),
    Case("int of a huge text", ["int"], "9" * 100_000, None),
    Case("int of infinity", ["int"], float("inf"), None),
    Case("int of a list", ["int"], [1], None),
    Case("float", ["float"], "2.50", 2.5),
    Case("float of an exponent", ["float"], "1e3", 1000.0),
    Case("float beyond doubles", ["float"], "1e999", None),
    Case("float of NaN", ["float"], "nan", None),
    Case("float of a huge integer", ["float"], 10**400, None),
    Case("bool of yes", ["bool"], "Yes", True),
    Case("bool of off", ["bool"], " OFF ", False),
    Case("bool of 0", ["bool"], 0, False),
    Case("bool of a half", ["bool"], 0.5, True),
    Case("bool of text", ["bool"], "maybe", None),
    Case("sha256", ["sha256"], "a", SHA256_OF_A),
    Case("sha512", ["sha512"], "é", hashlib.sha512("é".encode()).hexdigest()),
    Case("md5 of a number", ["md5"], 17, hashlib.md5(b"17").hexdigest()),
    Case(
        "hash of a lone surrogate",
        ["sha256"],
        "\ud800",
        hashlib.sha256(b"\xed\xa0\x80").hexdigest(),
    ),
    Case("base64", ["base64"], "ada", "YWRh"),
    Case("base64 right after a hash", ["md5", "base64"], "a", "DMF1ucDxtqgxw5niaXcmYQ=="),
    Case(
        "base64 of a hash's text",
        ["md5", "str", "base64"],
        "a",
        "MGNjMTc1YjljMGYxYjZhODMxYzM5OWUyNjk3NzI2NjE=",
    ),
    Case("a hash, cut", ["sha256", "truncate:8"], "a", SHA256_OF_A[:8]),
    Case(
        "a hash, hashed",
        ["md5", "md5"],
        "a",
        hashlib.md5(hashlib.md5(b"a").hexdigest().encode()).hexdigest(),
    ),
    Case("truncate", ["truncate:2"], "éab", "éa"),
    Case("truncate of less", ["truncate:9"], "ab", "ab"),
    Case("last", ["last: 4"], "4111111111111234", "1234"),
    Case("last of a number", ["last:2"], 1234, "34"),
    Case("ip", ["ip"], " 198.51.100.7 ", "198.51.100.7"),
    Case("ip of version 6", ["ip"], "2001:db8::1", "2001:db8::1"),
    Case("ip with a port", ["ip"], "198.51.100.7:80", None),
    Case("ip of unknown", ["ip"], "unknown", None),
    Case("ip of a number", ["ip"], 1, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_transform_gives_its_value(case: Case, bench: Any) -> None:
    transform = compile_transforms(case.names, bench.place, bench.scope)
    assert transform is not None
    value = transform(case.value)
    assert value == case.expected
    assert type(value) is type(case.expected)


@dataclass(frozen=True)
class Wrong:
    id: str
    name: str
    message: str
    hint: str


WRONG = [
    Wrong("unknown", "lowr", "there is no transform 'lowr'", "did you mean lower?"),
    Wrong(
        "far from all",
        "xxxxxx",
        "there is no transform 'xxxxxx'",
        f"there are {', '.join(TRANSFORMS)}",
    ),
    Wrong(
        "without its number",
        "truncate",
        "'truncate' needs a number above 0",
        'write "truncate:80" for 80 characters',
    ),
    Wrong("zero", "last:0", "'last:0' needs a number above 0", 'write "last:80" for 80 characters'),
    Wrong(
        "negative",
        "last:-4",
        "'last:-4' needs a number above 0",
        'write "last:80" for 80 characters',
    ),
    Wrong("argument too much", "lower:2", "lower takes no argument", 'write "lower"'),
    Wrong("empty", "", "there is no transform ''", f"there are {', '.join(TRANSFORMS)}"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_transform_is_a_problem(case: Wrong, bench: Any) -> None:
    assert compile_transforms(["strip", case.name], bench.place, bench.scope) is None
    [problem] = bench.problems
    assert (problem.key, problem.message, problem.hint) == ("RULE[1]", case.message, case.hint)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.builds(object)
    | st.just(Decimal("1.0"))
    | st.builds(Broken),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([n if n not in {"truncate", "last"} else f"{n}:2" for n in TRANSFORMS])


@settings(max_examples=400, deadline=None)
@given(names=st.lists(NAMES, max_size=5), value=VALUES)
def test_transforms_take_any_value(make_bench: Any, names: list[str], value: Any) -> None:
    bench = make_bench()
    transform = compile_transforms(names, bench.place, bench.scope)
    assert transform is not None
    result = transform(value)
    assert not names or not (isinstance(result, str | bytes) and not result)


def test_the_transforms_of_the_schema_are_those_of_the_compiler() -> None:
    from moesif_declarative.schema.languages import language

    meta = language("source")["transform"].meta
    assert {*meta["values"], *meta["counted"]} == set(TRANSFORMS)
