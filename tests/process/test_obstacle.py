"""When a helper process cannot do what a thread can, a thread does it, and `check` says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.doubts.worker import obstacle
from moesif_declarative.errors import Problems
from moesif_declarative.startup import start


@dataclass(frozen=True)
class Case:
    id: str
    settings: dict[str, Any]
    reason: str | None


CALLABLE = "a callable lives in the application"
CASES = [
    Case("plain rules", {"SKIP": {"health": {"path": "/health"}}}, None),
    Case("handler outside of masks", {"IDENTIFY_USER": {"handler": "current_user.id"}}, None),
    Case("a function", {"IDENTIFY_USER": lambda _handler: "u"}, CALLABLE),
    Case("a name", {"SKIP": {"callable": "operator:not_"}}, CALLABLE),
    Case(
        "deep in a list",
        {"IDENTIFY_USER": [{"header": "A"}, {"callable": "builtins:repr"}]},
        CALLABLE,
    ),
    Case("metadata", {"GET_METADATA": {"a": {"b": {"callable": "builtins:repr"}}}}, CALLABLE),
    Case(
        "a mask that looks at the handler",
        {"MASK_EVENT_MODEL": {"m": {"field": "x", "when": {"handler": "secret"}}}},
        "a mask reads the Tornado handler",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_keeps_events_in_a_thread_is_told(case: Case) -> None:
    problems = Problems()
    source = {"APPLICATION_ID": "id", "SINK": "null", "WORKER": "process", **case.settings}
    compiled = start(source, {}, problems, environ={})
    assert compiled is not None, problems.errors
    assert obstacle(compiled.settings) == case.reason
    told = [(problem.code, problem.message) for problem in problems.warnings]
    expected = [("worker-thread", f"no helper process is used: {case.reason}")]
    assert told == ([] if case.reason is None else expected)


def test_a_thread_that_is_wanted_is_no_doubt() -> None:
    problems = Problems()
    compiled = start({"APPLICATION_ID": "id", "SINK": "null"}, {}, problems, environ={})
    assert compiled is not None
    assert (obstacle(compiled.settings), problems.warnings) == ("WORKER says so", [])
