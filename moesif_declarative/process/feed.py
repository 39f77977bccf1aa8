"""The application's side of its helper process: events in, parcels out.

Flows in: captured items from the loop. Flows out: parcels to the helper, in gulps; its counts.

One thread writes, one reads. The loop appends and returns; a helper that dies is started again,
and one that dies again and again is done without.
"""

from __future__ import annotations

import itertools
import logging
import pickle
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal

from moesif_declarative.delivery import DeliveryOptions
from moesif_declarative.delivery.delivery import NOT_IN_TIME
from moesif_declarative.delivery.endings import register
from moesif_declarative.delivery.ledger import QUEUE_FULL
from moesif_declarative.delivery.surroundings import start_thread
from moesif_declarative.doubts.worker import obstacle
from moesif_declarative.item import Item, held_bytes
from moesif_declarative.process.books import DIED, Books
from moesif_declarative.process.frame import receive, send
from moesif_declarative.process.order import Order
from moesif_declarative.process.parcel import pack
from moesif_declarative.process.peer import Peer, start_peer
from moesif_declarative.process.queue import GULP, Queue
from moesif_declarative.startup import Compiled

_GATHER_S = 0.01
_MOST_DEATHS = 3
_SHORT_LIFE_S = 60.0
_LAST_S = 5.0

_log = logging.getLogger("moesif_declarative.delivery")


class Feed:
    """Hands events to a helper process, within bounds.

    Args:
        options: The bounds; they hold here for what waits, and in the helper for what it holds.
        stand_in: Takes an item that no helper can take.
        on_answer: Given the headers of the collector's answers.
        start: Starts a helper; raises OSError.
    """

    def __init__(
        self,
        options: DeliveryOptions,
        stand_in: Callable[[Item, int], None],
        on_answer: Callable[[Mapping[str, str]], None] | None = None,
        start: Callable[[], Peer] = start_peer,
    ) -> None:
        self._options = options
        self._stand_in = stand_in
        self._on_answer = on_answer
        self._start = start
        self._begin_anew()
        register(self)

    def _begin_anew(self) -> None:
        self._changed = threading.Condition()
        self._waiting = Queue(self._options)
        self._orders: deque[Order] = deque()
        self._sent: dict[int, Order] = {}
        self._numbers = itertools.count()
        self._books = Books()
        self._peer: Peer | None = None
        self._deaths = 0
        self._compiled: Compiled | None = None
        self._takes = True
        self._running = False
        self._idle = False
        self._closed = False

    def reset_after_fork(self) -> None:
        """Begin anew in a forked child; the helper and what it holds are the parent's."""
        peer = self._peer
        self._begin_anew()
        if peer is not None:
            peer.forget()

    def put(self, item: Item, size: int) -> bool:
        """Take an item.

        Returns:
            Whether it was taken, or lost to the bounds and counted; else a thread must take it.
        """
        if item.compiled is not self._compiled:
            self._compiled = item.compiled
            self._takes = obstacle(item.compiled.settings) is None
        if not self._takes:
            return False
        with self._changed:
            if self._closed or self._deaths > _MOST_DEATHS:
                return False
            self._books.held += 1
            lost = self._waiting.add(item, size)
            if lost:
                self._books.lose(QUEUE_FULL, lost)
            if not self._running:
                self._running = start_thread(self._write_on)
            if self._idle:
                self._idle = False
                self._changed.notify_all()
        return True

    def begin_close(self) -> None:
        """Do nothing: the helper takes what is on its way, up to `close`."""

    def flush(self, timeout: float | None) -> bool:
        """Wait until all that was put so far is final, for so many seconds at most."""
        return self._ask("flush", timeout)

    def close(self, timeout: float | None) -> bool:
        """Have the helper deliver what is left, and end; what was not is counted as dropped."""
        with self._changed:
            closed, self._closed = self._closed, True
        if closed:
            return True
        done = self._ask("close", timeout)
        with self._changed:
            peer, self._peer = self._peer, None
            self._waiting.clear()
            self._changed.notify_all()
            if peer is not None and not done:
                self._books.bury(peer.taken)
            self._books.lose(NOT_IN_TIME, self._books.held)
        if peer is not None:
            peer.leave()
            peer.wait(1.0)
        return done

    def stats(self) -> dict[str, Any]:
        """Count what became of everything that was taken, as `Delivery.stats` does."""
        with self._changed:
            return self._books.stats(self._waiting.bytes)

    def _ask(self, kind: Literal["flush", "close"], timeout: float | None) -> bool:
        order = Order(kind, next(self._numbers), timeout)
        with self._changed:
            if self._peer is None and not self._waiting:
                return True
            self._orders.append(order)
            self._changed.notify_all()
        return order.wait()

    def _write_on(self) -> None:
        """Hand over what waits, until the close; in a thread of its own."""
        while True:
            with self._changed:
                self._await_work()
                gulp = self._waiting.gulp()
                order = self._orders.popleft() if self._orders and not gulp else None
            if gulp:
                self._hand_over(gulp)
            elif order is not None:
                self._pass_on(order)
            if self._closed and not gulp and (order is None or order.kind == "close"):
                return

    def _await_work(self) -> None:
        while not (self._waiting or self._orders or self._closed):
            self._idle = True
            self._changed.wait()
        if len(self._waiting) < GULP and not (self._orders or self._closed):
            self._changed.wait(_GATHER_S)  # more will follow: one message for many
        self._idle = False

    def _hand_over(self, gulp: list[Item]) -> None:
        peer = self._peer_at_hand()
        if peer is None:
            for item in gulp:
                with self._changed:
                    self._books.held -= 1
                self._stand_in(item, held_bytes(item.call))
            return
        parcels = self._packed(gulp)
        with self._changed:
            if self._peer is not peer:  # it has died meanwhile, and its account is closed
                self._books.lose(DIED, len(parcels))
                return
            peer.taken += len(parcels)
        try:
            if peer.compiled is not gulp[0].compiled:
                peer.compiled = gulp[0].compiled
                send(peer.channel, "settings", pickle.dumps(peer.compiled.loaded))
            send(peer.channel, "items", parcels)
        except OSError:
            self._bury(peer)

    def _packed(self, gulp: list[Item]) -> list[bytes]:
        parcels = []
        for item in gulp:
            try:
                parcels.append(pack(item))
            except Exception as error:  # noqa: BLE001 - one odd value costs its own event only
                item.faults.note("capture", "", error)
                with self._changed:
                    self._books.lose("capture failed")
        return parcels

    def _pass_on(self, order: Order) -> None:
        with self._changed:
            peer = self._peer
            if peer is not None:
                self._sent[order.number] = order
        if peer is None:
            order.answer(done=True)
            return
        try:
            send(peer.channel, order.kind, (order.number, order.timeout))
        except OSError:
            self._bury(peer)

    def _peer_at_hand(self) -> Peer | None:
        with self._changed:
            if self._peer is not None or self._deaths > _MOST_DEATHS:
                return self._peer
        try:
            peer = self._start()
        except OSError as error:
            _log.warning("%s; events are delivered by a thread", error)
            self._deaths = _MOST_DEATHS + 1
            return None
        with self._changed:
            self._peer = peer
        start_thread(lambda: self._read_on(peer))
        return peer

    def _read_on(self, peer: Peer) -> None:
        """Take what the helper tells, until it ends; in a thread of its own."""
        while (message := receive(peer.channel)) is not None:
            kind, value = message
            if kind == "stats":
                with self._changed:
                    if self._peer is peer:
                        self._books.hear(value)
            elif kind == "answer" and self._on_answer is not None:
                self._on_answer(value)
            elif kind == "log":
                name, level, text = value
                logging.getLogger(name).log(level, "%s", text)
            elif kind == "done":
                number, done = value
                with self._changed:
                    order = self._sent.pop(number, None)
                if order is not None:
                    order.answer(done=done)
        self._bury(peer)
        peer.wait(_LAST_S)

    def _bury(self, peer: Peer) -> None:
        """Account for a helper that is gone; another starts with the next event."""
        with self._changed:
            if self._peer is not peer:
                return
            self._peer = None
            self._books.bury(peer.taken)
            self._deaths = self._deaths + 1 if peer.age_s() < _SHORT_LIFE_S else 1
            given_up = self._deaths > _MOST_DEATHS
            orders, self._sent = list(self._sent.values()), {}
        for order in orders:
            order.answer(done=False)
        then = "events are delivered by a thread" if given_up else "another takes its place"
        _log.error("the helper process died; %s", then)
        peer.leave()
