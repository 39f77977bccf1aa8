"""Places where batches can wait on disk, all driven alike.

Flows in: a folder. Flows out: stores: batches are written, read and removed, and a later opener
finds what an earlier one has left.

The package's spool keeps to more than the others do: a bound over all processes, a checksum, and
claims that end with the process that holds them. SQLite's store has such claims too (the same
lock files), and nothing else that would cost it time.
"""

from __future__ import annotations

import importlib
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from moesif_declarative.delivery.spool import Spool
from moesif_declarative.delivery.spool_claim import claim_dead, claim_new

PLENTY = 1 << 40


class Store(Protocol):
    """Keeps batches until they are removed; keys are its own."""

    def write(self, events: Sequence[bytes]) -> Any:
        """Put a batch on disk; gives its key."""

    def read(self, key: Any) -> list[bytes]:
        """Read a batch; the oldest one, where a store cannot choose."""

    def remove(self, key: Any) -> None:
        """Take a batch off the disk; the one that was read last, where a store cannot choose."""

    def left(self) -> int:
        """Take over what an earlier opener has left; gives how many batches that is."""

    def close(self) -> None:
        """Leave what is there to the next one."""


class OurSpool:
    """The spool of this package, as the delivery uses it."""

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder, PLENTY, "me")
        self.write = self._spool.write
        self.read = self._spool.read
        self.remove = self._spool.remove
        self.close = self._spool.close

    def left(self) -> int:
        return len(self._spool.adopt().batches)


class Sqlite:
    """SQLite in WAL mode, arranged as well as was found for batches of this size.

    One table, one transaction a statement, prepared statements (the module keeps them), pages of
    16 KiB (blobs of 70 KB span few of them; larger ones make the log larger), checkpoints every
    16 MiB, and the file made smaller after every 256 batches that were removed. Whoever opens it
    claims with a lock file, as in the package's spool.
    """

    PAGE = 16_384

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._claim = claim_new(folder, "me")
        (self._claim.folder / "rows").touch()  # a folder that holds nothing would go
        self._lock = threading.Lock()
        self._removed = 0
        self._db = db = sqlite3.connect(
            folder / "spool.db", isolation_level=None, check_same_thread=False, timeout=30
        )
        db.execute(f"PRAGMA page_size={self.PAGE}")
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute(f"PRAGMA wal_autocheckpoint={16 * 1024 * 1024 // self.PAGE}")
        db.execute("PRAGMA journal_size_limit=0")
        db.execute(
            "CREATE TABLE IF NOT EXISTS batches"
            "(id INTEGER PRIMARY KEY, claim TEXT, count INTEGER, events BLOB)"
        )

    def write(self, events: Sequence[bytes]) -> int:
        with self._lock:
            row = (self._claim.folder.name, len(events), b"\n".join(events))
            added = self._db.execute("INSERT INTO batches(claim,count,events) VALUES(?,?,?)", row)
            return added.lastrowid or 0

    def read(self, key: int) -> list[bytes]:
        with self._lock:
            found = self._db.execute("SELECT events FROM batches WHERE id=?", (key,)).fetchone()
        events: list[bytes] = found[0].split(b"\n")
        return events

    def remove(self, key: int) -> None:
        with self._lock:
            self._db.execute("DELETE FROM batches WHERE id=?", (key,))
            self._removed += 1
            if self._removed % 256 == 0:
                # As a script: else the module takes one step of it, which frees one page.
                self._db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def left(self) -> int:
        mine = self._claim.folder.name
        with self._lock:
            for dead in claim_dead(self._folder, "me"):
                change = "UPDATE batches SET claim=? WHERE claim=?"
                self._db.execute(change, (mine, dead.folder.name))
                (dead.folder / "rows").unlink()
                dead.release()
            found = self._db.execute("SELECT id,count FROM batches WHERE claim=?", (mine,))
            return len(found.fetchall())

    def close(self) -> None:
        self._db.close()
        self._claim.release()


class PersistQueueFiles:
    """persist-queue's queue of files: first in, first out, for one process."""

    def __init__(self, folder: Path) -> None:
        module: Any = importlib.import_module("persistqueue")
        self._queue = module.Queue(str(folder), tempdir=str(folder.parent))

    def write(self, events: Sequence[bytes]) -> None:
        self._queue.put(list(events))

    def read(self, _key: Any) -> list[bytes]:
        events: list[bytes] = self._queue.get_nowait()
        return events

    def remove(self, _key: Any) -> None:
        self._queue.task_done()

    def left(self) -> int:
        count: int = self._queue.qsize()
        return count

    def close(self) -> None:
        self._queue.headf.close()
        self._queue.tailf.close()


class PersistQueueSqlite:
    """persist-queue's queue in SQLite, with acknowledgements, for one process."""

    def __init__(self, folder: Path) -> None:
        module: Any = importlib.import_module("persistqueue")
        self._queue = module.SQLiteAckQueue(str(folder), auto_commit=True, multithreading=True)
        self._removed = 0

    def write(self, events: Sequence[bytes]) -> None:
        self._queue.put(list(events))

    def read(self, _key: Any) -> list[bytes]:
        self._item = self._queue.get(block=False)
        events: list[bytes] = self._item
        return events

    def remove(self, _key: Any) -> None:
        self._queue.ack(self._item)
        self._removed += 1
        if self._removed % 256 == 0:
            self._queue.clear_acked_data(max_delete=1000, keep_latest=0)
            self._queue.shrink_disk_usage()

    def left(self) -> int:
        count: int = self._queue.qsize()
        return count

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._queue.close()


class DiskCache:
    """diskcache's cache without eviction: an index in SQLite, large values in files."""

    def __init__(self, folder: Path) -> None:
        module: Any = importlib.import_module("diskcache")
        self._cache = module.Cache(str(folder), eviction_policy="none", size_limit=PLENTY)

    def write(self, events: Sequence[bytes]) -> Any:
        return self._cache.push(b"\n".join(events))

    def read(self, key: Any) -> list[bytes]:
        events: list[bytes] = self._cache[key].split(b"\n")
        return events

    def remove(self, key: Any) -> None:
        self._cache.delete(key)

    def left(self) -> int:
        return len(list(self._cache.iterkeys()))

    def close(self) -> None:
        self._cache.close()


class LiteQueue:
    """litequeue: a queue in SQLite in WAL mode, with acknowledgements."""

    def __init__(self, folder: Path) -> None:
        module: Any = importlib.import_module("litequeue")
        folder.mkdir(parents=True, exist_ok=True)
        self._queue = module.LiteQueue(str(folder / "queue.db"))
        self._removed = 0

    def write(self, events: Sequence[bytes]) -> None:
        self._queue.put(b"\n".join(events))

    def read(self, _key: Any) -> list[bytes]:
        self._message = self._queue.pop()
        events: list[bytes] = self._message.data.split(b"\n")
        return events

    def remove(self, _key: Any) -> None:
        self._queue.done(self._message.message_id)
        self._removed += 1
        if self._removed % 256 == 0:
            self._queue.prune()

    def left(self) -> int:
        count: int = self._queue.qsize()
        return count

    def close(self) -> None:
        self._queue.conn.close()


STORES: dict[str, Callable[[Path], Store]] = {
    "this package's spool": OurSpool,
    "SQLite, WAL": Sqlite,
    "persist-queue, files": PersistQueueFiles,
    "persist-queue, SQLite": PersistQueueSqlite,
    "diskcache": DiskCache,
    "litequeue": LiteQueue,
}
"""By name; the first one is what the others are compared with."""

PACKAGES = {
    "persist-queue, files": ("persistqueue", "persist-queue"),
    "persist-queue, SQLite": ("persistqueue", "persist-queue"),
    "diskcache": ("diskcache", "diskcache"),
    "litequeue": ("litequeue", "litequeue"),
}
"""The module that a store needs, and what pip calls it."""

ONE_BY_ONE = frozenset({"persist-queue, files", "persist-queue, SQLite", "litequeue"})
"""Those that give a batch only to acknowledge it next: it is always read before it is removed."""


def events(count: int, size: int) -> list[bytes]:
    """Make events of about so many bytes, each a JSON text of its own."""
    filling = "0123456789abcdef" * (size // 16)
    return [json.dumps({"n": n, "body": filling}).encode() for n in range(count)]
