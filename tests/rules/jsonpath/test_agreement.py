"""Two readers, one meaning: where jsonpath-ng would read a path otherwise, it is refused."""

from __future__ import annotations

import warnings

import pytest

from moesif_declarative.rules.jsonpath import syntax
from moesif_declarative.rules.jsonpath.adopt import adopt
from moesif_declarative.rules.jsonpath.tree import Name, Query, Segment


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$.a.b",
        "$..a.b[0]",
        "$..a..b.c",
        "$['a','b'][1,2]",
        "$.a[*].*",
        "$[1:2:3]",
        "$[?@.a]",
        "$[?!@.a]",
        "$[?@.a == 1 && (@.b == 'x' || @['c'] != null) && @[0] >= -1.5]",
        "$[?@.a == 1 || @.b == true && @.c == false]",
        "$[?@..a =~ '^x$']",
        "$[?@.a == $.b[0]].c",
        "$..[?@.a[?@.b]]",
    ],
)
def test_both_readers_give_the_same_tree(text: str) -> None:
    assert adopt(text) == syntax.read(text).query


@pytest.mark.parametrize("text", ["$['a',0]", "$[?length(@.a) > 1]", "$[?1 == @.a]", "$.é"])
def test_what_jsonpath_ng_does_not_read_is_left_to_the_strict_reader(text: str) -> None:
    assert adopt(text) is None
    assert syntax.read(text).query.segments


def test_escapes_are_taken_out_before_jsonpath_ng_is_asked() -> None:
    reading = syntax.read(r"$['a\n'].b['\'']['plain']")
    assert reading.plain == "$['s0'].b['s1']['plain']"
    assert reading.query == Query(
        tuple(Segment((Name(name),)) for name in ("a\n", "b", "'", "plain"))
    )


def test_true_is_not_taken_for_one() -> None:
    assert syntax.read("$[?@.a == true]").query != syntax.read("$[?@.a == 1]").query


def test_no_warning_of_jsonpath_ng_comes_through() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adopt("$.a[?@.b == 'c' && @.d]")
    assert not caught
