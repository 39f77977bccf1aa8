"""Regexes as detectors: one, several, their groups in replacements, and problems at startup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text import (
    Detector,
    compile_detector,
    compile_template,
    expand,
)
from moesif_declarative.rules.pattern import PYTHON_TEXT_LIMIT, PatternLimitError

ORIGIN = Origin("file", "settings.toml", 3, 1, "default")
PLACE = Place(("MASK_EVENT_MODEL", "r"), {("MASK_EVENT_MODEL", "r"): ORIGIN})


def compiled(options: Mapping[str, Any]) -> tuple[Detector | None, Problems]:
    problems = Problems()
    return compile_detector("regex", options, PLACE, Scope(problems, {}, "test")), problems


def replaced(options: Mapping[str, Any], text: str, with_: str = "#") -> tuple[str, int]:
    detector, problems = compiled(options)
    assert detector is not None
    scope = Scope(problems, {}, "test")
    template = compile_template(
        with_, detector.groups, PLACE.at("with"), scope, names=detector.names
    )
    assert template is not None
    assert problems.errors == []
    return detector.replace(text, lambda match: expand(template, match))


@dataclass(frozen=True)
class Case:
    id: str
    options: Mapping[str, Any]
    text: str
    replaced: str
    count: int = 1
    with_: str = "#"


CASES = [
    Case("a literal", {"regex": "secret"}, "a secret b", "a # b"),
    Case("a pattern", {"regex": r"\d+"}, "a1b22", "a#b#", 2),
    Case("no match", {"regex": r"\d+"}, "abc", "abc", 0),
    Case("empty text", {"regex": r"\d+"}, "", "", 0),
    Case("ignoring case", {"regex": "Key", "ignore_case": True}, "KEY key", "# #", 2),
    Case("a group", {"regex": r"(\w+)=\w+"}, "a=1 b=2", "a=# b=#", 2, r"\1=#"),
    Case("the whole match", {"regex": r"\w+"}, "ab", "<ab>", 1, r"<\0>"),
    Case("a named group", {"regex": r"(?P<k>\w+)=\w+"}, "a=1", "a=#", 1, r"\g<k>=#"),
    Case("a group that took no part", {"regex": "a(b)?"}, "a", "[]", 1, r"[\1]"),
    Case("a backslash", {"regex": "a"}, "a", "\\1", 1, r"\\1"),
    Case("python's engine", {"regex": r"(?<=a)b", "engine": "python"}, "ab b", "a# b"),
    Case("several", {"regex": [r"\d+", "[a-z]+"]}, "ab12-", "##-", 2),
    Case("several see the text as it was", {"regex": ["x", "#"]}, "x", "#"),
    Case("several that overlap", {"regex": ["abcd", "cdef"]}, "<abcdef>", "<#>"),
    Case("several, one within another", {"regex": ["bc", "abcd"]}, "<abcd>", "<#>"),
    Case("several with groups", {"regex": ["(a)1", "(b)2"]}, "a1b2", "a#b#", 2, r"\1#"),
    Case("letters of every script", {"regex": r"\p{L}+"}, "é1中", "#1#", 2),
    Case("lone surrogate and NUL", {"regex": "b"}, "\ud800b\0", "\ud800#\0"),
    Case("after wide characters", {"regex": ["b", "c"]}, "\U0001f600bc中", "\U0001f600##中", 2),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_match_is_replaced(case: Case) -> None:
    assert replaced(case.options, case.text, case.with_) == (case.replaced, case.count)


@dataclass(frozen=True)
class Refused:
    id: str
    options: Mapping[str, Any]
    keys: list[str]


REFUSED = [
    Refused("not a pattern", {"regex": "("}, ["regex"]),
    Refused("look-ahead", {"regex": "(?=a)"}, ["regex"]),
    Refused("all of a list that are wrong", {"regex": ["(", "a", ")"]}, ["regex[0]", "regex[2]"]),
    Refused("empty", {"regex": ""}, ["regex"]),
    Refused("empty in a list", {"regex": ["a", ""]}, ["regex"]),
    Refused("no pattern", {"regex": []}, ["regex"]),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_wrong_pattern_is_told_at_startup(case: Refused) -> None:
    detector, problems = compiled(case.options)
    assert detector is None
    assert [error.key for error in problems.errors] == [
        f"MASK_EVENT_MODEL.r.{k}" for k in case.keys
    ]
    assert {error.origin for error in problems.errors} == {ORIGIN}


@pytest.mark.parametrize(
    ("regexes", "with_"),
    [("a", r"\1"), ("(a)", r"\2"), (["(a)", "b"], r"\1"), (["(?P<k>a)", "(b)"], r"\g<k>")],
)
def test_a_group_that_not_every_match_has_is_refused(regexes: Any, with_: str) -> None:
    detector, problems = compiled({"regex": regexes})
    assert detector is not None
    scope = Scope(problems, {}, "test")
    place = PLACE.at("with")
    assert compile_template(with_, detector.groups, place, scope, names=detector.names) is None
    assert [(error.code, error.key) for error in problems.errors] == [
        ("unknown-group", "MASK_EVENT_MODEL.r.with")
    ]


@pytest.mark.parametrize("regexes", ["(?<=a)b", ["(?<=a)b", "c"]])
def test_a_text_too_long_for_pythons_engine_is_refused_so_that_masks_fail_closed(
    regexes: Any,
) -> None:
    detector, problems = compiled({"regex": regexes, "engine": "python"})
    assert detector is not None
    assert problems.errors == []
    with pytest.raises(PatternLimitError):
        detector.replace("x" * (PYTHON_TEXT_LIMIT + 1), lambda _match: "#")


@given(st.text())
def test_several_patterns_leave_nothing_that_any_matches(text: str) -> None:
    detector, _ = compiled({"regex": [r"[0-9]+", r"[a-f]+[0-9]", "[f-k]"]})
    assert detector is not None
    left, count = detector.replace(text, lambda _match: "")
    assert (left == text) is (count == 0)
    assert not set("0123456789fghijk") & set(left)
