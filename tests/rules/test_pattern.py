"""Patterns: the three engines, their limits, replacements and hints."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.pattern import (
    PYTHON_TEXT_LIMIT,
    Engine,
    Match,
    PatternError,
    PatternLimitError,
    check_replacement,
    compile_pattern,
    may_backtrack,
)


@dataclass(frozen=True)
class Search:
    pattern: str
    text: str
    first: str | None
    spans: tuple[tuple[int, int], ...]
    ignore_case: bool = False
    engine: Engine = "re2"


SEARCHES = [
    Search("abc", "xabcabc", "abc", ((1, 4), (4, 7))),
    Search("aa", "aaaaa", "aa", ((0, 2), (2, 4))),
    Search("^abc", "abcabc", "abc", ((0, 3),)),
    Search("^abc", "xabc", None, ()),
    Search("abc$", "abcabc", "abc", ((3, 6),)),
    Search("abc$", "abc\n", None, ()),
    Search("^abc$", "abc", "abc", ((0, 3),)),
    Search("^abc$", "abcabc", None, ()),
    Search(r"a\.b", "a.b", "a.b", ((0, 3),)),
    Search(r"a\.b", "axb", None, ()),
    Search(r"\/v1\/", "/v1/x", "/v1/", ((0, 4),)),
    Search("ABC", "xabc", "abc", ((1, 4),), ignore_case=True),
    Search("é", "É", "É", ((0, 1),), ignore_case=True),
    Search(r"(\d+)-(\d+)", "日本 12-34 5-6", "12", ((3, 8), (9, 12))),
    Search(r"(a)|b", "b", None, ((0, 1),)),
    Search(r"\d", "٣", None, ()),
    Search(r"\p{L}+", "привет!", "привет", ((0, 6),)),
    Search("a*", "baab", "", ((1, 3),)),
    Search("", "ab", "", ()),
    Search(r"\b", "é a", "", ()),
    Search("x|", "éxé", "", ((1, 2),)),
    Search(".", "a\ud800\x00😀", "a", ((0, 1), (1, 2), (2, 3), (3, 4))),
    Search("\ud800", "a\ud800", "\ud800", ((1, 2),)),
    Search("b\x00c", "ab\x00c", "b\x00c", ((1, 4),)),
    Search("(?P<k>[a-z]+)=", "ä=1 key=2", "key", ((4, 8),)),
    Search(r"(?<=a)b", "ab b", "b", ((1, 2),), engine="python"),
    Search(r"(\w)\1", "hello", "l", ((2, 4),), engine="python"),
    Search(r"a*", "baab", "", ((1, 3),), engine="python"),
    Search(r"B", "abc", "b", ((1, 2),), ignore_case=True, engine="python"),
    Search(r"(a)|b", "b", None, ((0, 1),), engine="python"),
    Search(r"\d+(?=\D)", "x" + "1" * 20, None, (), engine="python"),
]


@pytest.mark.parametrize(
    "case", SEARCHES, ids=lambda case: ascii(case.pattern + " in " + case.text)
)
def test_a_pattern_finds_what_its_engine_says(case: Search) -> None:
    pattern = compile_pattern(case.pattern, ignore_case=case.ignore_case, engine=case.engine)
    assert pattern.first(case.text) == case.first
    assert pattern.spans(case.text) == list(case.spans)
    assert pattern.found(case.text) is (case.first is not None or bool(case.spans))
    assert str(pattern) == case.pattern


@dataclass(frozen=True)
class Replacement:
    pattern: str
    text: str
    with_: str
    new: str
    count: int
    engine: Engine = "re2"


REPLACEMENTS = [
    Replacement("abc", "xabcabcx", "[R]", "x[R][R]x", 2),
    Replacement("abc", "abc", r"<\0>", "<abc>", 1),
    Replacement("^a", "aa", "b", "ba", 1),
    Replacement("a$", "aa", "b", "ab", 1),
    Replacement("nothing", "text", "x", "text", 0),
    Replacement(r"(\w+)@(\w+)", "é a@b c@d", r"\2 at \1", "é b at a d at c", 2),
    Replacement(r"(?P<user>\w+)@", "a@b", r"\g<user>#", "a#b", 1),
    Replacement(r"(\d)(\d)?", "1", r"[\1\2]", "[1]", 1),
    Replacement("a", "a", r"\\1", r"\1", 1),
    Replacement("a", "a", r"C:\dir", r"C:\dir", 1),
    Replacement("a*", "baaéa", "-", "b-é-", 2),
    Replacement("é+", "aéé\ud800é", "x", "ax\ud800x", 2),
    Replacement(r"(?<!\d)\d{4}(?!\d)", "12345 6789", "####", "12345 ####", 1, engine="python"),
]


@pytest.mark.parametrize("case", REPLACEMENTS, ids=lambda case: ascii(case.pattern))
def test_every_match_is_replaced(case: Replacement) -> None:
    pattern = compile_pattern(case.pattern, engine=case.engine)
    check_replacement(pattern, case.with_)
    assert pattern.replace(case.text, case.with_) == (case.new, case.count)


def test_a_function_gives_the_new_text_from_the_match() -> None:
    seen: list[Match] = []

    def masked(match: Match) -> str:
        seen.append(match)
        return "*" * len(match.text)

    pattern = compile_pattern(r"(\d)\d*(x)?")
    assert pattern.replace("é 123 4x", masked) == ("é *** **", 2)
    assert [(match.text, match.groups, match.start) for match in seen] == [
        ("123", ("1", None), 2),
        ("4x", ("4", "x"), 6),
    ]
    assert [match.group(0) for match in seen] == ["123", "4x"]
    assert [match.group(2) for match in seen] == ["", "x"]


@pytest.mark.parametrize(
    ("with_", "message"),
    [
        (r"\1", "the replacement uses group 1, but the pattern has no group"),
        (r"x\9", "uses group 9"),
        (r"\g<7>", "uses group 7"),
        (r"\g<name>", "no group named 'name'"),
        (r"\g", r"\g is followed by no group name"),
    ],
)
def test_a_group_that_does_not_exist_is_refused(with_: str, message: str) -> None:
    with pytest.raises(PatternError, match=re.escape(message)) as caught:
        check_replacement(compile_pattern("abc"), with_)
    assert caught.value.hint


@dataclass(frozen=True)
class Refused:
    pattern: str
    message: str
    hint: str


REFUSED = [
    Refused("(?=a)", "(?=", "look-around"),
    Refused("(?!a)", "(?!", 'engine = "python"'),
    Refused("(?<=a)b", "(?<=", "look-around"),
    Refused("(?<!a)b", "(?<!", "look-around"),
    Refused(r"(a)\1", r"\1", "back-references"),
    Refused("(?P<a>x)(?P=a)", "(?P", "back-references"),
    Refused(r"a\Z", r"\Z", r"write \z"),
    Refused(r"\u0041", r"\u", r"write \x{41}"),
    Refused(r"\N{DASH}", r"\N", r"\x{2014}"),
    Refused("a++", "++", "leave the second + out"),
    Refused("a**", "**", "parentheses"),
    Refused("(?>a)", "(?>", "(?:…)"),
    Refused("(?(1)a|b)", "(?(", "conditionals"),
    Refused("(?#note)a", "(?#", "comments"),
    Refused("(?x)a", "(?x", "flags"),
    Refused("a{1001}", "{1001}", "1000 times"),
    Refused("(a{100}){100}", "repetition size", "nested counts"),
    Refused("(a", "missing )", "close every parenthesis"),
    Refused("a)", "unexpected )", "close every parenthesis"),
    Refused("[a", "missing ]", "close the bracket"),
    Refused("*a", "no argument", ""),
    Refused("[z-a]", "z-a", "smaller character first"),
    Refused(r"\p{Nope}", "Nope", "{Greek}"),
    Refused("a\\", "trailing", "\\\\"),
    Refused("(?P<a-b>x)", "named capture", "(?P<name>…)"),
    Refused(r"\y", r"\y", "take the backslash away"),
    Refused(r"a\Cb", r"\C", "(?s:.)"),
    Refused("a{,3}", "{,3}", "{0,3}"),
    Refused(r"\pL{900}" * 30, "too large", "counts smaller"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.pattern[:30])
def test_what_re2_does_not_take_is_refused_with_a_hint(
    case: Refused, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(case.pattern)
    assert case.message in caught.value.message
    assert case.hint in caught.value.hint
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(?P<1>a)", "a**", "a{99999999999}"])
def test_what_python_does_not_take_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="Python"):
        compile_pattern(pattern, engine="python")


@pytest.mark.parametrize("pattern", [r"[{,3}]", r"\{,3}", r"\Q{,3}\E", r"\\C", "[]{,3}]"])
def test_braces_that_are_meant_as_text_are_taken(pattern: str) -> None:
    assert compile_pattern(pattern).source == pattern


def test_python_patterns_see_only_the_beginning_of_a_long_text() -> None:
    pattern = compile_pattern("needle", engine="python")
    inside = "needle".rjust(PYTHON_TEXT_LIMIT)
    assert pattern.found(inside)
    assert pattern.first(inside) == "needle"
    assert not pattern.found("x" + inside)
    assert pattern.first("x" + inside) is None


def test_python_patterns_replace_nothing_in_a_text_they_cannot_see_whole() -> None:
    pattern = compile_pattern("needle", engine="python")
    long = "x" * (PYTHON_TEXT_LIMIT + 1)
    assert pattern.replace(long[1:], "") == (long[1:], 0)
    with pytest.raises(PatternLimitError):
        pattern.replace(long, "")
    with pytest.raises(PatternLimitError):
        pattern.spans(long)


def test_a_hostile_text_costs_re2_no_more_than_its_length() -> None:
    assert not compile_pattern("^(a+)+$").found("a" * 100_000 + "!")
    assert not compile_pattern(r"(.*)*x\d").found("a" * 100_000)


@pytest.mark.parametrize(
    ("pattern", "dangerous"),
    [
        ("(a+)+", True),
        ("(a*)*b", True),
        ("(a|a)*", True),
        ("(a|ab)*", True),
        ("(a?){30}", True),
        ("a*a*", True),
        (r"(.*)(\d+)", True),
        (".*,.*,", True),
        (r"(?:\w+\s?)*$", True),
        ("(x+x+)+y", True),
        (r"(?:a*,?)*", True),
        (r"(\w+)\1*", True),
        ("(?i:a)+", True),
        ("abc", False),
        ("(?i)abc", False),
        ("a+b+", False),
        ("(?:a|b)*c", False),
        (r"^(\w+)\s(\w+)$", False),
        (r"(\d{1,3}\.){3}\d{1,3}", False),
        (r"(?<!\d)\d{4}(?!\d)", False),
        (r"(?<=token=)[^&\x20\u00e9]+", False),
        (r"\w+@\w+\.com", False),
        (r"(a+,)*b", False),
        ("[^]a]+]", False),
    ],
)
def test_patterns_that_may_backtrack_without_bound_are_known(pattern: str, dangerous: bool) -> None:
    assert may_backtrack(pattern) is dangerous


texts = st.text(alphabet="ab.é\ud800\x00\n1 ", max_size=12)
sources = st.text(alphabet="ab.é1()[]|*+?{},\\^$ \ud800", max_size=8)


@given(sources, texts, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_pattern_is_compiled_or_refused_and_never_raises_after(
    source: str, text: str, ignore_case: bool
) -> None:
    try:
        pattern = compile_pattern(source, ignore_case=ignore_case)
    except PatternError:
        return
    spans = pattern.spans(text)
    assert all(start < end for start, end in spans)
    assert sorted(spans) == spans
    pieces = [text[start:end] for start, end in spans]
    assert pieces == [match.text for match in pattern.matches(text)]
    assert pattern.replace(text, r"\0") == (text, len(spans))
    assert pattern.found(text) or not spans
    assert pattern.first(text) is None or pattern.found(text)


@given(st.text(alphabet="ab./-", min_size=1, max_size=4), texts, st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_literals_mean_what_re2_says(literal: str, text: str, start: bool, end: bool) -> None:
    plain = "^" * start + re.escape(literal) + "$" * end
    grouped = "^" * start + f"(?:{re.escape(literal)})" + "$" * end
    fast, slow = compile_pattern(plain), compile_pattern(grouped)
    assert fast.spans(text + literal) == slow.spans(text + literal)
    assert fast.found(text) == slow.found(text)
    assert fast.first(literal + text) == slow.first(literal + text)


@given(sources)
@settings(max_examples=300, deadline=None)
def test_the_verdict_on_backtracking_never_raises(source: str) -> None:
    assert may_backtrack(source) in {True, False}
