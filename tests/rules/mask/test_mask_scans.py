"""A scan over many texts never says no where a detector finds something in one of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moesif_declarative.errors import Place, Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.presets import USERINFO
from moesif_declarative.rules.mask.scan import scan_regex, scan_texts, scan_userinfo
from moesif_declarative.rules.mask.text import PRESETS, compile_detector

PIECES = (
    *("4111 1111 1111 1111", "4111-1111-1111-1111", "a@b.co", "10.0.0.1", "::1", "123-45-6789"),
    *("DE89370400440532013000", "+1 415 555 2671", "030 1234567", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
    *("https://u:p@h/", "//u:p@h", "hunter2hunter2", "aHVudGVyMmh1bnRlcjI=", " ", "-", "1", "x"),
    *("\n", "\r\n", "", "@", ".", "+", "0", "\x00", "é"),
)
texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=5)
PLACE = Place(("MASK_EVENT_MODEL", "m"), {})


def _scope() -> Scope:
    return Scope(Problems(), {"SECRET": "hunter2hunter2"}, "test")


@pytest.mark.parametrize("name", [*PRESETS, "env_value", "userinfo"])
@given(texts=texts)
def test_a_detector_is_never_passed_over(name: str, texts: list[str]) -> None:
    detector: Any
    scan: Any
    if name == "userinfo":
        detector, scan = USERINFO, scan_userinfo
    else:
        detector = compile_detector(name, {"env_value": "SECRET"}, PLACE, _scope())
        scan = scan_texts(detector)
    if any(detector.replace(text, lambda _: "")[1] for text in texts):
        assert scan(texts)


SOURCES = (
    *(
        "a",
        "^a",
        "a$",
        "^$",
        "^a$",
        r"\ba\b",
        r"\Ba",
        "a.b",
        "(?s)a.b",
        "[^x]{2}",
        "(?i)A",
        "x|^y$",
    ),
    *(r"a\z", r"\Aa", "(?-m)^a", "(?m:^a)", "(?i-s:a.b)", "a|(?P<n>b)", "^a|b$", "", "x*"),
)


@pytest.mark.parametrize("source", SOURCES)
@given(texts=st.lists(st.text("abxyA \n", max_size=4), max_size=4))
@example(texts=["ba", "ab"])
def test_a_regex_is_never_passed_over(source: str, texts: list[str]) -> None:
    options = {"regex": source, "ignore_case": False}
    detector = compile_detector("regex", options, PLACE, _scope())
    if detector is None:
        return
    scan = scan_regex(options)
    if scan and any(detector.replace(text, lambda _: "")[1] for text in texts):
        assert scan(texts)


def test_a_pattern_that_asks_for_the_ends_of_a_text_has_no_scan() -> None:
    assert scan_regex({"regex": [r"a\z", "b"]}) is None
    assert scan_regex({"regex": "a", "engine": "python"}) is None
    assert scan_regex({"regex": re.escape("a-b")}) is not None
