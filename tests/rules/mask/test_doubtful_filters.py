"""A filter that would have to look into what nobody can read counts as holding."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.rules.mask import MaskTrace

X = "[REDACTED]"
JSON = {"Content-Type": "application/json"}
CUT = '{"secret": 1'


def _deep(levels: int) -> str:
    text = '{"secret": 1}'
    for _ in range(levels):
        text = '"' + text.replace("\\", "\\u005c").replace('"', "\\u0022") + '"'
    return text


@dataclass(frozen=True)
class Case:
    """A path with a filter, a body, and what is left of it."""

    id: str
    path: str
    body: Any
    expected: Any


DOUBTFUL = [
    Case(
        "a-step-further",
        "$..[?@.meta.secret].ssn",
        [{"meta": CUT, "ssn": 1}, {"meta": '{"a": 1}', "ssn": 2}],
        [{"meta": CUT, "ssn": X}, {"meta": '{"a": 1}', "ssn": 2}],
    ),
    Case("at-the-end", "$.request.body[?@.meta.secret]", [{"meta": CUT}, {}], [X, {}]),
    Case(
        "a-comparison",
        "$.request.body[?@.meta.secret == 2].ssn",
        [{"meta": CUT, "ssn": 1}, {"meta": '{"secret": 1}', "ssn": 2}],
        [{"meta": CUT, "ssn": X}, {"meta": '{"secret": 1}', "ssn": 2}],
    ),
    Case(
        "a-negation",
        "$.request.body[?!(@.meta.secret == 2)].ssn",
        [{"meta": CUT, "ssn": 1}],
        [{"meta": CUT, "ssn": X}],
    ),
    Case(
        "a-function",
        "$.request.body[?count(@.meta.*) > 3].ssn",
        [{"meta": "[1, 2", "ssn": 1}, {"meta": [1], "ssn": 2}],
        [{"meta": "[1, 2", "ssn": X}, {"meta": [1], "ssn": 2}],
    ),
    Case(
        "anywhere-below",
        "$.request.body[?@..secret].ssn",
        [{"l": [{"meta": CUT}], "ssn": 1}, {"l": [], "ssn": 2}],
        [{"l": [{"meta": CUT}], "ssn": X}, {"l": [], "ssn": 2}],
    ),
    Case(
        "a-filter-in-a-filter",
        "$.request.body[?@.l[?@.meta.secret]].ssn",
        [{"l": [{"meta": CUT}, {"meta": 1}], "ssn": 1}, {"l": [{"meta": 1}], "ssn": 2}],
        [{"l": [{"meta": CUT}, {"meta": 1}], "ssn": X}, {"l": [{"meta": 1}], "ssn": 2}],
    ),
    Case(
        "from-the-root",
        "$.request.body[?$.request.body[0].secret].ssn",
        [CUT, {"ssn": 1}, {"ssn": 2}],
        [CUT, {"ssn": X}, {"ssn": X}],
    ),
    Case(
        "too-deep",
        "$.request.body[?@.meta.secret].ssn",
        [{"meta": _deep(33), "ssn": 1}],
        [{"meta": _deep(33), "ssn": X}],
    ),
]
DECIDED = [
    Case(
        "the-name-is-not-there",
        "$.request.body[?@.meta.secret].ssn",
        [{"meta": '{"a": 1', "ssn": 1}],
        None,
    ),
    Case("a-note", "$.request.body[?@.meta.*].ssn", [{"meta": "[info] a secret", "ssn": 1}], None),
    Case(
        "decided-before",
        "$.request.body[?@.a == 1 && @.meta.secret].ssn",
        [{"meta": CUT, "a": 2, "ssn": 1}],
        None,
    ),
    Case(
        "the-next-one",
        "$.request.body[?@.meta.secret].ssn",
        [{"meta": CUT}, {"meta": 1, "ssn": 1}],
        None,
    ),
    Case(
        "the-text-itself",
        "$.request.body[?@.meta == 'secret'].ssn",
        [{"meta": CUT, "ssn": 1}],
        None,
    ),
]


@pytest.mark.parametrize("case", [*DOUBTFUL, *DECIDED], ids=lambda case: case.id)
@pytest.mark.parametrize("traced", [False, True])
def test_a_filter_that_nobody_can_decide_counts_as_holding(
    case: Case, traced: bool, bench: Any, make_call: Any
) -> None:
    call = make_call(headers=JSON, body=json.dumps(case.body))
    trace = MaskTrace() if traced else None
    masked = bench({"mine": {"jsonpath": case.path}}).apply(call, trace)
    expected = case.body if case.expected is None else case.expected
    assert masked.document["request"]["body"] == expected
    assert masked.failures == ()
