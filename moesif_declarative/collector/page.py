"""The page that shows what arrived, for people; it works without JavaScript.

Flows in: the store. Flows out: HTML in which every value is escaped, under a policy that lets
nothing run or load but what the page itself brings.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tornado.template import Loader

from moesif_declarative.collector.handler import CollectorHandler
from moesif_declarative.collector.kinds import KINDS
from moesif_declarative.collector.listing import read_limit
from moesif_declarative.collector.summary import summarize_event, summarize_profile

_DEFAULT_LIMIT: Final = 100
_PROFILES: Final = tuple(plural for plural in KINDS if plural != "events")
# Tornado's templates escape every expression unless told otherwise, which this one never is.
_TEMPLATE: Final = Loader(str(Path(__file__).parent)).load("page.html")


class PageHandler(CollectorHandler):
    """The collector's front page."""

    async def get(self) -> None:
        """Answer with the newest events and profiles; ``?limit=`` says how many at most."""
        limit = read_limit(self.get_query_argument("limit", None), _DEFAULT_LIMIT)
        store = self.collector.store
        counts = store.counts()
        kept, _ = counts.get("events", (0, 0))
        nonce = secrets.token_urlsafe(16)
        self.set_header("Content-Security-Policy", _policy(nonce))
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        await self.finish(
            _TEMPLATE.generate(
                nonce=nonce,
                address=f"http://{self.request.host}",
                events=[summarize_event(one) for one in store.newest("events", limit)],
                profiles={
                    plural: [summarize_profile(one) for one in store.newest(plural, limit)]
                    for plural in _PROFILES
                },
                plurals=tuple(KINDS),
                total=kept,
                totals=_totals(counts),
                limit=limit,
                chaos=self.collector.chaos.plan.mode,
                has_many_ids=len(store.application_ids()) > 1,
            )
        )


def _totals(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    """Say how much of everything is there: ``5 events``, ``1 duplicate``, ``1 user``."""
    kept, received = counts.get("events", (0, 0))
    numbers = [(kept, "event", "events"), (received - kept, "duplicate", "duplicates")]
    numbers += [(counts.get(plural, (0, 0))[0], KINDS[plural].name, plural) for plural in _PROFILES]
    return [
        f"{number} {one if number == 1 else many}"
        for number, one, many in numbers
        if number or one == "event"
    ]


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
