"""The threads between a put and its end: they encode, send, and report to the schedule.

Flows in: jobs from the schedule. Flows out: requests to a sink, answers to the schedule, lines to
the log.

A worker's threads (lanes) all do the same: they take a job under the lock and do it outside. The
first is started by the first put; another only when there is work that no idle lane can take.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from moesif_declarative.delivery.encoding import encode_entry, shrink_entry
from moesif_declarative.delivery.entry import Batch
from moesif_declarative.delivery.notices import Line
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Outcome
from moesif_declarative.delivery.policy import Answer, Decision, Retry, decide
from moesif_declarative.delivery.schedule import Encode, Job, Schedule, Send, Tell
from moesif_declarative.delivery.sinks import Sink

T = TypeVar("T")

Wait: TypeAlias = Callable[[threading.Condition, float], object]
Start: TypeAlias = Callable[[Callable[[], None]], bool]

_LONGEST_WAIT_S = 3600.0

_log = logging.getLogger("moesif_declarative.delivery")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the worker has from the outside world; tests give it another.

    Attributes:
        clock: Monotonic seconds.
        wait: Waits on a condition for some seconds at most.
        random: A random number in [0, 1).
        start: Starts a thread; tells whether it could.
    """

    clock: Callable[[], float]
    wait: Wait
    random: Callable[[], float]
    start: Start


class Worker(Generic[T]):
    """The lanes, and the lock around the schedule that they share.

    Args:
        encode: Builds, masks and encodes one captured item; runs in one lane at a time.
        sink: Where batches go.
        options: Sizes, bounds and times.
        outside: Clock, waiting, randomness and threads.
    """

    def __init__(
        self,
        encode: Callable[[T], Outcome],
        sink: Sink,
        options: DeliveryOptions,
        outside: Surroundings,
    ) -> None:
        self._encode_item = encode
        self._sink = sink
        self._options = options
        self._outside = outside
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
        self.schedule.closing = self.ended
        self.last_error: str | None = None
        self._lanes = 0
        self._idle = 0

    def call_a_lane(self) -> None:
        """See that a job which has come up is done; the lock is held."""
        if self._idle:
            self._work.notify()
        elif self._lanes < self._options.in_flight and not self.ended:
            self._lanes += 1
            if not self._outside.start(self._run):
                self._lanes -= 1

    def hasten(self) -> None:
        """Send what waits as soon as it can go; the lock is held."""
        self.schedule.hasten(self._outside.clock())
        self._work.notify_all()
        if self.schedule.ledger.held:
            self.call_a_lane()

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
                    self.call_a_lane()
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
        self._work.notify_all()
        self._settled.notify_all()

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
                        self.call_a_lane()
                    return job
                self._idle += 1
                try:
                    pause_s = min(self.schedule.pause_s(now), _LONGEST_WAIT_S)
                    self._outside.wait(self._work, pause_s)
                finally:
                    self._idle -= 1
            return None

    def _more_than(self, batch: Batch[T]) -> bool:
        return self.schedule.ledger.held > len(batch.entries)

    def _do(self, job: Job[T]) -> None:
        match job:
            case Tell(lines):
                tell(lines)
            case Encode():
                self._encode(job)
            case Send():
                self._send(job)

    def _encode(self, job: Encode[T]) -> None:
        most_bytes = self._options.event_bytes
        outcomes = [
            (entry, encode_entry(entry, self._encode_item, most_bytes, self._complain))
            for entry in job.entries
        ]
        with self.lock:
            self.schedule.encoded(outcomes)
            self._settled.notify_all()
            self._work.notify()

    def _complain(self, text: str) -> None:
        with self.lock:
            self.schedule.notices.note("encode", text)

    def _send(self, job: Send[T]) -> None:
        batch = job.batch
        answer = self._ask(batch)
        decision: Decision = decide(
            answer,
            batch.attempt,
            now=datetime.datetime.now(datetime.UTC),
            random=self._outside.random(),
        )
        if answer.status == 413 and len(batch.entries) == 1 and shrink_entry(batch.entries[0]):
            decision = Retry(0.0)
        with self.lock:
            self.schedule.decided(job, decision, self._outside.clock())
            if not answer.accepted:
                self.last_error = answer.text
            self.schedule.notices.answered(answer, decision, self.schedule.ledger.held)
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


def tell(lines: list[Line]) -> None:
    """Write lines to the log; a handler that raises costs only its line."""
    for level, text in lines:
        with contextlib.suppress(Exception):
            _log.log(level, "%s", text)


def start_thread(run: Callable[[], None]) -> bool:
    """Start a daemon thread.

    Returns:
        Whether it could be started: not while the interpreter ends, or without memory for it.
    """
    try:
        threading.Thread(target=run, name="moesif-delivery", daemon=True).start()
    except (RuntimeError, MemoryError):
        return False
    return True
