"""JSON text: what is read, and that it leaves as it was written."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call import json_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "written",
    [
        "1.10", "1e5", "1E+5", "-0", "-0.0", "0.00001", "123456789.123456789012345", "[1.50]",
        '{"a":1.0,"b":[2.50,3]}', "18446744073709551615", "-9223372036854775808", "true", "null",
        '"\\ud800"', '{"\\udc00":1.10}', '""', "[]", "{}", '[[[[{"a":[]}]]]]',
    ],
)  # fmt: skip
def test_a_json_text_leaves_as_it_was_written(written: str) -> None:
    assert json_text.dump(json_text.parse(written)) == written


@pytest.mark.parametrize(
    "number", ["18446744073709551616", "-9223372036854775809", "9" * 5000, "1e400", "-1e999"]
)
def test_a_number_that_64_bits_do_not_hold_becomes_text(number: str) -> None:
    assert json_text.parse(number) == number
    assert json.loads(json_text.encode(json_text.parse(f"[{number}]"))) == [number]


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "{",
        "[1,]",
        "01",
        "'a'",
        "[]]",
        "\x00",
        "[" * 9999,
    ],
)
def test_what_is_no_json_is_refused(source: str) -> None:
    for form in (source, source.encode()):
        with pytest.raises(ValueError):  # noqa: PT011 - the readers' messages differ
            json_text.parse(form)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_bytes_are_read_in_every_encoding_that_json_allows(encoding: str) -> None:
    assert json_text.parse('{"é": [1.50]}'.encode(encoding)) == {"é": [1.5]}


def test_white_space_and_a_byte_order_mark_in_text_are_passed_over() -> None:
    assert json_text.parse("\ufeff \r\n\t[1]\n") == [1]


def test_depth_does_not_matter_to_writing() -> None:
    value: Any = 1.5
    for _ in range(50_000):
        value = [value]
    assert json_text.encode(value) == b"[" * 50_000 + b"1.5" + b"]" * 50_000


def test_canonical_text_sorts_keys() -> None:
    assert json_text.canonical({"b": [1, None], "a": {"d": 1, "c": "é"}}) == (
        '{"a":{"c":"é","d":1},"b":[1,null]}'
    )


@given(JSON)
def test_values_survive_the_way_through(value: Any) -> None:
    plain = json_text.plain(value)
    again = json_text.parse(json_text.encode(plain))
    assert json_text.encode(again) == json_text.encode(plain)
    json.loads(json_text.encode(plain))


@given(st.text() | st.binary())
def test_any_input_is_read_as_json_reads_it_or_refused(source: str | bytes) -> None:
    try:
        value = json_text.parse(source)
    except ValueError:
        return
    json.loads(json_text.encode(value))


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class Hostile(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), "2026-01-02T03:04:05+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (b"\x00\xff", "AP8="),
        ({1, 2}, [1, 2]),
        ((1, (2,)), [1, [2]]),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (pathlib.PurePosixPath("/a"), "/a"),
        (Colour.RED, "red"),
        (Point(1, b"a"), {"x": 1, "y": "YQ=="}),
        (float("nan"), None),
        (float("inf"), None),
        (2**64, str(2**64)),
        (object(), None),
        ({None: 1, True: 2, 3: 4, "a": object()}, {"null": 1, "true": 2, "3": 4, "a": None}),
        (Hostile(a=1), None),
    ],
)
def test_any_value_becomes_plain_json(value: Any, expected: Any) -> None:
    assert json_text.plain(value) == expected


def test_a_value_that_holds_itself_is_cut() -> None:
    loop: dict[str, Any] = {"name": "x"}
    loop["again"] = loop
    json.loads(json_text.encode(json_text.plain(loop)))
