"""What is to be done next, and what follows from what was done; no threads, network or disk.

Flows in: what was put, the outcomes of encoding, the decisions on answers, the time. Flows out:
the next job, or how long there is none.

Several batches may be in flight, so that one slow request does not stop the others. Of each kind
of profile one batch is in flight: an update never overtakes an earlier one. The worker guards a
`Schedule` with its lock.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

from moesif_declarative.delivery.backlog import Backlog
from moesif_declarative.delivery.batching import halves
from moesif_declarative.delivery.entry import Batch, Entry, Stored
from moesif_declarative.delivery.gate import Gate
from moesif_declarative.delivery.haste import Haste
from moesif_declarative.delivery.job import Adopt, Encode, Job, Send, Store, Tell
from moesif_declarative.delivery.ledger import Ledger
from moesif_declarative.delivery.notices import Notices
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Outcome
from moesif_declarative.delivery.packing import SPOOL_AGAIN_S, Packing
from moesif_declarative.delivery.policy import Decision, Done, Drop, Hold, Retry, Split
from moesif_declarative.delivery.shelf import Written
from moesif_declarative.delivery.spool_left import Left
from moesif_declarative.delivery.tally import End

T = TypeVar("T")

HURRY_S = 0.5
"""The longest wait of our own choice while someone waits for the delivery."""

ADOPT_EVERY_S = 60.0
"""How often to look for what a process that has died left in the spool."""

SPOOL_FULL = "spool full"
UNREADABLE = "unreadable in the spool"
HALF_WRITTEN = "half-written when a process was killed"


class Schedule(Generic[T]):
    """Everything that is not final, and in which order it is worked on.

    Args:
        options: Sizes, bounds and times.

    Attributes:
        ledger: What is held, and the counts.
        notices: What the log should say.
        backlog: The batches.
        haste: What is in a hurry.
        retried: How often an event was sent again.
        unspooled: How often an event was to be written to the spool and could not be.
        batches_sent: Batches that arrived.
        bytes_sent: JSON bytes that arrived, before compression.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._gate = Gate(options.in_flight)
        self._adopting = False
        self._adopt_at = 0.0 if options.spool_dir is not None else math.inf
        self.ledger: Ledger[T] = Ledger(options)
        self.notices = Notices()
        self.backlog: Backlog[T] = Backlog(options.in_flight)
        self.haste = Haste()
        self._packing: Packing[T] = Packing(options, self.ledger, self.backlog, self.haste)
        self.retried = 0
        self.unspooled = 0
        self.batches_sent = 0
        self.bytes_sent = 0

    @property
    def failures(self) -> int:
        """How often in a row the collector has failed beyond one failure of each in flight."""
        return max(self._gate.failures - self._gate.patience, 0)

    @property
    def unfinished(self) -> int:
        """How much is not final: in memory, or in the spool and known here."""
        ledger = self.ledger
        return ledger.held + ledger.events.spooled + ledger.recovered.spooled

    def close(self) -> None:
        """Take nothing more, and let everything go as soon as it can."""
        self.haste.closing = True
        with self.ledger.lock:
            self.ledger.closed = True

    def next_job(self, now: float) -> Job[T] | None:
        """Take the next job; whoever takes it reports back when it is done."""
        while True:
            waiting = self.ledger.waiting("event")
            job = self._pick(now)
            # Without a job, a put has to wake someone: unless one came while we looked.
            if job is not None or self._packing.arm(waiting, now):
                return job

    def pause_s(self, now: float) -> float:
        """How long there is no job, if nothing happens meanwhile; infinity for always."""
        times = [self.notices.due_at(self.ledger.unsaid)]
        if self._may_adopt():
            times.append(self._adopt_at)
        if not self._gate.probing:
            gate = self._gate.until if self._gate.closed else now
            times += [max(due, gate) for due in self.backlog.dues()]
        times += self._packing.dues(now)
        # What is overdue and yet no job waits for another to end, which wakes whoever sleeps.
        return min((time - now for time in times if time > now), default=math.inf)

    def encoded(self, outcomes: list[tuple[Entry[T], Outcome]]) -> None:
        """Take in what encoding gave."""
        self._packing.encoded(outcomes)

    def adopted(self, left: Left, now: float) -> None:
        """Take in what an earlier run, or a process that has died, left."""
        self._adopting = False
        self._adopt_at = now + ADOPT_EVERY_S
        self.ledger.recover(left.unfinished)
        self.ledger.settle_spooled(left.unfinished, "dropped", HALF_WRITTEN, recovered=True)
        for stored in left.batches:
            stored.put_at = now
            self.ledger.recover(stored.left)
        self.backlog.recovered(Batch("event", [], now, stored=stored) for stored in left.batches)

    def wrote(self, batch: Batch[T], written: Written, now: float) -> tuple[Stored | None, bool]:
        """Take in what became of writing a batch to the spool.

        A batch that does not fit drives out the oldest one, or is dropped itself, as `OVERFLOW`
        says; one that cannot be written stays in memory, as if there were no spool.

        Returns:
            A file that is to be removed, if any, and whether to try to write the batch again.
        """
        if written == "full" and self._options.overflow == "drop_oldest":
            victim = self.backlog.take_oldest_stored()
            if victim is not None:
                return self._settle(victim, "dropped", SPOOL_FULL), True
        self._packing.written()
        if isinstance(written, Stored):
            if not self.ledger.spool(batch.entries):
                return written, False  # abandoned meanwhile, and counted
            written.number, written.put_at = batch.first, batch.entries[0].put_at
            batch.stored = written
            self.backlog.add(batch)
        elif written == "full" and self._options.overflow == "drop_newest":
            self.ledger.settle(batch.entries, "dropped", SPOOL_FULL)
        elif not batch.entries[0].final:
            self.unspooled += batch.count
            self._packing.spare_the_disk(now)
            self.backlog.add(batch)
        return None, False

    def not_read(self, send: Send[T], now: float, *, for_ever: bool) -> None:
        """Take in that a batch to be sent cannot be read from the spool, now or ever."""
        self._gate.gave_up(probe=send.probe)
        batch = send.batch
        batch.sending = False
        if self.backlog.holds(batch) and for_ever:
            self._settle(batch, "dropped", UNREADABLE)
        elif self.backlog.holds(batch):
            batch.due, batch.asked = now + SPOOL_AGAIN_S, True
            self.backlog.rest(batch)

    def decided(self, send: Send[T], decision: Decision, now: float) -> Stored | None:
        """Take in what was decided on a batch that was sent.

        Returns:
            The batch's file in the spool, if nothing in it is wanted any more.
        """
        batch = send.batch
        if self.haste.reaches(batch.first) and isinstance(decision, Retry) and not decision.asked:
            decision = Retry(min(decision.after_s, HURRY_S))
        self._gate.answered(decision, now, probe=send.probe)
        if not self.backlog.holds(batch):
            return None  # abandoned while it was being sent
        batch.sending = False
        match decision:
            case Done():
                self.batches_sent += 1
                self.bytes_sent += sum(entry.size for entry in batch.entries)
                return self._settle(batch, "sent")
            case Retry(after_s, asked):
                batch.due, batch.asked = now + after_s, asked
                if batch.kind == "event":
                    self.backlog.rest(batch)
                    if batch.stored is None:
                        self.ledger.rest(batch.entries)
            case Hold():
                batch.due = now  # the gate holds it back
            case Split() if batch.count > 1:
                self.backlog.split(batch, halves(batch, now))
            case Split(reason) | Drop(reason):
                return self._settle(batch, "dropped", reason)
        return None

    def hasten(self, now: float) -> None:
        """Cut short the waits that are our own choice."""
        self._gate.hasten(now)
        self.backlog.hasten(now)

    def may_spool(self, now: float) -> bool:
        """Whether batches go to the disk at present."""
        return self._packing.may_spool(now)

    def waits_in_vain(self) -> bool:
        """Whether the collector takes nothing at present, for whatever reason."""
        return self._gate.closed

    def held_back(self, now: float) -> bool:
        """Whether the collector refuses everything, and did so when it was asked last."""
        return self._gate.holds(now)

    def holds_up_to(self, number: int) -> bool:
        """Whether anything put up to this number is not final."""
        return self.ledger.holds_up_to(number) or self.backlog.stores_up_to(number)

    def abandon(self, reason: str) -> int:
        """Drop everything in memory; what is in the spool stays there.

        Returns:
            How many items that were dropped.
        """
        self._packing.clear()
        self.backlog.clear()
        return self.ledger.abandon(reason)

    def _pick(self, now: float) -> Job[T] | None:
        lines = self.notices.due(now, self.ledger.unsaid)
        if lines:
            return Tell(lines)
        if now >= self._adopt_at and self._may_adopt():
            self._adopting = True
            return Adopt()
        self._packing.form_batches(now)
        unwritten = self._packing.to_write()
        if unwritten is not None:
            return Store(unwritten)
        batch = self._due_batch(now)
        if batch is not None:
            batch.sending = True
            batch.attempt += 1
            self.retried += batch.count if batch.attempt > 1 else 0
            return Send(batch, self._gate.sent())
        entries = self._packing.to_encode(now)
        return Encode(entries) if entries else None

    def _may_adopt(self) -> bool:
        # A program that has but little to do, and ends, sends what an earlier run left, too.
        first = not self._adopt_at
        return not self._adopting and (first or not self.haste.closing)

    def _due_batch(self, now: float) -> Batch[T] | None:
        while self._gate.admits(now):
            batch = self.backlog.next(now, failing=self._gate.failing)
            if batch is None:
                return None
            if batch.kind != "event" or batch.stored is not None:
                return batch
            batch.entries = self.ledger.claim(batch.entries)
            if batch.entries:
                return batch
            self.backlog.remove(batch)  # overflow took all of it while it rested
        return None

    def _settle(self, batch: Batch[T], end: End, reason: str = "") -> Stored | None:
        self.backlog.remove(batch)
        stored = batch.stored
        if stored is None:
            self.ledger.settle(batch.entries, end, reason)
            return None
        count = batch.count
        self.ledger.settle_spooled(count, end, reason, recovered=stored.recovered)
        stored.left -= count
        return None if stored.left else stored
