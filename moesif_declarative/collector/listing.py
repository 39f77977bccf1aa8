"""What was kept, as JSON, and the endpoints that empty it.

Flows in: the store. Flows out: JSON in which every document stands exactly as it was sent.
"""

from __future__ import annotations

import json

from moesif_declarative.collector.handler import CollectorHandler
from moesif_declarative.collector.kinds import KINDS
from moesif_declarative.collector.payload import RefusedError
from moesif_declarative.collector.store import Kept

_DEFAULT_LIMIT = 1000


class ListHandler(CollectorHandler):
    """The documents of a kind, newest first."""

    async def get(self, plural: str) -> None:
        """Answer with an array; ``?limit=`` says how many at most, 0 for all."""
        limit = read_limit(self.get_query_argument("limit", None), _DEFAULT_LIMIT)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        separator = "["
        for kept in self.collector.store.newest(plural, limit):
            self.write(separator + "\n" + as_json(kept))
            separator = ","
        await self.finish("[]\n" if separator == "[" else "\n]\n")

    def delete(self, plural: str) -> None:
        """Forget them."""
        self.collector.store.clear(plural)
        self.set_status(204)


class EventHandler(CollectorHandler):
    """One event."""

    async def get(self, key: str) -> None:
        """Answer with the event of this transaction id, or ``number-7``; 404 without one."""
        kept = self.collector.store.event(key)
        if kept is None:
            raise RefusedError(404, f"there is no event {key}")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        await self.finish(as_json(kept) + "\n")


class TransactionsHandler(CollectorHandler):
    """The transaction ids of the events, for those who compare sent and received."""

    def get(self) -> None:
        """Answer with an object: transaction id to how often it came."""
        self.write_json(self.collector.store.transactions())


class StatsHandler(CollectorHandler):
    """What the collector counted."""

    def get(self) -> None:
        """Answer with counts by kind, duplicates, answers by status, and chaos."""
        counts = self.collector.store.counts()
        kept = {plural: counts.get(plural, (0, 0))[0] for plural in KINDS}
        events, received = counts.get("events", (0, 0))
        self.write_json(
            {
                **kept,
                "duplicates": received - events,
                "answers": dict(sorted(self.collector.answers.items())),
                "application_ids": self.collector.store.application_ids(),
                "chaos": self.collector.chaos.describe(),
            }
        )

    def delete(self) -> None:
        """Forget all documents and counts."""
        self.collector.store.clear()
        self.collector.answers.clear()
        self.set_status(204)


def as_json(kept: Kept) -> str:
    """Write a kept document as JSON, the document itself as it was sent."""
    head = json.dumps(
        {
            "number": kept.number,
            "application_id": kept.application_id,
            "received_at": kept.received_at,
            "received": kept.received,
        }
    )
    return f'{head[:-1]}, "document": {kept.document}}}'


def read_limit(text: str | None, default: int) -> int | None:
    """Read ``?limit=``.

    Returns:
        How many at most; None for all, which ``0`` means.

    Raises:
        RefusedError: 400, it is no whole number.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RefusedError(400, "limit must be a whole number")
    return int(text) or None
