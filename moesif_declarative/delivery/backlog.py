"""The batches that are not final: in flight, ready, waiting for another try, or on disk alone.

Flows in: batches, the time. Flows out: the one that goes next.

A few are active: they are being sent or may be sent now. One that failed rests until it is due
again and holds up nobody meanwhile. Those on disk come after, oldest first.

Nothing here is searched from end to end, however many batches wait.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from moesif_declarative.delivery.entry import Batch, Kind

T = TypeVar("T")


class Backlog(Generic[T]):
    """Keeps batches in order.

    Args:
        in_flight: How many may be sent at once.
    """

    def __init__(self, in_flight: int) -> None:
        self._in_flight = in_flight
        self._active: list[Batch[T]] = []
        self._resting: list[tuple[float, int, Batch[T]]] = []
        self._serial = itertools.count()
        self._left: deque[Batch[T]] = deque()
        self._stored: deque[Batch[T]] = deque()

    def add(self, batch: Batch[T]) -> None:
        """Take in a batch that may go at once."""
        if batch.stored is None or (self.has_room() and not self._left and not self._stored):
            self._active.append(batch)
        else:
            batch.entries = []  # they are on disk, and read when it is their turn
            self._stored.append(batch)

    def recovered(self, batches: Iterable[Batch[T]]) -> None:
        """Take in batches that an earlier run left, oldest first; they go before all others."""
        self._left.extend(batches)

    def has(self, kind: Kind) -> bool:
        """Whether a batch of profiles of this kind is not final."""
        return any(batch.kind == kind for batch in self._active)

    def has_room(self) -> bool:
        """Whether another batch of events may become active."""
        events = sum(batch.kind == "event" for batch in self._active)
        return events < self._in_flight

    def holds(self, batch: Batch[T]) -> bool:
        """Whether an active batch is still wanted."""
        return batch in self._active

    def next(self, now: float, *, failing: bool) -> Batch[T] | None:
        """Choose the batch to be sent now; it is active from then on.

        Args:
            now: Monotonic seconds.
            failing: Whether the collector fails all: then one that was tried least is chosen, so
                that one which can never arrive does not keep the others from it.
        """
        while self.has_room() and (self._left or self._stored):
            self._active.append((self._left or self._stored).popleft())
        sending = [batch for batch in self._active if batch.sending]
        if len(sending) >= self._in_flight:
            return None
        ready = [
            batch
            for batch in self._active
            if not batch.sending and batch.due <= now and not self._overtakes(batch)
        ]
        again = sum(batch.attempt > 1 for batch in sending)
        # What failed before may fail, or hang, again: it leaves a lane to the others.
        crowded = ready and not failing and again >= self._in_flight - 1
        if self._resting and self._resting[0][0] <= now and not crowded:
            ready.append(self._resting[0][2])
        if not ready:
            return None
        chosen = min(ready, key=lambda batch: (batch.attempt if failing else 0, batch.first))
        if self._resting and chosen is self._resting[0][2]:
            heapq.heappop(self._resting)
            self._active.append(chosen)
        return chosen

    def rest(self, batch: Batch[T]) -> None:
        """Let an active batch wait until it is due."""
        self._active.remove(batch)
        if batch.stored is not None and not batch.pinned:
            batch.entries = []
        heapq.heappush(self._resting, (batch.due, next(self._serial), batch))

    def split(self, batch: Batch[T], parts: Sequence[Batch[T]]) -> None:
        """Put an active batch's parts in its place."""
        place = self._active.index(batch)
        self._active[place : place + 1] = parts

    def remove(self, batch: Batch[T]) -> None:
        """Forget an active batch; one that is not is left alone."""
        if batch in self._active:
            self._active.remove(batch)

    def take_oldest_stored(self) -> Batch[T] | None:
        """Take out the oldest batch on disk that is not being sent."""
        for line in (self._left, self._stored):
            if line:
                return line.popleft()
        for batch in self._active:
            if batch.stored is not None and not batch.sending and not batch.pinned:
                return batch
        for place, (_, _, batch) in enumerate(self._resting):
            if batch.stored is not None and not batch.pinned:
                del self._resting[place]
                heapq.heapify(self._resting)
                return batch
        return None

    def dues(self) -> list[float]:
        """When each batch that is not being sent may go; of those that rest, the first."""
        dues = [batch.due for batch in self._active if not batch.sending]
        return [*dues, self._resting[0][0]] if self._resting else dues

    def hasten(self, now: float) -> None:
        """Cut short the waits that are our own choice."""
        for batch in self._active:
            if not batch.asked:
                batch.due = min(batch.due, now)
        for _, _, batch in self._resting:
            if not batch.asked:
                batch.due = min(batch.due, now)
        self._resting = [(batch.due, number, batch) for _, number, batch in self._resting]
        heapq.heapify(self._resting)

    def stores_up_to(self, number: int) -> bool:
        """Whether a batch on disk, of this run, begins at this number or before it."""
        return any(
            batch.stored is not None and not batch.stored.recovered and batch.first <= number
            for batch in self._all()
        )

    @property
    def count(self) -> int:
        """How many batches there are."""
        lines = (self._active, self._resting, self._left, self._stored)
        return sum(len(line) for line in lines)

    def in_flight(self) -> int:
        """How many entries are in batches that are being sent or wait for another try."""
        resting = sum(batch.count for _, _, batch in self._resting)
        return resting + sum(batch.count for batch in self._active)

    def oldest_put_at(self) -> float | None:
        """When the oldest event on disk was put, or found, in monotonic seconds."""
        heads = [line[0] for line in (self._left, self._stored) if line]
        heads += self._active
        heads += [batch for _, _, batch in self._resting]
        times = [batch.stored.put_at for batch in heads if batch.stored is not None]
        return min(times, default=None)

    def clear(self) -> None:
        """Forget all."""
        self._active.clear()
        self._resting.clear()
        self._left.clear()
        self._stored.clear()

    def _all(self) -> Iterator[Batch[T]]:
        yield from self._active
        yield from (batch for _, _, batch in self._resting)
        yield from self._stored

    def _overtakes(self, batch: Batch[T]) -> bool:
        """Whether an earlier update of the same kind is still on its way."""
        return batch.kind != "event" and any(
            other.kind == batch.kind and other.first < batch.first for other in self._active
        )
