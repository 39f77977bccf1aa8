"""The counts of an application and its helpers add up, whatever happens in whatever order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from moesif_declarative.process.books import DIED, LEFT_IN_SPOOL, Books
from moesif_declarative.process.counts import add


def told(
    captured: int = 0, sent: int = 0, spooled: int = 0, dropped: dict[str, int] | None = None
) -> dict[str, Any]:
    lost = dropped or {}
    return {
        "captured": captured,
        "skipped": 0,
        "sampled_out": 0,
        "queued": captured - sent - spooled - sum(lost.values()),
        "spooled": spooled,
        "sent": sent,
        "dropped": lost,
        "in_flight": 0,
        "queued_bytes": 0,
        "oldest_age_s": 1.5,
        "last_error": None,
    }


def adds_up(stats: dict[str, Any]) -> bool:
    names = ("skipped", "sampled_out", "queued", "spooled", "sent")
    final = sum(stats.get(name, 0) for name in names)
    return bool(stats["captured"] == final + sum(stats["dropped"].values()))


class Account(RuleBasedStateMachine):
    """One application, helpers that take, tell and die."""

    @initialize()
    def begin(self) -> None:
        self.books = Books()
        self.put = self.taken = 0
        self.helper = told()
        self.lost_here = 0

    @rule(count=st.integers(1, 50))
    def put_some(self, count: int) -> None:
        self.books.held += count
        self.put += count

    @rule()
    def write_all(self) -> None:
        before = self.taken
        self.taken = before + self._unwritten()

    def _unwritten(self) -> int:
        told_of: int = self.helper["captured"]
        return self.books.held - (self.taken - told_of)

    @precondition(lambda self: self._unwritten() > 0)
    @rule()
    def lose_one_here(self) -> None:
        self.books.lose("queue full")
        self.lost_here += 1

    @rule(data=st.data())
    def tell(self, data: st.DataObject) -> None:
        captured = data.draw(st.integers(self.helper["captured"], self.taken))
        sent = data.draw(st.integers(self.helper["sent"], captured))
        spooled = data.draw(st.integers(0, captured - sent))
        self.helper = told(captured, sent, spooled)
        self.books.hear(self.helper)

    @rule()
    def die(self) -> None:
        before = self.books.stats(0).get("sent", 0)
        self.books.bury(self.taken)
        stats = self.books.stats(0)
        assert stats.get("sent", 0) == before
        assert stats.get("spooled", 0) == 0
        self.taken, self.helper = 0, told()

    @invariant()
    def counts_add_up(self) -> None:
        stats = self.books.stats(7)
        assert adds_up(stats)
        assert stats["captured"] == self.put
        assert stats["dropped"].get("queue full", 0) == self.lost_here


TestAccount = Account.TestCase


def test_what_a_dead_helper_held_is_lost_by_reason_and_what_it_sent_stays_sent() -> None:
    books = Books()
    books.held = 100
    books.hear(told(captured=80, sent=50, spooled=10, dropped={"encode": 5}))
    books.bury(taken=90)
    stats = books.stats(0)
    assert (stats["captured"], stats["sent"], stats["queued"], stats["spooled"]) == (100, 50, 10, 0)
    assert stats["dropped"] == {"encode": 5, DIED: 10 + 15, LEFT_IN_SPOOL: 10}


counts = st.fixed_dictionaries(
    {"sent": st.integers(0, 9), "oldest_age_s": st.floats(0, 9), "last_error": st.none()},
    optional={"dropped": st.dictionaries(st.sampled_from("abc"), st.integers(1, 9))},
)


@given(counts, counts)
def test_adding_is_the_same_both_ways(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert add(first, second) == add(second, first)
