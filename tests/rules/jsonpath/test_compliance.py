"""RFC 9535's own suite: no wrong answer, no forbidden path, as many right answers as possible."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moesif_declarative.rules.jsonpath import JSONPath, PathError, compile_path
from moesif_declarative.rules.jsonpath.adopt import adopt
from moesif_declarative.rules.jsonpath.syntax import read

RIGHT_AT_LEAST = 456


def _compiled(selector: str) -> JSONPath | None:
    try:
        return compile_path(selector)
    except PathError:
        return None


def _right(case: dict[str, Any], path: JSONPath) -> bool:
    allowed = case["results"] if "results" in case else [case["result"]]
    return path.values(case["document"]) in allowed


def test_every_answer_is_right_and_every_forbidden_path_refused(
    compliance: list[dict[str, Any]], figures: Counter[str], record_property: Any
) -> None:
    figures.update({"right": 0, "refused": 0, "wrong": 0, "forbidden accepted": 0})
    for case in compliance:
        path = _compiled(case["selector"])
        if case.get("invalid_selector"):
            figures["forbidden accepted" if path else "forbidden refused"] += 1
        elif path is None:
            figures["refused"] += 1
        else:
            figures["right" if _right(case, path) else "wrong"] += 1
    for verdict, count in figures.items():
        record_property(verdict, count)
    assert figures["wrong"] == 0
    assert figures["forbidden accepted"] == 0
    assert figures["right"] >= RIGHT_AT_LEAST


def test_nodes_are_the_places_of_the_suite_each_once(compliance: list[dict[str, Any]]) -> None:
    for case in compliance:
        if "result_paths" not in case:
            continue
        path = compile_path(case["selector"])
        found = path.nodes(case["document"])
        if found == [(None, "")]:
            assert case["result_paths"] == ["$"]
            continue
        values = [container[key] for container, key in found]
        assert len(found) == len(set(case["result_paths"])), case["name"]
        assert all(value in case["result"] for value in values), case["name"]
        if len(found) == len(case["result"]):
            assert values == case["result"], case["name"]


def test_first_is_the_first_value(compliance: list[dict[str, Any]]) -> None:
    for case in compliance:
        if case.get("result"):
            assert compile_path(case["selector"]).first(case["document"]) == case["result"][0]


def test_jsonpath_ng_reads_most_paths_and_agrees_on_all_of_them(
    compliance: list[dict[str, Any]], figures: Counter[str]
) -> None:
    agreed = 0
    for case in compliance:
        if case.get("invalid_selector"):
            continue
        plain = read(case["selector"]).plain
        adopted = adopt(plain)
        assert adopted is None or adopted == read(plain).query, case["name"]
        agreed += adopted is not None
    figures["read by jsonpath-ng too"] = agreed
    assert agreed >= 288
