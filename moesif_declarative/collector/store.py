"""What the collector was sent, kept in SQLite.

Flows in: checked documents. Flows out: records, newest first. All calls come from one thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from moesif_declarative.collector.payload import Document

# "Moes" in ASCII: marks a database as ours, so that no other program's file is written to.
_APPLICATION_ID: Final = 0x4D6F6573
_VERSION: Final = 1
# Someone who looks into the file with another tool may lock it; nobody is answered meanwhile.
_LOCK_TIMEOUT_S: Final = 1.0

# `transaction_id` is NULL where there is none, and NULLs are distinct: no de-duplication then.
_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    application_id TEXT NOT NULL,
    transaction_id TEXT,
    received_at TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 1,
    document TEXT NOT NULL,
    UNIQUE (kind, application_id, transaction_id)
);
CREATE INDEX documents_by_kind ON documents (kind, number);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_ADD: Final = """
INSERT INTO documents (kind, application_id, transaction_id, received_at, document)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, application_id, transaction_id) DO UPDATE SET received = received + 1
"""

_SELECT: Final = "SELECT number, kind, application_id, received_at, received, document "


class StoreError(Exception):
    """The database cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One document in the store.

    Attributes:
        number: Counts up from 1 in the order of arrival.
        kind: ``events``, ``users``, …
        application_id: The X-Moesif-Application-Id that it was sent with.
        received_at: When it came first, ISO 8601 in UTC.
        received: How often it came.
        document: Its JSON as it was sent first.
    """

    number: int
    kind: str
    application_id: str
    received_at: str
    received: int
    document: str


class Store:
    """The collector's database, from its opening to `close`."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the database, made with access for its owner alone if it is new.

        Args:
            path: The database file; None for one that is gone with this process.

        Raises:
            StoreError: It cannot be opened, or it is not a collector's database.
        """
        # SQLite's "" is a temporary database: in memory until that grows too dear, then on disk.
        name = "" if path is None else str(path)
        try:
            if path is not None:
                path.touch(mode=0o600)
            self._database = sqlite3.connect(
                name, timeout=_LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{name}: cannot be opened: {error}") from error
        try:
            self._prepare(name)
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{name}: {error}") from error
        except StoreError:
            self.close()
            raise

    def _prepare(self, name: str) -> None:
        # A collector is a tool of development: what it was sent outlives its own crash, not
        # that of the machine, and no post waits for the disk.
        self._database.execute("PRAGMA synchronous = OFF")
        (objects,) = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not objects:
            self._database.executescript(_SCHEMA)
        (mark,) = self._database.execute("PRAGMA application_id").fetchone()
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if (mark, version) != (_APPLICATION_ID, _VERSION):
            raise StoreError(f"{name}: is not a database of this collector")

    def add(self, kind: str, application_id: str, documents: Sequence[Document]) -> None:
        """Keep documents, all or none; one whose ``transaction_id`` is known is only counted.

        Raises:
            sqlite3.Error: They cannot be kept.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        rows = [
            (kind, application_id, _transaction_id(document.value), now, document.text)
            for document in documents
        ]
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany(_ADD, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            # SQLite itself ends the transaction on some errors, a full disk among them.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def newest(self, kind: str, limit: int | None) -> Iterator[Kept]:
        """Give the documents of a kind, newest first.

        Args:
            kind: ``events``, ``users``, …
            limit: How many at most; None for all.
        """
        rows = self._database.execute(
            _SELECT + "FROM documents WHERE kind = ? ORDER BY number DESC LIMIT ?",
            (kind, -1 if limit is None else limit),
        )
        return (Kept(*row) for row in rows)

    def event(self, key: str) -> Kept | None:
        """Find an event by its transaction id, or by its number as ``number-7``."""
        column, value = "transaction_id", key
        if key.startswith("number-") and key[7:].isascii() and key[7:].isdigit():
            column, value = "number", key[7:25]
        row = self._database.execute(
            _SELECT + f"FROM documents WHERE kind = 'events' AND {column} = ?",
            (value,),
        ).fetchone()
        return None if row is None else Kept(*row)

    def transactions(self) -> dict[str, int]:
        """Give the transaction id of every event that has one, and how often it came."""
        rows = self._database.execute(
            "SELECT transaction_id, sum(received) FROM documents "
            "WHERE kind = 'events' AND transaction_id IS NOT NULL GROUP BY transaction_id"
        )
        return dict(rows.fetchall())

    def counts(self) -> dict[str, tuple[int, int]]:
        """Give, by kind, how many documents are kept and how often they came in all."""
        rows = self._database.execute(
            "SELECT kind, count(*), sum(received) FROM documents GROUP BY kind"
        )
        return {kind: (kept, received) for kind, kept, received in rows}

    def application_ids(self) -> list[str]:
        """Give every application id that documents were sent with."""
        rows = self._database.execute("SELECT DISTINCT application_id FROM documents ORDER BY 1")
        return [application_id for (application_id,) in rows]

    def clear(self, kind: str | None = None) -> None:
        """Forget the documents of a kind; None: of all kinds."""
        self._database.execute("DELETE FROM documents WHERE ?1 IS NULL OR kind = ?1", (kind,))

    def close(self) -> None:
        """Close the database; a temporary one is gone then."""
        self._database.close()


def _transaction_id(value: dict[str, Any]) -> str | None:
    transaction_id = value.get("transaction_id")
    if not isinstance(transaction_id, str):
        return None
    # SQLite takes no lone surrogates, which JSON's escapes can write.
    return transaction_id.encode("utf-8", "backslashreplace").decode()
