"""The delivery of events and profiles, as the rest of the package sees it.

Flows in: captured items from any thread, profiles, calls that were decided on the loop. Flows
out: batches to a sink, and counts of everything.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from moesif_declarative.call import json_text
from moesif_declarative.delivery.endings import register
from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.delivery.options import DeliveryOptions
from moesif_declarative.delivery.outcome import Outcome
from moesif_declarative.delivery.profiles import Profile, read_profiles
from moesif_declarative.delivery.sinks import Sink
from moesif_declarative.delivery.stats import snapshot, summary
from moesif_declarative.delivery.surroundings import Surroundings, Wait, start_thread, tell
from moesif_declarative.delivery.worker import Worker

T = TypeVar("T")

NOT_IN_TIME = "not delivered before close"


def _wait(condition: threading.Condition, timeout_s: float) -> object:
    return condition.wait(timeout_s)


class Delivery(Generic[T]):
    """Delivers what is put, in the background, at least once, within bounds.

    Threads start with the first put in the process that uses it. A forked child inherits nothing:
    no items, no thread, no connection, no count. At the normal end of the interpreter what is
    left is sent, for some seconds at most.

    Args:
        encode: Builds, masks and encodes one item; runs off the loop, one item at a time. When
            it raises, that item is dropped and counted as ``encode``.
        sink: Where batches go.
        options: Sizes, bounds and times.
        clock: Monotonic seconds.
        wait: Waits on a condition, for so many seconds at most.
        random: Gives random numbers in [0, 1).
        start: Starts a daemon thread, and tells whether it could. Where it cannot, `flush` and
            `close` do the work in the thread that calls them.
    """

    def __init__(
        self,
        *,
        encode: Callable[[T], Outcome],
        sink: Sink,
        options: DeliveryOptions,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = _wait,
        random: Callable[[], float] = random.random,
        start: Callable[[Callable[[], None]], bool] = start_thread,
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._complete = True
        outside = Surroundings(clock, wait, random, start)
        self._worker = Worker(encode, sink, options, outside, owner=self)
        register(self)

    def put(self, item: T, size: int) -> None:
        """Take an item for delivery. Never waits for the network, never raises.

        Args:
            item: What `encode` takes.
            size: About how many bytes it holds in memory.
        """
        worker = self._worker
        if worker.ledger.put("event", max(size, 0), self._clock(), item):
            worker.wake()

    def count(
        self, what: Literal["skipped", "sampled_out", "dropped"], reason: str | None = None
    ) -> None:
        """Count a call that was decided before it could be put.

        Args:
            what: What became of it.
            reason: The rule that skipped it, or why it was dropped.
        """
        self._worker.ledger.count("event", what, reason or what)

    def put_profile(
        self,
        kind: ProfileKind,
        document: Mapping[str, Any],
        told: Callable[[bool], None] | None = None,
    ) -> None:
        """Take a profile for delivery, after all earlier ones of its kind. Never raises.

        Args:
            kind: What it describes.
            document: The profile as Moesif takes it. It is copied; what is no JSON becomes so.
            told: Called once, from any thread, when the profile is final: with whether it was
                delivered. It must return at once, call nothing of this delivery, and not raise.
        """
        copied = json_text.plain(document)
        size = len(json_text.encode(copied))
        worker = self._worker
        if worker.ledger.put(kind, size, self._clock(), copied, told):
            worker.wake()

    def put_profiles(self, kind: ProfileKind, profiles: Sequence[Profile] | str | bytes) -> None:
        """Check profiles, then take them all for delivery, or none.

        Args:
            kind: What they describe.
            profiles: Dicts, moesifapi models or JSON texts; or one JSON text, an array.

        Raises:
            ProfileError: One is wrong; it names the field and, of several, which one.
        """
        for document in read_profiles(kind, profiles):
            self.put_profile(kind, document)

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Wait until all that was put before this call is final.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes.

        Returns:
            Whether all of it was delivered, or finally dropped and counted, in time.
        """
        worker = self._worker
        with worker.lock:
            schedule = worker.schedule
            mark = worker.ledger.last_number
            schedule.haste.marks.append(mark)
            worker.hasten()
        try:
            return worker.wait_until(
                lambda: not (worker.removing or schedule.holds_up_to(mark)), timeout
            )
        finally:
            with worker.lock:
                schedule.haste.marks.remove(mark)

    def begin_close(self) -> None:
        """Take nothing more, and send what is left as soon as it can go."""
        with self._worker.lock:
            self._worker.schedule.close()
            self._worker.hasten()

    def close(self, timeout: float | None = 10.0) -> bool:
        """Deliver what is left, then stop for good. A second call changes nothing.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes. A collector that
                refuses the application id is asked once more, not waited for.

        Returns:
            Whether everything was delivered in time. What was not stays in the spool for the
            next run; without a spool it is dropped and counted.
        """
        worker = self._worker
        self.begin_close()
        worker.wait_until(self._nothing_to_wait_for, timeout)
        with worker.lock:
            if worker.ended:
                return self._complete
            schedule = worker.schedule
            self._complete = schedule.abandon(NOT_IN_TIME) + worker.ledger.events.spooled == 0
            worker.end()
            lines = schedule.notices.due(self._clock(), schedule.ledger.unsaid, at_last=True)
            lines.append((logging.INFO, summary(schedule)))
        tell(lines)
        worker.shelf.close()
        with contextlib.suppress(Exception):  # a sink of the user's own
            self._sink.close()
        return self._complete

    def stats(self) -> dict[str, Any]:
        """Count what became of everything so far, all at one moment.

        Returns:
            ``captured`` = ``skipped`` + ``sampled_out`` + ``queued`` + ``spooled`` + ``sent`` +
            all of ``dropped`` (reason to count), and more.
        """
        with self._worker.lock:
            return snapshot(self._worker.schedule, self._clock(), self._worker.last_error)

    def reset_after_fork(self) -> None:
        """Begin anew in a forked child; what the parent holds is the parent's to deliver."""
        self._worker.reset()

    def _nothing_to_wait_for(self) -> bool:
        worker = self._worker
        schedule, ledger = worker.schedule, worker.ledger
        if worker.ended:
            return True
        if not ledger.held and not ledger.events.spooled:
            # What an earlier run left is sent while that is easy.
            left = ledger.recovered.spooled and not schedule.waits_in_vain()
            return not left and not worker.removing
        # What a collector that refuses us will not take is safe once it is on disk.
        safe = not ledger.held or not schedule.may_spool(self._clock())
        return safe and schedule.held_back(self._clock())
