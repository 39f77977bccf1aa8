"""Properties: closures agree with jsonpath-ng's `find`, and nothing ever raises."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonpath_ng.ext.parser import ExtendedJsonPathParser

from moesif_declarative.rules.jsonpath import MISSING, PathError, compile_path

NAMES = ["a", "b", "c", "null"]
PARSER = ExtendedJsonPathParser()

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "b", "1", "\ud800", "é\x00"])
    | st.text(max_size=4)
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)
names = st.sampled_from(NAMES)
literals = st.sampled_from(["1", "0", "-1", "1.5", "'a'", '"b"', "true", "false", "null"])
tests = st.builds("@.{}".format, names) | st.builds(
    "@.{} {} {}".format, names, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), literals
)
common_segments = st.one_of(
    st.builds(".{}".format, names),
    st.builds("['{}']".format, names),
    st.builds("..{}".format, names),
    st.just(".*"),
    st.just("[*]"),
    st.just("..*"),
    st.builds("[{}]".format, st.integers(-3, 3)),
    st.builds("[{}:{}]".format, st.integers(-3, 3), st.integers(-3, 3)),
    st.builds("[::{}]".format, st.sampled_from([-2, -1, 1, 2])),
    st.builds("[?{}]".format, tests),
    st.builds("[?{} && {}]".format, tests, tests),
    st.builds("[?{} || {}]".format, tests, tests),
)
common_paths = st.lists(common_segments, max_size=4).map(lambda parts: "$" + "".join(parts))
any_segments = common_segments | st.sampled_from(
    [
        "['a','b']",
        "[0,0]",
        "[*,*]",
        "[?@.a == @.b]",
        "[?@ == $]",
        "[?$..a]",
        "[?!@.a]",
        "[?@.a =~ '^a']",
        "[?length(@) > 1]",
        "[?count(@..a) > 1]",
        "[?value(@..a) == @.b]",
        "[?match(@.a, '.*')]",
        "[?search(@, $.a)]",
        "..[0]",
        "..['a',0]",
    ]
)
any_paths = st.lists(any_segments, max_size=4).map(lambda parts: "$" + "".join(parts))


@given(common_paths, documents)
@settings(max_examples=300, deadline=None)
def test_values_are_what_jsonpath_ng_finds(text: str, document: Any) -> None:
    found = [match.value for match in PARSER.parse(text).find(document)]
    values = compile_path(text).values(document)
    assert [id(value) for value in values] == [id(value) for value in found]


@given(any_paths, documents)
@settings(max_examples=300, deadline=None)
def test_nodes_are_the_places_of_the_values_each_once(text: str, document: Any) -> None:
    path = compile_path(text)
    before = copy.deepcopy(document)
    values = path.values(document)
    places = path.nodes(document)
    keys = [(id(container), key) for container, key in places]
    assert len(keys) == len(set(keys))
    found = [document if container is None else container[key] for container, key in places]
    assert {id(value) for value in values} == {id(value) for value in found}
    assert path.first(document) is (values[0] if values else MISSING)
    assert repr(document) == repr(before)


@given(any_paths, documents)
@settings(max_examples=200, deadline=None)
def test_writing_through_the_nodes_reaches_every_match(text: str, document: Any) -> None:
    assume("?" not in text and text != "$")
    path = compile_path(text)
    mark = object()
    for container, key in path.nodes(document):
        container[key] = mark
    assert all(value is mark for value in path.values(document))


def _refusal(text: str) -> PathError | None:
    try:
        compile_path(text)
    except PathError as error:
        return error
    return None


@given(st.text(alphabet="$@.*[]()?'\"\\,:=!<>&|~ab01-+e \n`u{}$é\ud800", max_size=30) | st.text())
@settings(max_examples=500, deadline=None)
def test_any_text_is_compiled_or_refused(text: str) -> None:
    refusal = _refusal(text)
    if refusal is not None:
        assert refusal.message
        assert 0 <= refusal.position <= len(text)


@given(any_paths, st.data())
@settings(max_examples=200, deadline=None)
def test_a_path_cut_or_changed_anywhere_is_compiled_or_refused(text: str, data: Any) -> None:
    at = data.draw(st.integers(0, len(text)))
    changed = (
        text[:at] + data.draw(st.sampled_from(["", "'", "]", "?", "@", "\\"])) + text[at + 1 :]
    )
    refusal = _refusal(changed)
    assert refusal is None or refusal.message


def _nested(depth: int) -> Any:
    document: Any = "leaf"
    for level in range(depth):
        document = {"a": document} if level % 2 else [document]
    return document


@pytest.mark.parametrize(
    "text",
    ["$..a", "$..*", "$..a..a", "$..*..*", "$..[?@.a]", "$[?@ == $]", "$..[?@ == $[0]]", "$..[0]"],
)
def test_depth_does_not_matter(text: str) -> None:
    document = _nested(100_000)
    path = compile_path(text)
    assert len(path.nodes(document)) <= 100_000
    path.first(document)


def test_equal_values_of_great_depth_are_equal() -> None:
    document = {"a": _nested(100_000), "b": _nested(100_000)}
    assert len(compile_path("$[?@ == $.b]").nodes(document)) == 2


@pytest.mark.parametrize(
    "text", ["$" + ".a" * 2_000, "$" + "..a" * 500, "$" + "[0]" * 2_000, "$" + "[?@.a]" * 100]
)
def test_a_long_path_is_read(text: str) -> None:
    assert compile_path(text).values({}) == []
