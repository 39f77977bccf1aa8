"""JSONPaths into the event document."""

from __future__ import annotations

from typing import Any

import pytest

from moesif_declarative.rules.document_path import compile_document_path


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("$.request.headers['x-user-id']", "write $.request.headers['X-User-Id']"),
        ("$.response.headers['X-ABC']", "write $.response.headers['X-Abc']"),
        ("$['request']['headers']['cookie']", "write $.request.headers['Cookie']"),
        ("$..headers['x-user-id']", "write ['X-User-Id']"),
        ("$.request..headers.x", "write ['X']"),
        ("$['request','response'].headers.x", "write ['X']"),
        ("$.*.headers['X-A','x-b']", "write ['X-B']"),
        ("$.request.headers..etag", "write ['Etag']"),
        ("$.request.body[?$.request.headers['x-a'] == 1]", "write ['X-A']"),
    ],
)
def test_a_header_in_another_spelling_is_refused(path: str, hint: str, bench: Any) -> None:
    assert compile_document_path(path, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert (problem.code, problem.hint) == ("header-spelling", hint)


@pytest.mark.parametrize(
    "path",
    [
        "$",
        "$..a",
        "$.request.headers['X-User-Id']",
        "$.metadata.x",
        "$.request.body.headers.a",
        "$.request.body..headers.a",
        "$.request.*.password",
        "$..['x-user-id']",
        "$.request.headers",
        "$.request.headers[?@ =~ '^x']",
        "$.request.body[?@.headers['x-a'] == 1]",
    ],
)
def test_other_paths_are_taken(path: str, bench: Any) -> None:
    assert str(compile_document_path(path, bench.place, bench.scope)) == path
    assert bench.found == []


@pytest.mark.parametrize("engine", ["re2", "python"])
def test_a_pattern_in_a_path_is_read_by_the_engine_beside_it(engine: Any, bench: Any) -> None:
    text = "$.request.body[?@.a =~ '(?<=x)y']"
    path = compile_document_path(text, bench.place, bench.scope, engine)
    if engine == "re2":
        assert path is None
        assert bench.found == [("bad-jsonpath", "RULE")]
    else:
        assert path is not None
        assert path.first({"request": {"body": [{"a": "y"}, {"a": "xy"}]}}) == {"a": "xy"}
        assert bench.found == [("python-engine", "RULE")]
