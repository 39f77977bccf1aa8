from __future__ import annotations

import logging
from collections import Counter

from moesif_declarative.delivery.notices import GATHER_S, Notices
from moesif_declarative.delivery.policy import ACCEPTED, Answer, Done, Drop, Hold, Retry

NONE: Counter[str] = Counter()


def texts(notices: Notices, now: float = 0.0) -> list[str]:
    return [text for _, text in notices.due(now, Counter())]


def test_the_first_line_goes_at_once_and_the_next_gathers_a_minute_of_all_kinds() -> None:
    notices = Notices()
    notices.note("encode", "first", 0.0)
    assert notices.due(0.0, NONE) == [(logging.ERROR, "first")]
    notices.note("spool", "the disk", 0.5)
    notices.note("encode", "second", 1.0)
    notices.note("encode", "third", 2.0)
    lost = Counter({"queue full": 2})
    assert notices.due(59.9, lost) == []
    assert notices.due_at(lost) == 60.0
    assert notices.due(60.0, lost) == [
        (logging.ERROR, "third; the disk; 2 items were not delivered: 2 queue full")
    ]
    assert notices.due(1000.0, lost) == []
    assert notices.due_at(lost) == float("inf")


def test_losses_are_told_by_reason_and_only_once() -> None:
    notices = Notices()
    lost = Counter({"queue full": 12, "encode": 1})
    assert notices.due(0.0, lost) == [
        (logging.WARNING, "13 items were not delivered: 1 encode, 12 queue full")
    ]
    lost["encode"] += 1
    assert notices.due(1.0, lost) == []
    assert notices.due(1.0, lost, at_last=True) == [
        (logging.WARNING, "1 item was not delivered: 1 encode")
    ]
    assert lost.total() == 0
    assert notices.due(2.0, lost, at_last=True) == []


def test_a_line_has_the_highest_level_of_what_it_tells() -> None:
    notices = Notices()
    notices.note("adopted", "good", 0.0)
    assert notices.due(GATHER_S, NONE) == [(logging.INFO, "good")]
    notices.note("adopted", "good", 6.0)
    notices.note("spool", "bad", 6.0)
    assert notices.due(70.0, NONE) == [(logging.WARNING, "bad; good")]


def test_good_news_waits_a_little_so_that_bad_news_right_after_it_need_not_wait() -> None:
    notices = Notices()
    notices.note("adopted", "good", 10.0)
    notices.note("adopted", "better", 12.0)
    assert notices.due(10.0, NONE) == []
    assert notices.due_at(NONE) == 10.0 + GATHER_S
    notices.note("encode", "bad", 11.0)
    assert notices.due(11.0, NONE) == [(logging.ERROR, "bad; better")]


def test_answers_are_told_without_what_they_hold() -> None:
    notices = Notices()
    quoting = {"x-echo": "secret"}
    notices.answered(Answer(401, headers=quoting), Hold(1), 3, 0.0)
    notices.answered(Answer(404, headers=quoting), Drop("x"), 3, 0.0)
    notices.answered(Answer(503, headers=quoting), Retry(1), 3, 0.0)
    (line,) = texts(notices)
    assert line.split("; ") == [
        "the collector refuses events (status 401",
        "3 items waiting): check APPLICATION_ID",
        "the collector does not take events (status 404): check BASE_URI",
        "a batch could not be delivered (status 503",
        "3 items waiting)",
    ]


def test_an_inactive_subscription_is_called_that() -> None:
    notices = Notices()
    notices.answered(Answer(402), Hold(1), 1, 0.0)
    assert texts(notices) == [
        "the collector refuses events (status 402; 1 item waiting): the subscription is inactive"
    ]


def test_the_end_of_a_trouble_is_told_to_who_heard_of_it() -> None:
    notices = Notices()
    notices.answered(Answer(None, "timeout"), Retry(1), 1, 0.0)
    notices.answered(ACCEPTED, Done(), 1, 0.0)
    assert texts(notices) == []
    notices.answered(Answer(None, "timeout"), Retry(1), 1, 1.0)
    assert len(texts(notices, 1.0)) == 1
    notices.answered(ACCEPTED, Done(), 1, 2.0)
    assert notices.due(61.0, NONE) == [(logging.INFO, "events are taken again")]
    notices.answered(ACCEPTED, Done(), 1, 200.0)
    assert texts(notices, 300.0) == []


def test_a_trouble_that_comes_back_within_the_minute_is_not_said_to_be_over() -> None:
    notices = Notices()
    notices.answered(Answer(503), Retry(1), 1, 0.0)
    assert len(texts(notices, 0.0)) == 1
    notices.answered(ACCEPTED, Done(), 1, 1.0)
    notices.answered(Answer(503), Retry(1), 2, 2.0)
    assert texts(notices, 60.0) == ["a batch could not be delivered (status 503; 2 items waiting)"]
    notices.answered(ACCEPTED, Done(), 1, 61.0)
    assert texts(notices, 120.0) == ["events are taken again"]
