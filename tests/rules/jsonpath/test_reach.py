"""What a path may touch, told from its form."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from moesif_declarative.rules.jsonpath import compile_path

BODY = ("request", "body")


@dataclass(frozen=True)
class Case:
    path: str
    selects_body: bool
    reaches_inside: bool
    names: frozenset[str] | None
    head: tuple[str, ...]
    first_names: frozenset[str] | None


def _case(
    path: str,
    verdicts: str,
    names: str | None,
    head: str = "",
    first: str | None = None,
) -> Case:
    """Verdicts: "body" when it may select the body, "inside" when something in it."""
    return Case(
        path,
        "body" in verdicts.split(),
        "inside" in verdicts.split(),
        None if names is None else frozenset(names.split()),
        tuple(head.split()),
        None if first is None else frozenset(first.split()),
    )


CASES = [
    _case("$", "", ""),
    _case("$.user_id", "", "", "user_id", "user_id"),
    _case("$.request", "", "", "request", "request"),
    _case("$.request.body", "body", "", "request body", "request"),
    _case("$['request','response'].body", "body", "", "", "request response"),
    _case("$.request.headers['X']", "", "", "request headers X", "request"),
    _case("$.request.body.a", "inside", "a", "request body a", "request"),
    _case("$.request.body.a.b", "inside", "a b", "request body a b", "request"),
    _case("$.request.body['a','b']", "inside", "a b", "request body", "request"),
    _case("$.request.body['a',0]", "inside", None, "request body", "request"),
    _case("$.request.body[0]", "inside", None, "request body", "request"),
    _case("$.request.body[*]", "inside", None, "request body", "request"),
    _case("$.request.body[*].a", "inside", "a", "request body", "request"),
    _case("$.request.body.a[*]", "inside", "a", "request body a", "request"),
    _case("$.request.body[?@.a]", "inside", None, "request body", "request"),
    _case("$.request.body[?@.a].b", "inside", "b", "request body", "request"),
    _case("$.request.body..a", "inside", "a", "request body", "request"),
    _case("$.request.body..*", "inside", None, "request body", "request"),
    _case("$.request.*", "body", "", "request", "request"),
    _case("$.request.*.a", "inside", "a", "request", "request"),
    _case("$.*", "", ""),
    _case("$.*.*", "body", ""),
    _case("$.*.*.a", "inside", "a"),
    _case("$.*.*.*", "inside", None),
    _case("$.*.body[*]", "inside", None),
    _case("$.*.a", "", ""),
    _case("$..a", "inside", "a"),
    _case("$..body", "body inside", "body"),
    _case("$..body[*]", "inside", None),
    _case("$..body.a", "inside", "body a"),
    _case("$..request", "inside", "request"),
    _case("$..request.body", "body inside", "request body"),
    _case("$..*", "body inside", None),
    _case("$..[0]", "inside", None),
    _case("$[0]", "", "", "", ""),
    _case("$.metadata[?@ == $.user_id]", "", "", "metadata", "metadata user_id"),
    _case("$.metadata[?@.a[?@ == $.request.verb]]", "", "", "metadata", "metadata request"),
    _case("$.metadata[?count($..a) > 1]", "", "", "metadata"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_a_path_says_what_it_may_touch(case: Case) -> None:
    path = compile_path(case.path)
    assert path.selects(BODY) is case.selects_body
    assert path.reaches_inside(BODY) is case.reaches_inside
    assert path.names == case.names
    assert path.head == case.head
    assert path.first_names == case.first_names


def test_a_path_to_the_response_body_counts_its_names_too() -> None:
    assert compile_path("$.response.body.a").names == frozenset("a")
    assert not compile_path("$.response.body.a").reaches_inside(BODY)


def test_the_root_is_selected_by_the_root_alone() -> None:
    assert compile_path("$").selects(())
    assert not compile_path("$.a").selects(())
    assert compile_path("$.a").reaches_inside(())
    assert not compile_path("$").reaches_inside(())
