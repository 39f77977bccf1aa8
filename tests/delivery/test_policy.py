from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.delivery.policy import (
    SINK_CLOSED,
    Answer,
    Decision,
    Done,
    Drop,
    Hold,
    Retry,
    Split,
    decide,
    retry_after_s,
)

NOW = datetime.datetime(2026, 3, 1, 12, 0, 0, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Case:
    id: str
    answer: Answer
    decision: Decision
    attempt: int = 1
    random: float = 1.0


def after(status: int, retry_after: str) -> Answer:
    return Answer(status, headers={"retry-after": retry_after})


CASES = [
    *(
        Case(f"{status}_is_done", Answer(status), Done())
        for status in (200, 201, 204, 208, 209, 299)
    ),
    *(
        Case(f"{status}_is_tried_again", Answer(status), Retry(0.5))
        for status in (408, 425, 429, 500, 501, 502, 503, 504, 599)
    ),
    *(
        Case(
            f"{status}_is_searched_for_the_guilty",
            Answer(status),
            Split(f"refused with status {status}"),
        )
        for status in (400, 406, 413, 422)
    ),
    *(Case(f"{status}_is_held", Answer(status), Hold(30.0)) for status in (401, 402, 403)),
    *(
        Case(f"{status}_is_tried_twice_more", Answer(status), Retry(1.0), attempt=2)
        for status in (300, 301, 302, 307, 308, 404, 405, 409, 410)
    ),
    *(
        Case(
            f"{status}_is_dropped_then",
            Answer(status),
            Drop(f"refused with status {status}"),
            attempt=3,
        )
        for status in (300, 301, 302, 307, 308, 404, 405, 409, 410)
    ),
    Case("no_answer_is_tried_again", Answer(None, "timeout"), Retry(0.5)),
    Case("the_backoff_doubles", Answer(500), Retry(4.0), attempt=4),
    Case("the_backoff_is_capped", Answer(500), Retry(30.0), attempt=10),
    Case("the_thousandth_try_does_not_overflow", Answer(500), Retry(30.0), attempt=100_000),
    Case("jitter_is_full", Answer(500), Retry(0.0), attempt=5, random=0.0),
    Case("retry_after_is_honoured", after(429, "7"), Retry(7.0, asked=True)),
    Case("retry_after_holds_for_503", after(503, "0"), Retry(0.0, asked=True)),
    Case("retry_after_is_capped", after(429, "86400"), Retry(300.0, asked=True)),
    Case("a_retry_after_that_is_none_is_passed_over", after(429, "soon"), Retry(0.5)),
    Case("retry_after_does_not_matter_to_400", after(400, "7"), Split("refused with status 400")),
    Case("a_closed_sink_takes_nothing_ever", Answer(None, SINK_CLOSED), Drop(SINK_CLOSED)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_answer_is_decided_on(case: Case) -> None:
    assert decide(case.answer, case.attempt, now=NOW, random=case.random) == case.decision


@dataclass(frozen=True)
class Header:
    id: str
    text: str
    seconds: float | None
    now: datetime.datetime = field(default=NOW)


HEADERS = [
    Header("seconds", "12", 12.0),
    Header("seconds_with_spaces", " 12 ", 12.0),
    Header("zero", "0", 0.0),
    Header("negative", "-5", None),
    Header("too_many_digits", "9" * 5000, 300.0),
    Header("digits_of_another_script", "١٢", None),
    Header("fraction", "1.5", None),
    Header("absent", "", None),
    Header("date", "Sun, 01 Mar 2026 12:00:09 GMT", 9.0),
    Header("date_in_another_zone", "Sun, 01 Mar 2026 13:00:09 +0100", 9.0),
    Header("date_of_unknown_zone", "Sun, 01 Mar 2026 12:00:09 -0000", 9.0),
    Header("date_gone_by", "Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
    Header("date_far_away", "Sun, 01 Mar 2036 11:00:00 GMT", 300.0),
    Header("date_that_is_none", "Sun, 41 Mar 2026 12:00:09 GMT", None),
]


@pytest.mark.parametrize("case", HEADERS, ids=lambda case: case.id)
def test_retry_after_is_read(case: Header) -> None:
    assert retry_after_s(case.text, case.now) == case.seconds


@given(
    st.none() | st.integers(-1, 1000),
    st.text(max_size=40),
    st.integers(1, 10_000),
    st.floats(0, 1, exclude_max=True),
)
def test_any_answer_gets_a_decision_with_a_wait_that_is_bounded(
    status: int | None, retry_after: str, attempt: int, random: float
) -> None:
    answer = Answer(status, "broken", {"retry-after": retry_after})
    decision = decide(answer, attempt, now=NOW, random=random)
    if isinstance(decision, Retry):
        assert 0.0 <= decision.after_s <= 300.0
