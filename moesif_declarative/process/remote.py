"""Deliveries of an application with a helper process: events there, everything else here.

Flows in: captured items and profiles, as a `Delivery` takes them. Flows out: parcels to the helper,
and the counts of both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from moesif_declarative.delivery import Delivery, Profile, ProfileKind
from moesif_declarative.item import Item
from moesif_declarative.process.counts import add
from moesif_declarative.process.feed import Feed


class RemoteDelivery:
    """What `Delivery` is, with events built, masked, encoded and sent by a helper process.

    The helper starts with the first event in the process that captures it. Where it cannot be
    started, or dies again and again, events are delivered by a thread as ever.

    Args:
        local: Delivers profiles, counts what was decided on the loop, and stands in.
        feed: Hands events to the helper.
    """

    def __init__(self, local: Delivery[Item], feed: Feed) -> None:
        self._local = local
        self._feed = feed

    def put(self, item: Item, size: int) -> None:
        """Take an item for delivery. Never waits, never raises."""
        if not self._feed.put(item, size):
            self._local.put(item, size)

    def count(
        self, what: Literal["skipped", "sampled_out", "dropped"], reason: str | None = None
    ) -> None:
        """Count a call that was decided before it could be put."""
        self._local.count(what, reason)

    def put_profile(
        self,
        kind: ProfileKind,
        document: Mapping[str, Any],
        told: Callable[[bool], None] | None = None,
    ) -> None:
        """Take a profile for delivery; see `Delivery.put_profile`."""
        self._local.put_profile(kind, document, told)

    def put_profiles(self, kind: ProfileKind, profiles: Sequence[Profile] | str | bytes) -> None:
        """Check profiles, then take them all; see `Delivery.put_profiles`."""
        self._local.put_profiles(kind, profiles)

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Wait until all that was put before this call is final; see `Delivery.flush`."""
        deadline = _Deadline(timeout)
        flushed = self._feed.flush(timeout)
        return self._local.flush(deadline.left()) and flushed

    def close(self, timeout: float | None = 10.0) -> bool:
        """Deliver what is left, then stop for good; see `Delivery.close`."""
        deadline = _Deadline(timeout)
        self._local.begin_close()
        closed = self._feed.close(timeout)
        return self._local.close(deadline.left()) and closed

    def stats(self) -> dict[str, Any]:
        """Count what became of everything so far; see `Delivery.stats`."""
        return add(self._local.stats(), self._feed.stats())


class _Deadline:
    """A time that is shared by several waits."""

    def __init__(self, timeout: float | None) -> None:
        self._ends_at = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        return None if self._ends_at is None else max(self._ends_at - time.monotonic(), 0.0)
