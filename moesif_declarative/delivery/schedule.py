"""What is to be done next, and what follows from what was done; no threads, network or disk.

Flows in: what was put, the outcomes of encoding, the decisions on answers, the time. Flows out:
the next job, or how long there is none.

Only one batch of events is encoded at a time, so that events keep their order and the callable
that builds them never runs twice at once; several batches may be in flight, so that one slow
request does not stop the others. Of each kind of profile one batch is in flight: an update never
overtakes an earlier one. The worker guards a `Schedule` with its lock.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

from moesif_declarative.delivery.backlog import Backlog
from moesif_declarative.delivery.batching import cut, enough, halves
from moesif_declarative.delivery.entry import PROFILE_KINDS, Batch, Entry, Kind, Stored
from moesif_declarative.delivery.gate import Gate
from moesif_declarative.delivery.job import Adopt, Encode, Job, Send, Store, Tell
from moesif_declarative.delivery.ledger import Ledger
from moesif_declarative.delivery.notices import Notices
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Dropped, Encoded, Outcome, Skipped
from moesif_declarative.delivery.policy import Decision, Done, Drop, Hold, Retry, Split
from moesif_declarative.delivery.shelf import Written
from moesif_declarative.delivery.tally import End

T = TypeVar("T")

HURRY_S = 0.5
"""The longest wait of our own choice while someone waits for the delivery."""

ADOPT_EVERY_S = 60.0
"""How often to look for what a process that has died left in the spool."""

SPOOL_AGAIN_S = 10.0
"""How long batches stay in memory after one could not be written."""

SPOOL_FULL = "spool full"
UNREADABLE = "unreadable in the spool"


class Schedule(Generic[T]):
    """Everything that is not final, and in which order it is worked on.

    Args:
        options: Sizes, bounds and times.

    Attributes:
        ledger: What is held, and the counts.
        notices: What the log should say.
        backlog: The batches.
        marks: The number of the last entry that each waiting `flush` is waiting for.
        retried: How often an event was sent again.
        unspooled: How often an event was to be written to the spool and could not be.
        batches_sent: Batches that arrived.
        bytes_sent: JSON bytes that arrived, before compression.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._gate = Gate(options.in_flight)
        self._packed: list[Entry[T]] = []
        self._encoding = False
        self._storing = 0
        self._adopting = False
        self._adopt_at = 0.0 if options.spool_dir is not None else math.inf
        self._spool_at = 0.0 if options.spool_dir is not None else math.inf
        self._unwritten: list[Batch[T]] = []
        self.ledger: Ledger[T] = Ledger(options)
        self.notices = Notices()
        self.backlog: Backlog[T] = Backlog(options.in_flight)
        self.marks: list[int] = []
        self.closing = False
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
        self.closing = True
        with self.ledger.lock:
            self.ledger.closed = True

    def next_job(self, now: float) -> Job[T] | None:
        """Take the next job; whoever takes it reports back when it is done."""
        while True:
            waiting = self.ledger.waiting("event")
            job = self._pick(now)
            # Without a job, a put has to wake someone: unless one came while we looked.
            if job is not None or self._arm(waiting, now):
                return job

    def pause_s(self, now: float) -> float:
        """How long there is no job, if nothing happens meanwhile; infinity for always."""
        times = [self.notices.due_at(self.ledger.unsaid)]
        if self._may_adopt():
            times.append(self._adopt_at)
        if not self._gate.probing:
            gate = self._gate.until if self._gate.closed else now
            times += [max(due, gate) for due in self.backlog.dues()]
        if self._may_pack(now):
            heads = [self._head("event")]
            heads += [self.ledger.head(kind) for kind in PROFILE_KINDS]
            times += [put_at + self._options.batch_timeout_s for _, put_at in filter(None, heads)]
        # What is overdue and yet no job waits for another to end, which wakes whoever sleeps.
        return min((time - now for time in times if time > now), default=math.inf)

    def encoded(self, outcomes: list[tuple[Entry[T], Outcome]]) -> None:
        """Take in what encoding gave."""
        self._encoding = False
        for entry, outcome in outcomes:
            match outcome:
                case Encoded(payload):
                    if not entry.final:
                        self.ledger.encoded(entry, payload)
                        self._packed.append(entry)
                case Skipped(rule):
                    self.ledger.settle([entry], "skipped", rule)
                case Dropped(reason):
                    self.ledger.settle([entry], "dropped", reason)
                case _:
                    self.ledger.settle([entry], "sampled_out")

    def adopted(self, found: list[Stored], now: float) -> None:
        """Take in what an earlier run, or a process that has died, left; oldest first."""
        self._adopting = False
        self._adopt_at = now + ADOPT_EVERY_S
        for stored in found:
            stored.put_at = now
            self.ledger.recover(stored.left)
        self.backlog.recovered(Batch("event", [], now, stored=stored) for stored in found)

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
        self._storing -= 1
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
            self._spool_at = now + SPOOL_AGAIN_S
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
        hurry = self.closing or bool(self.marks and batch.first <= self.marks[-1])
        if hurry and isinstance(decision, Retry) and not decision.asked:
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
        return now >= self._spool_at

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
        self._packed.clear()
        self._unwritten.clear()
        self.backlog.clear()
        return self.ledger.abandon(reason)

    def _pick(self, now: float) -> Job[T] | None:
        lines = self.notices.due(now, self.ledger.unsaid)
        if lines:
            return Tell(lines)
        if now >= self._adopt_at and self._may_adopt():
            self._adopting = True
            return Adopt()
        self._form_batches(now)
        if self._unwritten:
            self._storing += 1
            return Store(self._unwritten.pop(0))
        batch = self._due_batch(now)
        if batch is not None:
            batch.sending = True
            batch.attempt += 1
            self.retried += batch.count if batch.attempt > 1 else 0
            return Send(batch, self._gate.sent())
        if self._may_pack(now) and self.ledger.waiting("event") and self._ready("event", now):
            self._encoding = True
            room = self._options.batch_size - len(self._packed)
            return Encode(self.ledger.take("event", room, self._options.batch_bytes))
        return None

    def _may_adopt(self) -> bool:
        # A program that has but little to do, and ends, sends what an earlier run left, too.
        first = not self._adopt_at
        return not self._adopting and (first or not self.closing)

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

    def _form_batches(self, now: float) -> None:
        options = self._options
        for kind in PROFILE_KINDS:
            if not self.backlog.has(kind) and self._ready(kind, now):
                taken = self.ledger.take(kind, options.batch_size, options.batch_bytes)
                self.backlog.add(Batch(kind, taken, now))
        if self._packed and self._may_pack(now):
            partial = not self.ledger.waiting("event") and self._ready("event", now)
            groups, self._packed = cut(self._packed, options, partial=partial)
            for group in groups:
                batch = Batch("event", group, now)
                if self.may_spool(now):
                    self._unwritten.append(batch)
                else:
                    self.backlog.add(batch)

    def _may_pack(self, now: float) -> bool:
        if self._encoding:
            return False
        if self.may_spool(now):
            return self._storing + len(self._unwritten) < 2
        return self.backlog.has_room()

    def _arm(self, waiting: int, now: float) -> bool:
        count: float = math.inf
        size: float = math.inf
        if self._may_pack(now):
            options, packed = self._options, sum(entry.size for entry in self._packed)
            first = not waiting and not self._packed
            count = min(options.batch_size, options.queue_size) - len(self._packed)
            count = 1 if first else count
            size = min(options.batch_bytes, options.queue_bytes // 2) - packed
        return self.ledger.arm(waiting, count, size)

    def _ready(self, kind: Kind, now: float) -> bool:
        head = self._head(kind)
        if head is None:
            return False
        packed = self._packed if kind == "event" else ()
        count = self.ledger.waiting(kind) + len(packed)
        size = self.ledger.waiting_bytes(kind) + sum(entry.size for entry in packed)
        return (
            enough(count, size, self._options)
            or now >= head[1] + self._options.batch_timeout_s
            or self.closing
            or any(head[0] <= mark for mark in self.marks)
        )

    def _head(self, kind: Kind) -> tuple[int, float] | None:
        if kind == "event" and self._packed:
            return self._packed[0].number, self._packed[0].put_at
        return self.ledger.head(kind)

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
