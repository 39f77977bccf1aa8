from __future__ import annotations

import gc
import itertools
import json
import logging
import random
import threading
import weakref
from typing import Any

import pytest

from moesif_declarative.delivery import (
    ACCEPTED,
    Answer,
    Delivery,
    DeliveryOptions,
    Dropped,
    Encoded,
    Outcome,
    SampledOut,
    Skipped,
)
from moesif_declarative.delivery.endings import _at_exit, _in_child, register
from moesif_declarative.errors import ProfileError

EMPTY: dict[str, Any] = {
    "captured": 0,
    "skipped": 0,
    "skipped_by_rule": {},
    "sampled_out": 0,
    "queued": 0,
    "spooled": 0,
    "sent": 0,
    "retried": 0,
    "dropped": {},
    "in_flight": 0,
    "queued_bytes": 0,
    "batches": 0,
    "bytes_sent": 0,
    "oldest_age_s": 0.0,
    "last_error": None,
    "unspooled": 0,
    "profiles": {"captured": 0, "queued": 0, "sent": 0, "dropped": {}},
    "recovered": {"found": 0, "spooled": 0, "sent": 0, "dropped": {}},
}


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert {record.name for record in caplog.records} <= {"moesif_declarative.delivery"}
    return [record.message for record in caplog.records]


def answers(*script: Answer) -> Any:
    """Answer by script, then accept everything."""
    left = list(script)
    return lambda _kind, _items: left.pop(0) if left else ACCEPTED


def test_a_new_delivery_has_counted_nothing(world: Any) -> None:
    assert world.delivery().stats() == EMPTY


def test_what_is_put_is_delivered_in_batches_and_counted(world: Any) -> None:
    delivery = world.delivery(DeliveryOptions(batch_size=2))
    for item in "abc":
        delivery.put(item, 10)
    world.now += 3.0
    assert delivery.stats() == {
        **EMPTY,
        "captured": 3,
        "queued": 3,
        "queued_bytes": 30,
        "oldest_age_s": 3.0,
    }
    assert delivery.flush(5)
    assert world.sink.sent == [("event", ["a", "b"]), ("event", ["c"])]
    assert delivery.stats() == {**EMPTY, "captured": 3, "sent": 3, "batches": 2, "bytes_sent": 3}


def test_every_outcome_is_counted(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    def encode(item: str) -> Outcome:
        outcomes: dict[str, Any] = {
            "sent": Encoded(b"{}"),
            "skipped": Skipped("health"),
            "sampled": SampledOut(),
            "dropped": Dropped("masking failed"),
            "nonsense": "no outcome",
        }
        if item == "exit":
            raise SystemExit("secret")
        return outcomes[item]  # type: ignore[no-any-return]

    delivery = world.delivery(encode=encode)
    for item in ("sent", "skipped", "sampled", "dropped", "nonsense", "secret", "exit", "sent"):
        delivery.put(item, 1)
    delivery.count("skipped", "health")
    delivery.count("skipped", "bots")
    delivery.count("sampled_out")
    delivery.count("dropped", "capture failed")
    assert delivery.flush(5)
    stats = delivery.stats()
    assert stats["captured"] == 12
    assert stats["skipped_by_rule"] == {"health": 2, "bots": 1}
    assert (stats["skipped"], stats["sampled_out"], stats["sent"]) == (3, 2, 2)
    assert stats["dropped"] == {"masking failed": 1, "encode": 3, "capture failed": 1}
    delivery.close(1)
    assert sum("could not be built" in line for line in lines(caplog)) == 1
    assert "secret" not in caplog.text


def test_a_failing_event_is_told_by_type_and_place_alone(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def encode(item: str) -> Outcome:
        raise KeyError(item)

    delivery = world.delivery(encode=encode)
    delivery.put("secret", 1)
    delivery.close(1)
    assert lines(caplog)[0].startswith("an event could not be built: KeyError at ")
    assert "test_delivery.py:" in lines(caplog)[0]
    assert "secret" not in caplog.text


def test_flush_waits_for_what_was_put_before_it_alone(world: Any) -> None:
    delivery = world.delivery()

    def encode_and_put_more(item: str) -> Outcome:
        delivery.put(item, 1)
        return Encoded(item.encode())

    delivery = world.delivery(DeliveryOptions(batch_size=1), encode_and_put_more)
    delivery.put("a", 1)
    assert delivery.flush(5)
    assert delivery.stats()["sent"] >= 1


@pytest.mark.parametrize("timeout", [0, -1, 0.0])
def test_a_flush_without_time_tells_how_things_stand(world: Any, timeout: float) -> None:
    delivery = world.delivery()
    assert delivery.flush(timeout)
    delivery.put("a", 1)
    assert not delivery.flush(timeout)


def test_a_dead_collector_is_tried_again_with_the_same_bytes_until_time_is_up(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.sink.answer = lambda *_: Answer(None, "connection refused")
    delivery = world.delivery()
    delivery.put("a", 1)
    begun = world.now
    assert not delivery.flush(5)
    assert world.now == begun + 5
    assert {tuple(items) for _, items in world.sink.sent} == {("a",)}
    stats = delivery.stats()
    assert (stats["queued"], stats["last_error"]) == (1, "connection refused")
    assert stats["retried"] == len(world.sink.sent) - 1
    assert lines(caplog) == ["a batch could not be delivered (connection refused; 1 item waiting)"]
    world.sink.answer = lambda *_: ACCEPTED
    assert delivery.flush(5)
    assert world.sink.accepted == ["a"]


def test_a_flush_without_a_limit_waits_until_the_collector_is_back(world: Any) -> None:
    world.sink.answer = answers(*[Answer(503)] * 50)
    delivery = world.delivery()
    delivery.put("a", 1)
    assert delivery.flush(None)
    assert world.sink.accepted == ["a"]


def test_retry_after_is_not_cut_short_by_a_flush(world: Any) -> None:
    world.sink.answer = answers(Answer(429, headers={"retry-after": "20"}))
    delivery = world.delivery()
    delivery.put("a", 1)
    begun = world.now
    assert not delivery.flush(5)
    assert delivery.flush(30)
    assert world.now == begun + 20


def test_the_guilty_event_is_found_dropped_and_counted(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.sink.answer = lambda _, items: Answer(400) if "X" in items else ACCEPTED
    delivery = world.delivery()
    for item in "abcXdeXf":
        delivery.put(item, 1)
    assert delivery.flush(5)
    assert sorted(world.sink.accepted) == list("abcdef")
    assert delivery.stats()["dropped"] == {"refused with status 400": 2}
    # The first loss is told at once, the second waits for the minute to end.
    assert lines(caplog) == ["1 item was not delivered: 1 refused with status 400"]


@pytest.mark.parametrize("status", [301, 404, 405, 410])
def test_a_wrong_address_costs_its_events_after_three_tries(
    world: Any, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    world.sink.answer = lambda *_: Answer(status)
    delivery = world.delivery()
    delivery.put("a", 1)
    assert delivery.flush(5)
    assert len(world.sink.sent) == 3
    assert delivery.stats()["dropped"] == {f"refused with status {status}": 1}
    delivery.close(1)
    assert lines(caplog) == [
        f"a batch could not be delivered (status {status}; 1 item waiting)",
        (
            f"the collector does not take events (status {status}): check BASE_URI; "
            f"1 item was not delivered: 1 refused with status {status}"
        ),
    ]


def test_a_refused_id_keeps_events_and_is_told_once(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.sink.answer = lambda *_: Answer(401)
    delivery = world.delivery(DeliveryOptions(batch_size=1))
    for item in "abc":
        delivery.put(item, 1)
    assert not delivery.flush(25)
    assert (len(world.sink.sent), delivery.stats()["queued"]) == (1, 3)
    assert lines(caplog) == [
        "the collector refuses events (status 401; 3 items waiting): check APPLICATION_ID"
    ]
    world.sink.answer = lambda *_: ACCEPTED
    assert delivery.flush(1)
    assert world.sink.accepted == list("abc")


def test_closing_does_not_wait_for_a_collector_that_refuses(world: Any) -> None:
    world.sink.answer = lambda *_: Answer(403)
    delivery = world.delivery()
    delivery.put("a", 1)
    begun = world.now
    assert not delivery.close(60)
    assert (world.now, len(world.sink.sent)) == (begun, 1)
    assert delivery.stats()["dropped"] == {"not delivered before close": 1}


def test_an_event_that_is_too_large_loses_its_bodies_first(world: Any) -> None:
    def encode(item: str) -> Outcome:
        def fail() -> bytes:
            raise ValueError(item)

        shrink = {"small": lambda: b"small", "large": lambda: b"x" * 2_000, "broken": fail}
        return Encoded(b"x" * 1_500, "", shrink.get(item))

    delivery = world.delivery(DeliveryOptions(event_bytes=1_000), encode)
    for item in ("small", "large", "broken", "none"):
        delivery.put(item, 1)
    assert delivery.flush(5)
    assert world.sink.accepted == ["small"]
    assert delivery.stats()["dropped"] == {"event too large": 2, "encode": 1}


def test_an_event_that_the_collector_finds_too_large_loses_its_bodies_too(world: Any) -> None:
    world.sink.answer = lambda _, items: Answer(413) if len(items[0]) > 99 else ACCEPTED
    big = "x" * 1_000
    delivery = world.delivery(DeliveryOptions(batch_size=1))
    message = {"verb": "GET", "body": big, "transfer_encoding": "base64"}
    delivery.put(json.dumps({"request": message, "response": {"body": big}, "user_id": "u"}), 1)
    delivery.put(json.dumps({"request": {"verb": big}, "response": {}}), 1)
    delivery.put(big, 1)
    assert delivery.flush(5)
    assert world.sink.accepted == ['{"request":{"verb":"GET"},"response":{},"user_id":"u"}']
    assert delivery.stats()["dropped"] == {"refused with status 413": 2}


def test_a_sink_that_raises_is_an_error_to_try_again(world: Any) -> None:
    script: list[Exception] = [RuntimeError("secret")]

    def answer(*_: Any) -> Answer:
        if script:
            raise script.pop()
        return ACCEPTED

    world.sink.answer = answer
    delivery = world.delivery()
    delivery.put("a", 1)
    assert delivery.flush(5)
    assert delivery.stats()["last_error"] == "the sink failed with RuntimeError"


def test_losses_are_told_once_a_minute_with_their_reasons(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = world.delivery(DeliveryOptions(queue_size=2))
    for _ in range(5):
        delivery.put("a", 1)
    delivery.flush(1)
    for _ in range(4):
        delivery.put("a", 1)
    delivery.flush(1)
    assert lines(caplog) == ["3 items were not delivered: 3 queue full"]
    world.now += 60
    delivery.put("a", 1)
    delivery.flush(1)
    assert lines(caplog)[1:] == ["2 items were not delivered: 2 queue full"]


def test_profiles_go_through_the_same_queue_in_order(world: Any) -> None:
    delivery = world.delivery(DeliveryOptions(batch_size=2))
    delivery.put_profiles("user", [{"user_id": "1"}, {"user_id": 2}, '{"user_id": "1", "x": 1}'])
    delivery.put("event", 1)
    delivery.put_profile("company", {"company_id": "c", "when": {1}})
    assert delivery.flush(5)
    assert [sent for sent in world.sink.sent if sent[0] == "user"] == [
        ("user", [{"user_id": "1"}, {"user_id": "2"}]),
        ("user", [{"user_id": "1", "x": 1}]),
    ]
    assert ("company", [{"company_id": "c", "when": [1]}]) in world.sink.sent
    stats = delivery.stats()
    assert (stats["captured"], stats["sent"]) == (1, 1)
    assert stats["profiles"] == {"captured": 4, "queued": 0, "sent": 4, "dropped": {}}


def test_of_a_batch_with_a_wrong_profile_none_is_taken(world: Any) -> None:
    delivery = world.delivery()
    with pytest.raises(ProfileError, match=r"^item 1: user_id is missing"):
        delivery.put_profiles("user", [{"user_id": "1"}, {}])
    assert delivery.stats()["profiles"]["captured"] == 0


def test_close_delivers_what_is_left_and_then_takes_nothing_more(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    delivery = world.delivery()
    delivery.put("a", 1)
    assert delivery.close(5)
    assert delivery.close(5)
    delivery.put("b", 1)
    delivery.put_profile("user", {"user_id": "u"})
    assert (world.sink.accepted, world.sink.closed) == (["a"], 1)
    stats = delivery.stats()
    assert (stats["captured"], stats["dropped"]) == (2, {"closed": 1})
    assert stats["profiles"]["dropped"] == {"closed": 1}
    assert delivery.flush(5)
    assert lines(caplog) == ["closed: 1 captured, 1 sent, 0 skipped, 0 sampled out, 0 dropped"]


def test_close_gives_up_in_time_and_says_how_many_were_lost(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.sink.answer = lambda *_: Answer(None, "timeout")
    world.lottery = 0.9
    delivery = world.delivery(DeliveryOptions(batch_size=2))
    for _ in range(30):
        delivery.put("a", 1)
    delivery.flush(100)
    begun = world.now
    assert not delivery.close(5)
    assert not delivery.close(5)
    assert world.now == begun + 5
    assert delivery.stats()["dropped"] == {"not delivered before close": 30}
    assert lines(caplog)[-1].endswith(
        "; 30 items were not delivered: 30 not delivered before close"
    )


class TimedLines(logging.Handler):
    """When each line was told."""

    def __init__(self, world: Any) -> None:
        super().__init__()
        self._world = world
        self.times: list[float] = []

    def emit(self, _record: logging.LogRecord) -> None:
        self.times.append(self._world.now)


def test_in_an_hour_of_every_trouble_at_once_there_is_one_line_a_minute(world: Any) -> None:
    lottery = random.Random(1)
    script = [Answer(s) for s in (201, 201, 201, 201, 201, 201, 400, 401, 404, 503)]
    world.sink.answer = lambda *_: lottery.choice([*script, Answer(None, "timeout")])

    def encode(item: str) -> Outcome:
        return Dropped("no") if item == "d" else Encoded(b"1" if item == "e" else 1 / 0)  # type: ignore[arg-type]

    timed = TimedLines(world)
    log = logging.getLogger("moesif_declarative.delivery")
    before = log.level
    log.addHandler(timed)
    log.setLevel(logging.INFO)
    try:
        delivery = world.delivery(DeliveryOptions(batch_size=2, queue_size=20), encode)
        begun = world.now
        while world.now < begun + 3600:
            for item in "edexe" * lottery.choice([1, 1, 1, 10]):
                delivery.put(item, 1)
            delivery.flush(1)
            world.now += 1
    finally:
        log.removeHandler(timed)
        log.setLevel(before)
    assert {"queue full", "encode", "no", "refused with status 400"} <= delivery.stats()[
        "dropped"
    ].keys()
    gaps = [later - earlier for earlier, later in itertools.pairwise(timed.times)]
    assert 40 < len(gaps) <= 60
    assert min(gaps) >= 60
    delivery.close(0)


def test_a_sink_that_fails_to_close_does_not_matter(world: Any) -> None:
    def fail() -> None:
        raise OSError

    world.sink.close = fail
    assert world.delivery().close(1)


def test_the_end_of_the_process_closes_all_within_one_deadline(world: Any) -> None:
    first, second = world.delivery(), world.delivery()
    first.put("a", 1)
    second.put("b", 1)
    _at_exit()
    assert sorted(world.sink.accepted) == ["a", "b"]
    assert first.stats()["dropped"] == {}


def test_a_closed_delivery_is_not_kept_alive(world: Any) -> None:
    delivery: Delivery[bytes] = Delivery(
        encode=lambda item: Encoded(item), sink=world.sink, options=DeliveryOptions()
    )
    delivery.put(b"a", 1)
    assert delivery.close(10)
    gone = threading.Event()
    weakref.finalize(delivery, gone.set)
    del delivery
    gc.collect()
    assert gone.wait(10)


def test_a_forked_child_begins_with_nothing(world: Any) -> None:
    delivery = world.delivery()
    delivery.put("a", 1)
    delivery.count("skipped", "health")
    _in_child()
    assert delivery.stats() == EMPTY
    delivery.put("b", 1)
    assert delivery.flush(5)
    assert world.sink.accepted == ["b"]


def test_a_child_of_a_closed_delivery_is_closed(world: Any) -> None:
    delivery = world.delivery()
    delivery.close(1)
    _in_child()
    delivery.put("b", 1)
    assert delivery.stats()["dropped"] == {"closed": 1}


def test_registering_twice_is_registering_once(world: Any) -> None:
    delivery = world.delivery()
    register(delivery)
    delivery.put("a", 1)
    _at_exit()
    assert world.sink.accepted == ["a"]


def test_many_threads_put_and_nothing_is_lost_or_sent_twice(world: Any) -> None:
    delivery: Delivery[str] = Delivery(
        encode=lambda item: Encoded(item.encode()),
        sink=world.sink,
        options=DeliveryOptions(batch_size=10),
    )

    def put_many(name: int) -> None:
        for number in range(300):
            delivery.put(f"{name}-{number}", 10)

    threads = [threading.Thread(target=put_many, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert delivery.close(30)
    assert sorted(world.sink.accepted) == sorted(
        f"{name}-{number}" for name in range(6) for number in range(300)
    )


def test_partial_batches_go_by_themselves_in_time(world: Any) -> None:
    arrived = threading.Event()

    def answer(*_: Any) -> Answer:
        arrived.set()
        return ACCEPTED

    world.sink.answer = answer
    delivery: Delivery[str] = Delivery(
        encode=lambda item: Encoded(item.encode()),
        sink=world.sink,
        options=DeliveryOptions(batch_timeout_s=0.02),
    )
    delivery.put("a", 1)
    assert arrived.wait(10)
    assert delivery.close(10)


def test_a_slow_batch_does_not_stop_another(world: Any) -> None:
    second_arrived = threading.Event()

    def answer(_kind: str, items: list[Any]) -> Answer:
        if items == ["slow"]:
            assert second_arrived.wait(10)
        else:
            second_arrived.set()
        return ACCEPTED

    world.sink.answer = answer
    delivery: Delivery[str] = Delivery(
        encode=lambda item: Encoded(item.encode()),
        sink=world.sink,
        options=DeliveryOptions(batch_size=1),
    )
    delivery.put("slow", 1)
    delivery.put("quick", 1)
    assert delivery.flush(10)
    assert delivery.close(10)
    assert sorted(world.sink.accepted) == ["quick", "slow"]


def test_a_batch_that_never_ends_does_not_keep_close_waiting(world: Any) -> None:
    release = threading.Event()

    def answer(*_: Any) -> Answer:
        release.wait()
        return ACCEPTED

    world.sink.answer = answer
    delivery: Delivery[str] = Delivery(
        encode=lambda item: Encoded(item.encode()), sink=world.sink, options=DeliveryOptions()
    )
    delivery.put("a", 1)
    assert not delivery.close(0.05)
    release.set()
    assert delivery.stats()["dropped"] == {"not delivered before close": 1}
