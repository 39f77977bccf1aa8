from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from moesif_declarative.delivery.batching import cut, enough, halves
from moesif_declarative.delivery.entry import Batch, Entry
from moesif_declarative.delivery.options import DeliveryOptions

OPTIONS = DeliveryOptions(batch_size=3, batch_bytes=100)


@dataclass(frozen=True)
class Case:
    id: str
    sizes: list[int]
    batches: list[list[int]]
    rest: list[int] = field(default_factory=list)
    partial: bool = False


CASES = [
    Case("nothing_gives_nothing", [], [], partial=True),
    Case("too_few_wait", [1, 2], [], [1, 2]),
    Case("a_full_batch_goes", [1, 2, 3], [[1, 2, 3]]),
    Case("what_is_over_waits", [1, 2, 3, 4], [[1, 2, 3]], [4]),
    Case(
        "a_partial_batch_goes_when_its_time_is_over", [1, 2, 3, 4], [[1, 2, 3], [4]], partial=True
    ),
    Case("bytes_end_a_batch", [60, 60, 60], [[60], [60]], [60]),
    Case("one_that_is_too_large_goes_alone", [1, 500, 1], [[1], [500]], [1]),
    Case("exactly_as_many_bytes_as_fit_go_together", [50, 50, 1], [[50, 50]], [1]),
]


def entries(sizes: list[int]) -> list[Entry[str]]:
    return [Entry("event", number, 0.0, size) for number, size in enumerate(sizes)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_entries_are_cut_into_batches(case: Case) -> None:
    batches, rest = cut(entries(case.sizes), OPTIONS, partial=case.partial)
    assert [[entry.size for entry in batch] for batch in batches] == case.batches
    assert [entry.size for entry in rest] == case.rest


def test_enough_is_a_batch_by_count_or_bytes() -> None:
    assert [enough(2, 99, OPTIONS), enough(3, 0, OPTIONS), enough(1, 100, OPTIONS)] == [
        False,
        True,
        True,
    ]


def test_a_queue_smaller_than_a_batch_is_enough_when_full() -> None:
    options = DeliveryOptions(batch_size=25, queue_size=2, queue_bytes=50)
    assert [enough(1, 24, options), enough(2, 0, options), enough(1, 25, options)] == [
        False,
        True,
        True,
    ]


def test_halves_keep_the_order_and_the_attempts() -> None:
    batch = Batch("event", entries([1, 2, 3]), 0.0, attempt=2)
    first, second = halves(batch, 7.0)
    assert [entry.size for entry in first.entries + second.entries] == [1, 2, 3]
    assert (first.due, second.due, first.attempt, second.attempt) == (7.0, 7.0, 2, 2)
