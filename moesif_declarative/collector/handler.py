"""What all handlers of the collector share: its state, the guard at the door, plain errors."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tornado.web import RequestHandler

from moesif_declarative.collector.chaos import Chaos, Plan
from moesif_declarative.collector.hosts import is_allowed
from moesif_declarative.collector.payload import RefusedError
from moesif_declarative.collector.served import DEFAULT_CONFIG, DEFAULT_RULES, Served
from moesif_declarative.collector.store import Store


@dataclass(slots=True)
class Collector:
    """The state of one collector.

    Attributes:
        store: What it was sent.
        chaos: What it does wrong on purpose.
        host: What it listens on, which decides the Host headers that it answers to.
        config: What ``/v1/config`` serves.
        rules: What ``/v1/rules`` serves.
        answers: How often each status was answered under ``/v1/``; ``none`` where the answer
            was broken off on purpose.
    """

    store: Store
    chaos: Chaos = field(default_factory=lambda: Chaos(Plan()))
    host: str = "127.0.0.1"
    config: Served = field(default_factory=lambda: Served(DEFAULT_CONFIG))
    rules: Served = field(default_factory=lambda: Served(DEFAULT_RULES))
    answers: Counter[str] = field(default_factory=Counter)


class CollectorHandler(RequestHandler):
    """The base of the collector's handlers."""

    collector: Collector

    def initialize(self, collector: Collector) -> None:
        """Take the state that the routes hand on."""
        self.collector = collector

    def set_default_headers(self) -> None:
        """Keep browsers from guessing types and from caching what was captured."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> None:
        """Refuse requests for a foreign host."""
        if not is_allowed(self.request.headers.get("Host", ""), self.collector.host):
            raise RefusedError(403, "this collector answers to the names of its own machine only")

    def compute_etag(self) -> str | None:
        """Leave tags to the endpoints that have one of their own."""
        return None

    def write_json(self, value: Any) -> None:
        """Answer with a JSON document."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Leave what the client is told anyway out of the log."""
        if not isinstance(value, RefusedError | sqlite3.Error):
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002
        """Answer with ``{"error": …}``, the message being that of a `RefusedError`."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        message = error.message if isinstance(error, RefusedError) else self._reason
        if isinstance(error, sqlite3.Error):
            self.set_status(503)
            message = f"the database cannot be used: {error}"
        self.write_json({"error": message})


class UnknownHandler(CollectorHandler):
    """Answers for every path that no endpoint has."""

    def prepare(self) -> None:
        """Refuse, whatever the method."""
        super().prepare()
        raise RefusedError(404, f"there is nothing under {self.request.path}")
