from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from moesif_declarative.delivery.entry import Batch, Entry, Stored
from moesif_declarative.delivery.job import Adopt, Encode, Job, Send, Store, Tell
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import (
    Dropped,
    Encoded,
    Outcome,
    SampledOut,
    Skipped,
)
from moesif_declarative.delivery.policy import Decision, Done, Drop, Hold, Retry, Split
from moesif_declarative.delivery.schedule import Schedule
from moesif_declarative.delivery.shelf import Written
from moesif_declarative.delivery.spool_left import Left
from moesif_declarative.delivery.stats import snapshot

OPTIONS = DeliveryOptions(batch_size=3, batch_timeout_s=2.0, in_flight=2)


def as_it_is(item: str) -> Outcome:
    return Encoded(item.encode())


def put(schedule: Schedule[str], items: str, now: float = 0.0) -> None:
    for item in items:
        schedule.ledger.put("event", 1, now, item)


def next_send(
    schedule: Schedule[str], now: float, encode: Callable[[str], Outcome] = as_it_is
) -> Send[str] | None:
    """Do what there is to encode, until there is something to send or nothing."""
    while isinstance(job := schedule.next_job(now), Encode | Tell):
        if isinstance(job, Encode):
            schedule.encoded([(entry, encode(entry.item or "")) for entry in job.entries])
    assert isinstance(job, Send | None)
    return job


def sends(schedule: Schedule[str], now: float) -> list[str]:
    """Take all batches that go at a time, and answer each with success."""
    found = []
    while (send := next_send(schedule, now)) is not None:
        found.append(text(send))
        schedule.decided(send, Done(), now)
    return found


def text(send: Send[str] | None) -> str:
    assert send is not None
    if send.batch.kind == "event":
        return b"".join(entry.payload for entry in send.batch.entries).decode()
    return "".join(str((entry.document or {})["id"]) for entry in send.batch.entries)


def profile(schedule: Schedule[str], name: str, kind: Any = "user", now: float = 0.0) -> None:
    schedule.ledger.put(kind, 1, now, {"id": name})


def test_full_batches_go_at_once_and_the_rest_when_it_is_old() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdefgh")
    assert sends(schedule, 0.0) == ["abc", "def"]
    assert schedule.pause_s(0.0) == 2.0
    assert sends(schedule, 1.9) == []
    assert sends(schedule, 2.0) == ["gh"]
    assert schedule.pause_s(2.0) == math.inf


def test_the_age_that_counts_is_that_of_the_oldest() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "a", now=0.0)
    put(schedule, "b", now=1.5)
    assert sends(schedule, 2.0) == ["ab"]


def test_a_batch_is_filled_up_where_events_are_skipped() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "aXXbXXcXd")
    skip = lambda item: Skipped("x") if item == "X" else as_it_is(item)  # noqa: E731
    assert text(next_send(schedule, 0.0, skip)) == "abc"
    assert next_send(schedule, 0.0, skip) is None
    assert text(next_send(schedule, 2.0, skip)) == "d"
    assert schedule.ledger.events.skipped == {"x": 5}


def test_only_one_lane_encodes_at_a_time() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdef")
    first = schedule.next_job(0.0)
    assert isinstance(first, Encode)
    assert schedule.next_job(0.0) is None
    assert schedule.pause_s(0.0) == math.inf


def test_a_slow_batch_does_not_stop_the_others_up_to_a_small_number() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdefghi")
    slow, second = next_send(schedule, 0.0), next_send(schedule, 0.0)
    assert (text(slow), text(second)) == ("abc", "def")
    assert next_send(schedule, 0.0) is None
    assert second is not None
    schedule.decided(second, Done(), 0.0)
    assert text(next_send(schedule, 0.0)) == "ghi"


def test_a_batch_is_sent_again_when_its_wait_is_over() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abc")
    send = next_send(schedule, 0.0)
    assert send is not None
    schedule.decided(send, Retry(5.0), 1.0)
    assert next_send(schedule, 5.9) is None
    assert schedule.pause_s(5.0) == 1.0
    again = next_send(schedule, 6.0)
    assert again is not None
    assert (text(again), again.batch.attempt, schedule.retried) == ("abc", 2, 3)


def test_hastening_cuts_our_own_waits_short_and_not_those_that_were_asked_for() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdef")
    ours, asked = next_send(schedule, 0.0), next_send(schedule, 0.0)
    assert ours is not None
    assert asked is not None
    schedule.decided(ours, Retry(30.0), 0.0)
    schedule.hasten(1.0)
    assert sends(schedule, 1.0) == ["abc"]
    schedule.decided(asked, Retry(30.0, asked=True), 1.0)
    schedule.hasten(2.0)
    assert sends(schedule, 2.0) == []
    assert sends(schedule, 31.0) == ["def"]


def test_while_someone_waits_our_own_waits_are_short() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "a")
    schedule.haste.marks.append(schedule.ledger.last_number)
    put(schedule, "b")
    send = next_send(schedule, 0.0)
    assert send is not None
    schedule.decided(send, Retry(30.0), 0.0)
    assert schedule.pause_s(0.0) == 0.5


def test_a_wait_that_the_collector_asks_for_stops_all_until_a_probe_succeeds() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdefghi")
    send = next_send(schedule, 0.0)
    assert send is not None
    schedule.decided(send, Retry(7.0, asked=True), 0.0)
    assert next_send(schedule, 6.9) is None
    assert schedule.pause_s(6.0) == 1.0
    probe = next_send(schedule, 7.0)
    assert text(probe) == "abc"
    assert next_send(schedule, 7.0) is None
    assert probe is not None
    schedule.decided(probe, Done(), 7.0)
    assert sends(schedule, 7.0) == ["def", "ghi"]


def test_a_refused_id_keeps_everything_and_is_tried_slowly() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdef")
    send = next_send(schedule, 0.0)
    assert send is not None
    schedule.decided(send, Hold(30.0), 0.0)
    assert schedule.held_back(0.0)
    assert next_send(schedule, 29.9) is None
    schedule.hasten(10.0)
    probe = next_send(schedule, 10.0)
    assert probe is not None
    assert not schedule.held_back(10.0)
    schedule.decided(probe, Hold(30.0), 10.0)
    assert next_send(schedule, 39.9) is None
    assert sends(schedule, 40.0) == ["abc", "def"]
    assert schedule.ledger.events.dropped == {}


def test_a_success_that_was_on_its_way_does_not_end_a_wait_that_was_asked_for() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdef")
    first, second = next_send(schedule, 0.0), next_send(schedule, 0.0)
    assert first is not None
    assert second is not None
    schedule.decided(first, Retry(7.0, asked=True), 0.0)
    schedule.decided(second, Done(), 1.0)
    assert next_send(schedule, 6.0) is None
    assert sends(schedule, 7.0) == ["abc"]


def test_halving_finds_the_guilty_and_delivers_the_rest_in_order() -> None:
    schedule: Schedule[str] = Schedule(DeliveryOptions(batch_size=8))
    put(schedule, "abcdXfgh")
    delivered = []
    while (send := next_send(schedule, 0.0)) is not None:
        guilty = "X" in text(send)
        schedule.decided(send, Split("refused") if guilty else Done(), 0.0)
        delivered += [] if guilty else [text(send)]
    assert delivered == ["abcd", "f", "gh"]
    assert schedule.ledger.events.dropped == {"refused": 1}


def test_profiles_of_a_kind_never_overtake_each_other() -> None:
    schedule: Schedule[str] = Schedule(DeliveryOptions(batch_size=2))
    for name in "abcde":
        profile(schedule, name)
    profile(schedule, "z", "company")
    first = next_send(schedule, 0.0)
    assert text(first) == "ab"
    assert next_send(schedule, 0.0) is None
    other = next_send(schedule, 2.0)
    assert text(other) == "z"
    assert first is not None
    schedule.decided(first, Split("refused"), 2.0)
    half = next_send(schedule, 2.0)
    assert text(half) == "a"
    assert next_send(schedule, 2.0) is None
    assert half is not None
    schedule.decided(half, Retry(5.0), 2.0)
    assert next_send(schedule, 3.0) is None
    assert sends(schedule, 7.0) == ["a", "b", "cd", "e"]


def test_abandoning_counts_everything_and_late_answers_change_nothing() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdefgh")
    send = next_send(schedule, 0.0)
    encoding = schedule.next_job(0.0)
    assert isinstance(encoding, Encode)
    assert send is not None
    assert schedule.abandon("gone") == 8
    schedule.decided(send, Done(), 1.0)
    schedule.encoded([(entry, as_it_is("x")) for entry in encoding.entries])
    assert schedule.ledger.events.dropped == {"gone": 8}
    assert (schedule.ledger.events.sent, schedule.ledger.held) == (0, 0)


def test_the_first_put_and_a_full_batch_are_reasons_to_wake_someone() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    woken = []
    for item in "abcd":
        woken.append(schedule.ledger.put("event", 1, 0.0, item))
        if item != "c":
            assert schedule.next_job(0.0) is None or item == "d"
    assert woken == [True, False, True, False]


def test_a_put_wakes_nobody_while_nothing_can_be_done() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdef")
    assert next_send(schedule, 0.0) is not None
    assert next_send(schedule, 0.0) is not None
    assert next_send(schedule, 0.0) is None
    assert not any(schedule.ledger.put("event", 1, 0.0, item) for item in "ghijkl")


def test_batches_that_always_fail_do_not_keep_the_others_from_the_collector() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "".join(f"{letter}X{letter}" for letter in "abcdef"))
    put(schedule, "ghijklmno")
    now, delivered = 0.0, ""
    while len(delivered) < 9 and now < 100.0:
        send = next_send(schedule, now)
        if send is None:
            now += schedule.pause_s(now)
            continue
        poisoned = "X" in text(send)
        delivered += "" if poisoned else text(send)
        schedule.decided(send, Retry(1.0) if poisoned else Done(), now)
    assert delivered == "ghijklmno"
    assert schedule.ledger.held == 18


def test_while_all_fail_only_one_batch_goes_at_a_time_and_each_in_its_turn() -> None:
    schedule: Schedule[str] = Schedule(OPTIONS)
    put(schedule, "abcdefghijkl")
    now = 0.0
    tried: list[str] = []
    while len(tried) < 5:
        send = next_send(schedule, now)
        if send is None:
            now += schedule.pause_s(now)
        else:
            tried.append(text(send))
            schedule.decided(send, Retry(1.0), now)
    assert tried == ["abc", "def", "ghi", "jkl", "abc"]
    assert now == 3.0


def test_overflow_reaches_what_waits_for_another_try_and_it_goes_without_it() -> None:
    schedule: Schedule[str] = Schedule(DeliveryOptions(batch_size=3, queue_size=4))
    put(schedule, "abc")
    send = next_send(schedule, 0.0)
    assert send is not None
    put(schedule, "d")
    put(schedule, "e")  # nothing else can go
    schedule.decided(send, Retry(1.0), 0.0)
    put(schedule, "fg")
    assert schedule.ledger.events.dropped == {"queue full": 3}
    assert sends(schedule, 5.0) == ["c", "efg"]


OUTCOMES: list[Outcome] = [
    Encoded(b"1234567890"),
    Encoded(b"x" * 40, "id", lambda: b"x"),
    Skipped("health"),
    SampledOut(),
    Dropped("encode"),
]
DECISIONS: list[Decision] = [
    Done(),
    Retry(1.0),
    Retry(3.0, asked=True),
    Split("refused"),
    Hold(5.0),
    Drop("refused"),
]


class Counting(RuleBasedStateMachine):
    """Whatever happens in whatever order, the counts add up and the bounds hold."""

    spool_dir: str | None = None
    overflow: Literal["drop_oldest", "drop_newest"] = "drop_oldest"

    def __init__(self) -> None:
        super().__init__()
        self.options = DeliveryOptions(
            batch_size=3,
            queue_size=8,
            queue_bytes=200,
            batch_bytes=60,
            in_flight=2,
            spool_dir=self.spool_dir,
            overflow=self.overflow,
        )
        self.schedule: Schedule[str] = Schedule(self.options)
        self.begun: list[Job[str]] = []
        self.files: dict[str, int] = {}
        self.now = 0.0
        self.given = 0
        self.left = 0

    @rule(size=st.integers(0, 250))
    def put(self, size: int) -> None:
        self.given += 1
        self.schedule.ledger.put("event", size, self.now, "x")

    @rule(kind=st.sampled_from(["user", "company"]))
    def put_profile(self, kind: Any) -> None:
        self.schedule.ledger.put(kind, 10, self.now, {})

    @rule(end=st.sampled_from(["skipped", "sampled_out", "dropped"]))
    def count(self, end: Any) -> None:
        self.given += 1
        self.schedule.ledger.count("event", end, "rule")

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take_a_job(self) -> None:
        job = self.schedule.next_job(self.now)
        if job is None:
            assert self.schedule.pause_s(self.now) > 0
        elif not isinstance(job, Tell):
            self.begun.append(job)

    @rule(data=st.data())
    def finish_a_job(self, data: st.DataObject) -> None:
        if not self.begun:
            return
        job = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        match job:
            case Encode(entries):
                outcome = st.sampled_from(OUTCOMES)
                self.schedule.encoded([(entry, data.draw(outcome)) for entry in entries])
            case Adopt():
                counts = data.draw(st.lists(st.integers(1, 3), max_size=3))
                lost = data.draw(st.integers(0, 3))
                self.left += sum(counts) + lost
                left = Left([self.file(count, left=True) for count in counts], lost)
                self.schedule.adopted(left, self.now)
            case Store(batch):
                trouble: Written | None = data.draw(st.sampled_from(["full", "failed", None]))
                self.wrote(batch, trouble or self.file(batch.count))
            case Send(batch):
                self.load(job)
                decision = data.draw(st.sampled_from([*DECISIONS, None, "gone"]))
                if decision is None or isinstance(decision, str):
                    if batch.stored is not None and not batch.pinned:
                        self.schedule.not_read(job, self.now, for_ever=decision is not None)
                        return
                    decision = Done()
                self.remove(self.schedule.decided(job, decision, self.now))

    @rule()
    def hasten(self) -> None:
        self.schedule.hasten(self.now)

    @rule()
    def abandon(self) -> None:
        self.schedule.abandon("closed")

    def file(self, count: int, *, left: bool = False) -> Stored:
        name = f"file {len(self.files)}"
        self.files[name] = count
        return Stored(name, 10, count, count, recovered=left)

    def wrote(self, batch: Batch[str], written: Written) -> None:
        unwanted, again = self.schedule.wrote(batch, written, self.now)
        self.remove(unwanted)
        if again:
            self.wrote(batch, self.file(batch.count))

    def remove(self, stored: Stored | None) -> None:
        if stored is not None:
            assert self.files.pop(stored.name) == stored.count
            self.files[f"{stored.name} is gone"] = 0

    def load(self, send: Send[str]) -> None:
        batch = send.batch
        if batch.stored is not None and not batch.entries:
            entry: Entry[str] = Entry("event", batch.first, 0.0, 10, payload=b"0123456789")
            batch.entries = [entry for _ in range(batch.stored.count)]

    @invariant()
    def the_counts_add_up(self) -> None:
        stats = snapshot(self.schedule, self.now, None)
        assert stats["captured"] == self.given
        assert stats["captured"] == (
            stats["skipped"]
            + stats["sampled_out"]
            + stats["queued"]
            + stats["spooled"]
            + stats["sent"]
            + sum(stats["dropped"].values())
        )
        profiles, recovered = stats["profiles"], stats["recovered"]
        assert profiles["captured"] == (
            profiles["queued"] + profiles["sent"] + sum(profiles["dropped"].values())
        )
        assert recovered["found"] == self.left
        assert recovered["found"] == (
            recovered["spooled"] + recovered["sent"] + sum(recovered["dropped"].values())
        )
        held = (stats["queued"], stats["spooled"], profiles["queued"], recovered["spooled"])
        assert min(held) >= 0

    @invariant()
    def the_bounds_hold(self) -> None:
        ledger = self.schedule.ledger
        assert ledger.held <= self.options.queue_size
        # What is encoded may turn out larger than it was put down for: then nothing else is held.
        assert ledger.held_bytes <= self.options.queue_bytes or ledger.waiting("event") == 0
        taken = [len(job.entries) for job in self.begun if isinstance(job, Encode)]
        assert sum(taken) <= self.options.batch_size
        living = [job for job in self.begun if isinstance(job, Send) and job.batch.sending]
        held = [job for job in living if self.schedule.backlog.holds(job.batch)]
        assert len(held) <= self.options.in_flight

    def teardown(self) -> None:
        """In the end everything becomes final, however tangled: nothing is ever stuck."""
        for job in self.begun:
            self.finish(job, Retry(1.0))
        for _ in range(1000):
            if not self.schedule.ledger.held and not self.schedule.backlog.count:
                return
            job_or_none = self.schedule.next_job(self.now)
            if job_or_none is None:
                pause_s = self.schedule.pause_s(self.now)
                assert pause_s < math.inf
                self.now += pause_s
            else:
                self.finish(job_or_none, Done())
        raise AssertionError("what is held is never sent")

    def finish(self, job: Job[str], decision: Decision) -> None:
        match job:
            case Encode(entries):
                self.schedule.encoded([(entry, OUTCOMES[0]) for entry in entries])
            case Adopt():
                self.schedule.adopted(Left(), self.now)
            case Store(batch):
                self.wrote(batch, self.file(batch.count))
            case Send():
                self.load(job)
                self.remove(self.schedule.decided(job, decision, self.now))


class CountingWithASpool(Counting):
    spool_dir = "somewhere"


class CountingWithASpoolThatKeepsTheOldest(Counting):
    spool_dir = "somewhere"
    overflow = "drop_newest"


SETTINGS = settings(max_examples=60, stateful_step_count=40, deadline=None)
Counting.TestCase.settings = SETTINGS
CountingWithASpool.TestCase.settings = SETTINGS
CountingWithASpoolThatKeepsTheOldest.TestCase.settings = SETTINGS
TestCounting = Counting.TestCase
TestCountingWithASpool = CountingWithASpool.TestCase
TestCountingWithASpoolThatKeepsTheOldest = CountingWithASpoolThatKeepsTheOldest.TestCase
