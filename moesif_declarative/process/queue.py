"""The items that wait to be written to the helper, within bounds; no locks.

Flows in: items. Flows out: gulps of them, oldest first, and how many the bounds have cost.
"""

from __future__ import annotations

from collections import deque

from moesif_declarative.delivery import DeliveryOptions
from moesif_declarative.item import Item

GULP = 64
"""Items in one message at most."""


class Queue:
    """Items in order.

    Args:
        options: ``EVENT_QUEUE_SIZE``, ``EVENT_QUEUE_BYTES`` and ``OVERFLOW``.

    Attributes:
        bytes: About how much memory they hold.
    """

    def __init__(self, options: DeliveryOptions) -> None:
        self._options = options
        self._items: deque[tuple[Item, int]] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: Item, size: int) -> int:
        """Take an item, or what `OVERFLOW` says when there is no room.

        Returns:
            How many items were lost by that, the new one among them or not.
        """
        lost = 0
        while self._is_full(size):
            lost += 1
            if self._options.overflow == "drop_newest" or not self._items:
                return lost
            self.bytes -= self._items.popleft()[1]
        self._items.append((item, size))
        self.bytes += size
        return lost

    def gulp(self) -> list[Item]:
        """Take the oldest items, as many as one message holds, all of the same settings."""
        taken: list[Item] = []
        while self._items and len(taken) < GULP:
            if taken and self._items[0][0].compiled is not taken[0].compiled:
                break
            item, size = self._items.popleft()
            self.bytes -= size
            taken.append(item)
        return taken

    def clear(self) -> None:
        """Forget all items."""
        self._items.clear()
        self.bytes = 0

    def _is_full(self, size: int) -> bool:
        crowded = len(self._items) >= self._options.queue_size
        return crowded or self.bytes + size > self._options.queue_bytes
