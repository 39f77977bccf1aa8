from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.errors import KeyPath, Problems
from moesif_declarative.settings import Loaded
from moesif_declarative.settings.positions import Lines, scan


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    places: dict[KeyPath, str]


CASES = [
    Case("a key", "a = 1", {("a",): "1:1"}),
    Case(
        "a table points at its name in the header",
        "[a.b]\nc = 1",
        {
            ("a",): "1:2",
            ("a", "b"): "1:4",
            ("a", "b", "c"): "2:1",
        },
    ),
    Case(
        "a header wins over a mention in another",
        "[a.b]\n[a]\nc = 1",
        {
            ("a",): "2:2",
            ("a", "b"): "1:4",
            ("a", "c"): "3:1",
        },
    ),
    Case(
        "tables out of order",
        "[a.x]\nk=1\n[b]\n[a.y]\nk=2",
        {
            ("a",): "1:2",
            ("a", "x"): "1:4",
            ("a", "x", "k"): "2:1",
            ("b",): "3:2",
            ("a", "y"): "4:4",
            ("a", "y", "k"): "5:1",
        },
    ),
    Case(
        "dotted keys",
        "a . b.'c d' = 1\na.e = 2",
        {
            ("a",): "1:1",
            ("a", "b"): "1:5",
            ("a", "b", "c d"): "1:7",
            ("a", "e"): "2:3",
        },
    ),
    Case(
        "quoted keys",
        '"a.b" = 1\n\'c"\' = 2\n"\\u0064\\"" = 3\n"" = 4',
        {
            ("a.b",): "1:1",
            ('c"',): "2:1",
            ('d"',): "3:1",
            ("",): "4:1",
        },
    ),
    Case(
        "items of a list in one line",
        "a = [1, 'x,]', [2]]",
        {
            ("a",): "1:1",
            ("a", 0): "1:6",
            ("a", 1): "1:9",
            ("a", 2): "1:16",
            ("a", 2, 0): "1:17",
        },
    ),
    Case(
        "items of a list over lines, comments between",
        "a = [ # ] \n  1, # 2,\n\n  '''\n]''' , \n]",
        {
            ("a",): "1:1",
            ("a", 0): "2:3",
            ("a", 1): "4:3",
        },
    ),
    Case(
        "empty containers",
        "a = []\nb = {}\nc = [ ]\nd = [[], {}]",
        {
            ("a",): "1:1",
            ("b",): "2:1",
            ("c",): "3:1",
            ("d",): "4:1",
            ("d", 0): "4:6",
            ("d", 1): "4:10",
        },
    ),
    Case(
        "inline tables",
        "a = { b = 1, 'c' = { d.e = '}' } }",
        {
            ("a",): "1:1",
            ("a", "b"): "1:7",
            ("a", "c"): "1:14",
            ("a", "c", "d"): "1:22",
            ("a", "c", "d", "e"): "1:24",
        },
    ),
    Case(
        "inline tables in a list",
        "a = [{b = 1},\n {b = 2}]",
        {
            ("a",): "1:1",
            ("a", 0): "1:6",
            ("a", 0, "b"): "1:7",
            ("a", 1): "2:2",
            ("a", 1, "b"): "2:3",
        },
    ),
    Case(
        "arrays of tables, nested",
        "[[a]]\nb=1\n[[a.c]]\n[a.d]\n[[a]]\n[[a.c]]\nx=1\n[[a.c]]",
        {
            ("a",): "1:3",
            ("a", 0): "1:3",
            ("a", 0, "b"): "2:1",
            ("a", 0, "c"): "3:5",
            ("a", 0, "c", 0): "3:5",
            ("a", 0, "d"): "4:4",
            ("a", 1): "5:3",
            ("a", 1, "c"): "6:5",
            ("a", 1, "c", 0): "6:5",
            ("a", 1, "c", 0, "x"): "7:1",
            ("a", 1, "c", 1): "8:5",
        },
    ),
    Case(
        "strings that look like TOML",
        'a = """\n[x]\n\\"""\nb = 1"""""\nb = \'\'\'c = "\'\'\'\nc = "[#\\""',
        {
            ("a",): "1:1",
            ("b",): "5:1",
            ("c",): "6:1",
        },
    ),
    Case(
        "dates, numbers and comments",
        "a = 1979-05-27 07:32:00 # b = 1\nb = -1e3\nc=1979-05-27#x\nd=1",
        {
            ("a",): "1:1",
            ("b",): "2:1",
            ("c",): "3:1",
            ("d",): "4:1",
        },
    ),
    Case(
        "columns count characters",
        "a = ['ä😀', 1]",
        {("a",): "1:1", ("a", 0): "1:6", ("a", 1): "1:12"},
    ),
    Case(
        "tabs and blanks before a key",
        " \t a=1\n\t[ b . c ]\n",
        {
            ("a",): "1:4",
            ("b",): "2:4",
            ("b", "c"): "2:8",
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_key_and_item_has_its_position(case: Case) -> None:
    tomllib.loads(case.text)
    lines = Lines(case.text)
    found = {path: lines.position(at) for path, at in scan(case.text).offsets.items()}
    assert {path: f"{line}:{column}" for path, (line, column) in found.items()} == case.places


@given(st.text())
def test_a_scan_of_any_text_ends(text: str) -> None:
    assert all(0 <= at <= len(text) for at in scan(text).offsets.values())


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="@"), max_size=6)
_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="@\r\x00"), max_size=12
)
_SCALARS: st.SearchStrategy[Any] = (
    _TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.datetimes()
    | st.dates(min_value=datetime.date(1000, 1, 1))
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.dictionaries(_NAMES, _VALUES, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_table_loads_back_equal_and_every_origin_points_at_its_key(
    read: Callable[..., tuple[Loaded, Problems]], table: dict[str, Any], end: str, mark: bool
) -> None:
    document = {"default": {"GET_METADATA": table}}
    text = tomlkit.dumps(document)
    if tomllib.loads(text) != document:
        return  # what tomlkit writes wrongly is not this package's to read
    written = ("\ufeff" if mark else "") + text.replace("\n", end)
    if tomllib.loads(written.removeprefix("\ufeff")) != document:
        return
    loaded, problems = read({"settings.toml": written.encode()})
    assert list(problems) == []
    assert loaded.values == document["default"]
    lines = text.split("\n")
    for path, origin in loaded.origins.items():
        assert origin.line is not None
        assert origin.column is not None
        rest = "\n".join(lines[origin.line - 1 :])[origin.column - 1 :]
        if isinstance(path[-1], str):
            assert _key_at(rest) == path[-1]
        else:
            value = _value_at(loaded.values, path)
            assert _key_at(rest) == path[-2] or _starts_with_value(rest, value)


def _value_at(values: Any, path: KeyPath) -> Any:
    for part in path:
        values = values[part]
    return values


def _key_at(text: str) -> str | None:
    found = re.match(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""", text)
    return next(iter(tomllib.loads(f"{found[0]} = 1"))) if found else None


def _starts_with_value(text: str, value: Any) -> bool:
    if isinstance(value, list):
        return text.startswith("[")
    if isinstance(value, dict):
        return text.startswith("{")
    return text.startswith(tomlkit.item(value).as_string())
