from __future__ import annotations

from dataclasses import dataclass

import pytest

from moesif_declarative.delivery.ledger import Ledger
from moesif_declarative.delivery.options import DeliveryOptions


@dataclass(frozen=True)
class Case:
    id: str
    options: DeliveryOptions
    sizes: list[int]
    kept: list[int]


CASES = [
    Case("all_fit", DeliveryOptions(queue_size=3, queue_bytes=30), [10, 10, 10], [10, 10, 10]),
    Case("the_oldest_goes", DeliveryOptions(queue_size=2), [1, 2, 3], [2, 3]),
    Case(
        "the_newest_goes", DeliveryOptions(queue_size=2, overflow="drop_newest"), [1, 2, 3], [1, 2]
    ),
    Case(
        "the_oldest_go_until_the_bytes_fit",
        DeliveryOptions(queue_bytes=30),
        [10, 10, 10, 15],
        [10, 15],
    ),
    Case(
        "the_newest_goes_for_its_bytes",
        DeliveryOptions(queue_bytes=30, overflow="drop_newest"),
        [10, 10, 15, 5],
        [10, 10, 5],
    ),
    Case(
        "one_larger_than_the_queue_drives_none_out", DeliveryOptions(queue_bytes=30), [10, 31], [10]
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_overflow_drops_what_it_says(case: Case) -> None:
    ledger: Ledger[str] = Ledger(case.options)
    for size in case.sizes:
        ledger.put("event", size, 0.0, "x")
    lost = len(case.sizes) - len(case.kept)
    assert ledger.held_bytes == sum(case.kept)
    assert dict(ledger.events.dropped) == ({"queue full": lost} if lost else {})
    assert [entry.size for entry in ledger.take("event", 99, 999)] == case.kept


def test_what_is_in_flight_is_not_dropped_for_newcomers() -> None:
    ledger: Ledger[str] = Ledger(DeliveryOptions(queue_size=2))
    ledger.put("event", 1, 0.0, "x")
    ledger.put("event", 2, 0.0, "x")
    taken = ledger.take("event", 1, 99)
    ledger.put("event", 3, 0.0, "x")
    assert (ledger.held, ledger.events.dropped["queue full"], taken[0].final) == (2, 1, False)
    taken += ledger.take("event", 9, 99)
    ledger.put("event", 4, 0.0, "x")
    assert ledger.events.dropped["queue full"] == 2
    assert [entry.size for entry in taken] == [1, 3]


def test_a_payload_larger_than_its_estimate_drives_out_what_waits() -> None:
    ledger: Ledger[str] = Ledger(DeliveryOptions(queue_bytes=100))
    for _ in range(4):
        ledger.put("event", 20, 0.0, "x")
    entry = ledger.take("event", 1, 99)[0]
    ledger.encoded(entry, b"x" * 60)
    assert (ledger.held, ledger.held_bytes) == (3, 100)
    ledger.encoded(entry, b"x" * 90)
    assert (ledger.held, ledger.held_bytes) == (1, 90)


def test_events_are_dropped_before_profiles() -> None:
    ledger: Ledger[str] = Ledger(DeliveryOptions(queue_size=2))
    ledger.put("user", 1, 0.0, {})
    ledger.put("event", 1, 0.0, "x")
    ledger.put("user", 1, 0.0, {})
    assert (ledger.events.dropped.total(), ledger.profiles.dropped.total()) == (1, 0)
    ledger.put("company", 1, 0.0, {})
    assert (ledger.waiting("user"), ledger.waiting("company")) == (1, 1)
    assert dict(ledger.profiles.dropped) == {"queue full": 1}


def test_an_entry_is_settled_once() -> None:
    ledger: Ledger[str] = Ledger(DeliveryOptions())
    ledger.put("event", 5, 0.0, "x")
    ledger.put("event", 5, 0.0, "x")
    entry = ledger.take("event", 1, 99)[0]
    assert ledger.abandon("gone") == 2
    ledger.settle([entry], "sent")
    assert (ledger.events.sent, ledger.events.dropped["gone"]) == (0, 2)
    assert (ledger.held, ledger.held_bytes) == (0, 0)
    assert not ledger.holds_up_to(99)
