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
    ],
)
def test_a_header_in_another_spelling_is_refused(path: str, hint: str, bench: Any) -> None:
    assert compile_document_path(path, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert (problem.code, problem.hint) == ("header-spelling", hint)


@pytest.mark.parametrize(
    "path",
    ["$", "$..a", "$.request.headers['X-User-Id']", "$.metadata.x", "$.request.body.headers.a"],
)
def test_other_paths_are_taken(path: str, bench: Any) -> None:
    assert str(compile_document_path(path, bench.place, bench.scope)) == path
    assert bench.found == []
