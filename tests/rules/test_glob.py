"""Globs: what they match, alone and many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.glob import compile_globs, is_literal


@dataclass(frozen=True)
class Case:
    globs: str | tuple[str, ...]
    matched: tuple[str, ...]
    others: tuple[str, ...]
    ignore_case: bool = False


CASES = [
    Case("/health", ("/health",), ("/health/", "x/health", "", "/HEALTH")),
    Case("", ("",), ("a",)),
    Case("*", ("", "a", "a/b\n\ud800"), ()),
    Case("**", ("", "a"), ()),
    Case("/health/*", ("/health/", "/health/a/b"), ("/health", "x/health/")),
    Case("*.js", (".js", "a/b.js"), (".jsx", "js")),
    Case("*health*", ("health", "/a/health/b"), ("heath",)),
    Case("/api/*/users", ("/api/v1/users", "/api//users", "/api/a/b/users"), ("/api/users",)),
    Case("a*a", ("aa", "aba"), ("a",)),
    Case("a*b*c", ("abc", "axbxc", "abbcc"), ("acb", "ab", "abcx")),
    Case("ab*ba", ("abba", "abxba"), ("aba",)),
    Case("*a*b*", ("ab", "xaxbx"), ("ba",)),
    Case("?", ("a", "é", "\n", "?"), ("", "ab")),
    Case("a?c", ("abc", "a?c", "a*c"), ("ac", "abbc")),
    Case("*?", ("a", "ab"), ("",)),
    Case("?*?", ("ab", "abc"), ("a", "")),
    Case("*.??", ("a.js", ".ab"), (".j", "a.js.map")),
    Case("[a].(b)+$", ("[a].(b)+$",), ("a.bb",)),
    Case("*-Token", ("x-token", "X-AUTH-TOKEN"), ("token",), ignore_case=True),
    Case("STRASSE", ("straße", "Strasse"), ("strase",), ignore_case=True),
    Case("api.*", ("API.example.org",), ("x.api.",), ignore_case=True),
    Case(("/a", "/b/*", "*.css", "*x*", "?"), ("/a", "/b/", "m.css", "axb", "q"), ("/b", "/c", "")),
    Case((), (), ("", "a")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.globs))
def test_a_glob_matches_whole_texts(case: Case) -> None:
    matched = compile_globs(case.globs, ignore_case=case.ignore_case)
    assert [text for text in case.matched if not matched(text)] == []
    assert [text for text in case.others if matched(text)] == []


def test_a_hostile_text_costs_no_more_than_its_length_times_the_globs() -> None:
    text = "a" * 20_000
    assert not compile_globs("*a*a*a*a*a*a*a*a*b")(text)
    assert not compile_globs("*a?a*a?a*a?a*b?")(text)


def test_a_glob_without_signs_is_a_literal() -> None:
    assert is_literal("/a[b]")
    assert not is_literal("/a/*")
    assert not is_literal("a?")


globs = st.text(alphabet="ab*?/", max_size=7)
texts = st.text(alphabet="ab*?/\n", max_size=9)


def _expected(glob: str, text: str) -> bool:
    parts = {"*": ".*", "?": "."}
    regex = "".join(parts.get(sign) or re.escape(sign) for sign in glob)
    return re.fullmatch(regex, text, re.DOTALL) is not None


@given(st.lists(globs, max_size=4), texts)
@settings(max_examples=400, deadline=None)
def test_many_globs_match_when_any_of_them_does(many: list[str], text: str) -> None:
    assert compile_globs(many)(text) is any(_expected(glob, text) for glob in many)


@given(globs, st.text(alphabet="abABßẞ/", max_size=8))
@settings(max_examples=200, deadline=None)
def test_case_is_folded_on_both_sides(glob: str, text: str) -> None:
    folded = compile_globs(glob.casefold())(text.casefold())
    assert compile_globs(glob.upper(), ignore_case=True)(text) is folded
