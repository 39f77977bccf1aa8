"""One thing on its way to the collector, and a batch of them.

Flows in: what was put. Flows out: the same, encoded and grouped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

ProfileKind: TypeAlias = Literal["user", "company", "subscription", "action"]
Kind: TypeAlias = Literal["event", "user", "company", "subscription", "action"]

PROFILE_KINDS: tuple[ProfileKind, ...] = ("user", "company", "subscription", "action")

KINDS: tuple[Kind, ...] = ("event", *PROFILE_KINDS)

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Entry(Generic[T]):
    """A captured call or a profile, until it is final.

    Attributes:
        kind: What it is.
        number: Its place in the order of puts, over all kinds.
        put_at: When it was put, in monotonic seconds.
        size: The bytes it is held for: the putter's estimate, then those of its payload.
        item: What was put; None once it is encoded.
        document: A profile's document; None for an event.
        payload: An event's JSON; empty until it is encoded.
        final: Whether it is delivered, dropped or unwanted, and counted.
    """

    kind: Kind
    number: int
    put_at: float
    size: int
    item: T | None = None
    document: Mapping[str, Any] | None = None
    payload: bytes = b""
    final: bool = False


@dataclass(slots=True, eq=False)
class Stored:
    """A batch of events in the spool.

    Attributes:
        name: The name of its file.
        size: The file's bytes.
        count: How many events are in it.
        left: How many of them are not final.
        number: That of its first event; 0 for what an earlier run left.
        put_at: When its first event was put, or found, in monotonic seconds.
        recovered: Whether an earlier run, or a process that has died, left it.
    """

    name: str
    size: int
    count: int
    left: int
    number: int = 0
    put_at: float = 0.0
    recovered: bool = False


@dataclass(slots=True, eq=False)
class Batch(Generic[T]):
    """Entries of one kind that go out in one request.

    Attributes:
        kind: What they are.
        entries: The entries; none while they are on disk alone.
        due: When it may be sent, in monotonic seconds.
        attempt: How often it was sent.
        sending: Whether it is being sent right now.
        asked: Whether the collector asked for the wait until `due`.
        stored: Its file in the spool, which halves of one batch share.
        pinned: Whether its entries are not those of its file, and so stay in memory.
    """

    kind: Kind
    entries: list[Entry[T]]
    due: float
    attempt: int = 0
    sending: bool = False
    asked: bool = False
    stored: Stored | None = None
    pinned: bool = False

    @property
    def first(self) -> int:
        """The number of its first entry."""
        if self.entries:
            return self.entries[0].number
        return self.stored.number if self.stored is not None else 0

    @property
    def count(self) -> int:
        """How many entries it has, in memory or on disk alone (then it is its whole file)."""
        if self.entries or self.stored is None:
            return len(self.entries)
        return self.stored.count
