"""What is to be done next, and what follows from what was done; no threads, no network.

Flows in: what was put, the outcomes of encoding, the decisions on answers, the time. Flows out:
the next job, or how long there is none.

Only one batch of events is encoded at a time, so that events keep their order and the callable
that builds them never runs twice at once; several batches may be in flight, so that one slow
request does not stop the others. Of each kind of profile one batch is in flight: an update never
overtakes an earlier one. The worker guards a `Schedule` with its lock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from moesif_declarative.delivery.batching import cut, enough, halves
from moesif_declarative.delivery.entry import KINDS, PROFILE_KINDS, Batch, Entry, Kind
from moesif_declarative.delivery.gate import Gate
from moesif_declarative.delivery.ledger import Ledger
from moesif_declarative.delivery.notices import Line, Notices
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Dropped, Encoded, Outcome, Skipped
from moesif_declarative.delivery.policy import Decision, Done, Drop, Hold, Retry, Split

T = TypeVar("T")

HURRY_S = 0.5
"""The longest wait of our own choice while someone waits for the delivery."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Lines to be logged."""

    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Encode(Generic[T]):
    """Entries to be encoded."""

    entries: list[Entry[T]]


@dataclass(frozen=True, slots=True)
class Send(Generic[T]):
    """A batch to be sent; `probe` tells whether it tries a gate that is closed."""

    batch: Batch[T]
    probe: bool


Job: TypeAlias = Tell | Encode[T] | Send[T]


class Schedule(Generic[T]):
    """Everything that is not final, and in which order it is worked on.

    Args:
        options: Sizes, bounds and times.

    Attributes:
        ledger: What is held, and the counts.
        notices: What the log should say.
        batches: The batches in flight: being sent, or waiting for their time.
        marks: The number of the last entry that each waiting `flush` is waiting for.
        closing: Whether everything is to go as soon as it can.
        retried: How often an event was sent again.
        batches_sent: Batches that arrived.
        bytes_sent: JSON bytes that arrived, before compression.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._gate = Gate()
        self._packed: list[Entry[T]] = []
        self._encoding = False
        self.ledger: Ledger[T] = Ledger(options)
        self.notices = Notices()
        self.batches: list[Batch[T]] = []
        self.marks: list[int] = []
        self.closing = False
        self.retried = 0
        self.batches_sent = 0
        self.bytes_sent = 0

    def needs_hands(self, kind: Kind) -> bool:
        """Whether the entry just put is a reason to wake someone.

        The first one sets the alarm; between it and a full batch there is nothing to do.
        """
        waiting = self.ledger.waiting(kind)
        if waiting == 1:
            return True
        packed = len(self._packed) if kind == "event" else 0
        size = self.ledger.waiting_bytes(kind)
        return not self._encoding and enough(waiting + packed, size, self._options)

    def next_job(self, now: float) -> Job[T] | None:
        """Take the next job; whoever takes it reports back when it is done."""
        lines = self.notices.due(now, self.ledger.unsaid)
        if lines:
            return Tell(lines)
        self._form_batches(now)
        batch = self._due_batch(now)
        if batch is not None:
            batch.sending = True
            batch.attempt += 1
            self.retried += len(batch.entries) if batch.attempt > 1 else 0
            return Send(batch, self._gate.sent())
        if self._may_pack() and self.ledger.waiting("event") and self._ready("event", now):
            self._encoding = True
            room = self._options.batch_size - len(self._packed)
            return Encode(self.ledger.take("event", room, self._options.batch_bytes))
        return None

    def pause_s(self, now: float) -> float:
        """How long there is no job, if nothing happens meanwhile; infinity for always."""
        times = [self.notices.due_at(self.ledger.unsaid)]
        if not self._gate.probing:
            gate = self._gate.until if self._gate.closed else now
            times += [max(batch.due, gate) for batch in self.batches if not batch.sending]
        if self._may_pack():
            heads = (self._head(kind) for kind in KINDS)
            times += [head.put_at + self._options.batch_timeout_s for head in heads if head]
        # What is overdue and yet no job waits for another to end, which wakes whoever sleeps.
        return min((time - now for time in times if time > now), default=math.inf)

    def encoded(self, outcomes: list[tuple[Entry[T], Outcome]]) -> None:
        """Take in what encoding gave."""
        self._encoding = False
        for entry, outcome in outcomes:
            match outcome:
                case Encoded(payload, _, smaller):
                    if not entry.final:
                        self.ledger.encoded(entry, payload)
                        entry.smaller = smaller
                        self._packed.append(entry)
                case Skipped(rule):
                    self.ledger.settle(entry, "skipped", rule)
                case Dropped(reason):
                    self.ledger.settle(entry, "dropped", reason)
                case _:
                    self.ledger.settle(entry, "sampled_out")

    def decided(self, send: Send[T], decision: Decision, now: float) -> None:
        """Take in what was decided on a batch that was sent."""
        self._gate.answered(decision, now, probe=send.probe)
        batch = send.batch
        if batch not in self.batches:
            return  # abandoned while it was being sent
        batch.sending = False
        match decision:
            case Done():
                self.batches_sent += 1
                self.bytes_sent += sum(entry.size for entry in batch.entries)
                self._settle(batch, "")
            case Retry(after_s, asked):
                hurry = not asked and self._hurried(batch.entries[0])
                batch.due = now + (min(after_s, HURRY_S) if hurry else after_s)
                batch.asked = asked
            case Hold():
                batch.due = now  # the gate holds it back
            case Split(reason) if len(batch.entries) == 1:
                self._settle(batch, reason)
            case Split():
                place = self.batches.index(batch)
                self.batches[place : place + 1] = halves(batch, now)
            case Drop(reason):
                self._settle(batch, reason)

    def hasten(self, now: float) -> None:
        """Cut short the waits that are our own choice."""
        self._gate.hasten(now)
        for batch in self.batches:
            if not batch.asked:
                batch.due = min(batch.due, now)

    def held_back(self, now: float) -> bool:
        """Whether the collector refuses everything, and did so when it was asked last."""
        return self._gate.holds(now)

    def abandon(self, reason: str) -> int:
        """Drop everything that is not final.

        Returns:
            How many items that were.
        """
        self._packed.clear()
        self.batches.clear()
        return self.ledger.abandon(reason)

    def _form_batches(self, now: float) -> None:
        options = self._options
        for kind in PROFILE_KINDS:
            in_flight = any(batch.kind == kind for batch in self.batches)
            if not in_flight and len(self.batches) < options.in_flight and self._ready(kind, now):
                taken = self.ledger.take(kind, options.batch_size, options.batch_bytes)
                self.batches.append(Batch(kind, taken, now))
        if self._packed and self._may_pack():
            partial = not self.ledger.waiting("event") and self._ready("event", now)
            groups, self._packed = cut(self._packed, options, partial=partial)
            self.batches += [Batch("event", group, now) for group in groups]

    def _may_pack(self) -> bool:
        return not self._encoding and len(self.batches) < self._options.in_flight

    def _due_batch(self, now: float) -> Batch[T] | None:
        if not self._gate.admits(now):
            return None
        ready = (
            batch
            for batch in self.batches
            if not batch.sending and batch.due <= now and not self._overtakes(batch)
        )
        return min(ready, key=lambda batch: batch.first, default=None)

    def _overtakes(self, batch: Batch[T]) -> bool:
        """Whether an earlier update of the same kind is still on its way."""
        return batch.kind != "event" and any(
            other.kind == batch.kind and other.first < batch.first for other in self.batches
        )

    def _ready(self, kind: Kind, now: float) -> bool:
        head = self._head(kind)
        if head is None:
            return False
        packed = self._packed if kind == "event" else ()
        count = self.ledger.waiting(kind) + len(packed)
        size = self.ledger.waiting_bytes(kind) + sum(entry.size for entry in packed)
        return (
            enough(count, size, self._options)
            or now >= head.put_at + self._options.batch_timeout_s
            or self._hurried(head)
        )

    def _head(self, kind: Kind) -> Entry[T] | None:
        if kind == "event" and self._packed:
            return self._packed[0]
        return self.ledger.head(kind)

    def _hurried(self, entry: Entry[T]) -> bool:
        return self.closing or any(entry.number <= mark for mark in self.marks)

    def _settle(self, batch: Batch[T], lost_because: str) -> None:
        self.batches.remove(batch)
        for entry in batch.entries:
            self.ledger.settle(entry, "dropped" if lost_because else "sent", lost_because)
