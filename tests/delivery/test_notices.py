from __future__ import annotations

import logging
from collections import Counter

from moesif_declarative.delivery.notices import Notices
from moesif_declarative.delivery.policy import ACCEPTED, Answer, Done, Drop, Hold, Retry


def test_one_line_a_minute_of_each_kind_the_latest() -> None:
    notices = Notices()
    lost: Counter[str] = Counter()
    notices.note("encode", "first")
    assert notices.due(0.0, lost) == [(logging.ERROR, "first")]
    notices.note("encode", "second")
    notices.note("encode", "third")
    notices.note("address", "another kind")
    assert notices.due(1.0, lost) == [(logging.ERROR, "another kind")]
    assert notices.due(59.9, lost) == []
    assert notices.due_at(lost) == 60.0
    assert notices.due(60.0, lost) == [(logging.ERROR, "third")]
    assert notices.due(1000.0, lost) == []


def test_losses_are_told_by_reason_and_only_once() -> None:
    notices = Notices()
    lost = Counter({"queue full": 12, "encode": 1})
    assert notices.due(0.0, lost) == [
        (logging.WARNING, "13 items were not delivered: 1 encode, 12 queue full")
    ]
    lost["encode"] += 1
    assert notices.due(1.0, lost) == []
    assert notices.due(1.0, lost, all_of_them=True) == [
        (logging.WARNING, "1 item was not delivered: 1 encode")
    ]
    assert lost.total() == 0


def test_answers_are_told_without_what_they_hold() -> None:
    notices = Notices()
    quoting = {"x-echo": "secret"}
    notices.answered(Answer(401, headers=quoting), Hold(1), 3)
    notices.answered(Answer(503, headers=quoting), Retry(1), 3)
    notices.answered(Answer(404, headers=quoting), Drop("x"), 3)
    assert [text for _, text in notices.due(0.0, Counter())] == [
        "the collector refuses events (status 401): check APPLICATION_ID; 3 items wait",
        "a batch could not be delivered (status 503); 3 items wait",
        "the collector does not take events (status 404): check BASE_URI",
    ]


def test_an_inactive_subscription_is_called_that() -> None:
    notices = Notices()
    notices.answered(Answer(402), Hold(1), 1)
    assert [text for _, text in notices.due(0.0, Counter())] == [
        "the collector refuses events (status 402): the subscription is inactive; 1 items wait"
    ]


def test_the_end_of_a_trouble_is_told_to_who_heard_of_it() -> None:
    notices = Notices()
    notices.answered(Answer(None, "timeout"), Retry(1), 1)
    notices.answered(ACCEPTED, Done(), 1)
    assert notices.due(0.0, Counter()) == []
    notices.answered(Answer(None, "timeout"), Retry(1), 1)
    assert len(notices.due(1.0, Counter())) == 1
    notices.answered(ACCEPTED, Done(), 1)
    assert notices.due(2.0, Counter()) == [(logging.INFO, "events are taken again")]
