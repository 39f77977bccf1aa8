"""Names in which something looks like an escape are found in what could not be read, too."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

CANARY = "CANARY-5519"
NAMES = ("c++", "a+b c", "100%41", "a&amp;b", "back\\sl", "x\\u0041", "+1", "ключ", "p😀w")


def _codes(name: str) -> str:
    units = name.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2))


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda name: json.dumps(name, ensure_ascii=False)[1:-1],
    "escaped": _codes,
    "escaped at its beginning": lambda name: _codes(name[:1]) + json.dumps(name[1:])[1:-1],
    "percent-encoded": quote,
    "in entities": lambda name: html.escape(name).replace("+", "&#43;"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("nested", [False, True], ids=["body", "string"])
def test_a_name_like_an_escape_is_found_where_nothing_can_be_read(
    name: str, written: str, nested: bool, bench: Any, make_call: Any, leaks: Any
) -> None:
    body = f'{{"{WRITTEN[written](name)}": "{CANARY}"'
    if nested:
        body = json.dumps({"s": body, "t": "kept"})
    path = "$..['{}']".format(name.replace("\\", "\\\\"))
    for rule in ({"field": name}, {"jsonpath": path}, {"field": f"{name[:-1]}*"}):
        masked = bench({"mine": rule}).apply(make_call(body=body))
        assert masked.failures == ()
        assert not leaks(masked.document, CANARY)
        if nested:
            assert masked.document["request"]["body"]["t"] == "kept"


@dataclass(frozen=True)
class Unnamed:
    """A name, and a text in which it does not stand."""

    id: str
    name: str
    body: str


UNNAMED = [
    Unnamed("plus", "c++", '{"c": 1, "c+": "a+b" '),
    Unnamed("plus-and-blank", "+1", '{"a": 1, "b": "1 1" '),
    Unnamed("percent", "100%41", '{"100": "%41" '),
    Unnamed("backslash", "a\\b", '{"a": "b\\\\" '),
]


@pytest.mark.parametrize("case", UNNAMED, ids=lambda case: case.id)
def test_a_text_without_the_name_stays(case: Unnamed, bench: Any, make_call: Any) -> None:
    call = make_call(body=case.body)
    before = call.document["request"]["body"]
    masked = bench({"mine": {"field": case.name}}).apply(call)
    assert masked.document["request"]["body"] == before
    assert masked.left_out == ()


@dataclass(frozen=True)
class Charset:
    """A body in UTF-7 that is no JSON there, or another JSON than in UTF-8."""

    id: str
    body: bytes


CHARSETS = [
    Charset("a-control-before-it", f'+AB4{{"+AHA-assword": "{CANARY}"}}'.encode()),
    Charset("a-nul-before-it", f'+AAA{{"+AHA-assword": "{CANARY}"}}'.encode()),
    Charset("a-control-in-it", f'{{"+AHA-assword": "{CANARY}", "x": "+AB4-"}}'.encode()),
    Charset(
        "the-name-stands-there-as-well",
        f'{{"password": 1, "+AHA-assword": "{CANARY}", "x": "+AB4-"}}'.encode(),
    ),
]


@pytest.mark.parametrize("rule", [{"field": "password"}, {"jsonpath": "$..password"}], ids=str)
@pytest.mark.parametrize("case", CHARSETS, ids=lambda case: case.id)
def test_a_name_that_only_the_declared_charset_reads_is_found(
    case: Charset, rule: dict[str, str], bench: Any, make_call: Any, leaks: Any
) -> None:
    headers = {"Content-Type": "application/json; charset=utf-7"}
    masked = bench({"mine": rule}).apply(make_call(headers=headers, body=case.body))
    assert masked.document["request"]["body"] is None
    assert [place for place, _ in masked.left_out] == ["request.body"]
