"""The threads between a put and its end: they encode, send, and report to the schedule.

Flows in: jobs from the schedule. Flows out: requests to a sink, files to the spool, answers to
the schedule, lines to the log.

A worker's threads (lanes) all do the same: they take a job under the lock and do it outside. The
first is started by the first put; another only when there is work that no idle lane can take.
There is one lane more than may be sending: events reach the disk while every request hangs.
"""

from __future__ import annotations

import datetime
import math
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from moesif_declarative.delivery.encoding import encode_entry, shrink_entry
from moesif_declarative.delivery.entry import Batch, Entry
from moesif_declarative.delivery.job import Adopt, Encode, Job, Send, Store, Tell
from moesif_declarative.delivery.notices import NoticeKind
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Outcome
from moesif_declarative.delivery.policy import Answer, Decision, Retry, decide
from moesif_declarative.delivery.schedule import Schedule
from moesif_declarative.delivery.shelf import open_shelf
from moesif_declarative.delivery.sinks import Sink
from moesif_declarative.delivery.surroundings import Courtesy, Surroundings, tell

T = TypeVar("T")

_LONGEST_WAIT_S = 3600.0


class Worker(Generic[T]):
    """The lanes, and the lock around the schedule that they share.

    Args:
        encode: Builds, masks and encodes one captured item; runs in one lane at a time.
        sink: Where batches go.
        options: Sizes, bounds and times.
        outside: Clock, waiting, randomness and threads.
        owner: What the lanes keep alive: only it is told of the end of the process.
    """

    def __init__(
        self,
        encode: Callable[[T], Outcome],
        sink: Sink,
        options: DeliveryOptions,
        outside: Surroundings,
        owner: object = None,
    ) -> None:
        self._owner = owner
        self._encode_item = encode
        self._sink = sink
        self._options = options
        self._outside = outside
        self._most_lanes = options.in_flight + (1 if options.in_flight > 1 else 0)
        self.ended = False
        self.reset()

    def reset(self) -> None:
        """Begin anew, with nothing held or counted: at the start, and in a forked child.

        The parent's locks may be held by threads that the child does not have, so they are made
        anew too.
        """
        self.lock = threading.RLock()
        self._settled = threading.Condition(self.lock)
        self._work = threading.Condition(self.lock)
        self.schedule: Schedule[T] = Schedule(self._options)
        self.ledger = self.schedule.ledger
        self.shelf = open_shelf(self._options, self._note)
        if self.ended:
            self.schedule.close()
        self.last_error: str | None = None
        self.removing = 0  # files of batches that have arrived
        self._lanes = 0
        self._idle = 0

    def wake(self) -> None:
        """See that a job which has come up is done."""
        with self.lock:
            self._call_a_lane()

    def hasten(self) -> None:
        """Send what waits as soon as it can go; the lock is held."""
        self.schedule.hasten(self._outside.clock())
        self._work.notify_all()
        if self.schedule.unfinished:
            self._call_a_lane()

    def wait_until(self, done: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait for a state, doing the work in this thread where no lane can be started.

        Args:
            done: Whether the state is reached; called with the lock held.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            Whether it was reached in time.
        """
        clock = self._outside.clock
        deadline = math.inf if timeout_s is None else clock() + timeout_s
        while True:
            with self.lock:
                if done():
                    return True
                now = clock()
                if not now < deadline:
                    return False
                if not self._lanes:
                    self._call_a_lane()
                job = None if self._lanes else self.schedule.next_job(now)
                if job is None:
                    pause_s = math.inf if self._lanes else self.schedule.pause_s(now)
                    pause_s = min(pause_s, deadline - now, _LONGEST_WAIT_S)
                    self._outside.wait(self._settled, pause_s)
            if job is not None:
                self._do(job)

    def end(self) -> None:
        """Send the lanes home; what they still send is not waited for. The lock is held."""
        self.ended = True
        self._owner = None
        self._work.notify_all()
        self._settled.notify_all()

    def _call_a_lane(self) -> None:
        if self._idle:
            self._work.notify()
        elif self._lanes < self._most_lanes and not self.ended:
            self._lanes += 1
            if not self._outside.start(self._run):
                self._lanes -= 1
                self.ledger.arm(self.ledger.waiting("event"), 1, 0)  # the next put tries again

    def _run(self) -> None:
        lock = self.lock
        try:
            while (job := self._await_job()) is not None:
                self._do(job)
        finally:
            with lock:
                self._lanes -= 1
                self._settled.notify_all()

    def _await_job(self) -> Job[T] | None:
        with self.lock:
            while not self.ended:
                now = self._outside.clock()
                job = self.schedule.next_job(now)
                if job is not None:
                    # Someone has to watch what comes meanwhile: a request may take long.
                    if isinstance(job, Send) and not self._idle and self._more_than(job.batch):
                        self._call_a_lane()
                    return job
                self._idle += 1
                try:
                    pause_s = min(self.schedule.pause_s(now), _LONGEST_WAIT_S)
                    self._outside.wait(self._work, pause_s)
                finally:
                    self._idle -= 1
            return None

    def _more_than(self, batch: Batch[T]) -> bool:
        return self.schedule.unfinished > batch.count

    def _do(self, job: Job[T]) -> None:
        match job:
            case Tell(lines):
                tell(lines)
            case Adopt():
                found = self.shelf.adopt()
                with self.lock:
                    self.schedule.adopted(found, self._outside.clock())
                self._tell_all()
            case Encode():
                self._encode(job)
            case Store(batch):
                self._store(batch)
            case Send():
                self._send(job)

    def _encode(self, job: Encode[T]) -> None:
        most_bytes = self._options.event_bytes
        outcomes = []
        courtesy = Courtesy()
        for entry in job.entries:
            outcome = encode_entry(entry, self._encode_item, most_bytes, self._complain)
            outcomes.append((entry, outcome))
            courtesy.let_others_run()
        with self.lock:
            self.schedule.encoded(outcomes)
            self._settled.notify_all()
            self._work.notify()

    def _complain(self, text: str) -> None:
        self._note("encode", text)

    def _note(self, kind: NoticeKind, text: str) -> None:
        with self.lock:
            self.schedule.notices.note(kind, text, self._outside.clock())

    def _store(self, batch: Batch[T]) -> None:
        again = True
        while again:
            written = self.shelf.write([entry.payload for entry in batch.entries])
            with self.lock:
                unwanted, again = self.schedule.wrote(batch, written, self._outside.clock())
                self._settled.notify_all()
                self._work.notify_all()
            if unwanted is not None:
                self.shelf.remove(unwanted)

    def _send(self, job: Send[T]) -> None:
        batch = job.batch
        if not self._load(job):
            return
        answer = self._ask(batch)
        decision: Decision = decide(
            answer,
            batch.attempt,
            now=datetime.datetime.now(datetime.UTC),
            random=self._outside.random(),
            failures=self.schedule.failures,
        )
        if answer.status == 413 and len(batch.entries) == 1 and shrink_entry(batch.entries[0]):
            decision = Retry(0.0)
            batch.pinned = True
        with self.lock:
            now = self._outside.clock()
            unwanted = self.schedule.decided(job, decision, now)
            self.removing += unwanted is not None
            if not answer.accepted:
                self.last_error = answer.text
            self.schedule.notices.answered(answer, decision, self.schedule.unfinished, now)
        if unwanted is not None:
            self.shelf.remove(unwanted)
            with self.lock:
                self.removing -= 1
        self._tell_all()

    def _load(self, job: Send[T]) -> bool:
        """Read a batch that is on disk alone; false when it cannot be had."""
        batch = job.batch
        stored = batch.stored
        if stored is None or batch.entries:
            return True
        entries: list[Entry[T]] | None = self.shelf.read(stored)
        if entries:
            batch.entries = entries
            return True
        with self.lock:
            self.schedule.not_read(job, self._outside.clock(), for_ever=entries is not None)
        self._tell_all()
        return False

    def _tell_all(self) -> None:
        with self.lock:
            self._settled.notify_all()
            self._work.notify_all()

    def _ask(self, batch: Batch[T]) -> Answer:
        try:
            if batch.kind == "event":
                return self._sink.send([entry.payload for entry in batch.entries])
            documents = [entry.document or {} for entry in batch.entries]
            return self._sink.send_profiles(batch.kind, documents)
        except Exception as error:  # noqa: BLE001 - a sink's fault must not end the lane
            return Answer(None, f"the sink failed with {type(error).__name__}")
