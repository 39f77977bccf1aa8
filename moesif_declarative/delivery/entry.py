"""One thing on its way to the collector, and a batch of them.

Flows in: what was put. Flows out: the same, encoded and grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        smaller: Gives the event without its bodies; None where that is of no use.
        final: Whether it is delivered, dropped or unwanted, and counted.
    """

    kind: Kind
    number: int
    put_at: float
    size: int
    item: T | None = None
    document: Mapping[str, Any] | None = None
    payload: bytes = b""
    smaller: Callable[[], bytes] | None = None
    final: bool = False


@dataclass(slots=True, eq=False)
class Batch(Generic[T]):
    """Entries of one kind that go out in one request.

    Attributes:
        kind: What they are.
        entries: At least one.
        due: When it may be sent, in monotonic seconds.
        attempt: How often it was sent.
        sending: Whether it is being sent right now.
        asked: Whether the collector asked for the wait until `due`.
    """

    kind: Kind
    entries: list[Entry[T]]
    due: float
    attempt: int = 0
    sending: bool = False
    asked: bool = False

    @property
    def first(self) -> int:
        """The number of its first entry."""
        return self.entries[0].number
