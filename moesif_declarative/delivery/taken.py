"""The entries in memory that were taken: being worked on, or resting until another try.

Flows in: entries as they are taken, rest, are claimed again and become final. Flows out: which of
them overflow may reach, and what those that it may not reach hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from moesif_declarative.delivery.entry import Entry

T = TypeVar("T")


class Taken(Generic[T]):
    """Taken entries, in the order in which they were taken; the ledger guards it with its lock.

    Attributes:
        fixed_bytes: The bytes of those that do not rest.
    """

    def __init__(self) -> None:
        self._all: dict[int, Entry[T]] = {}
        self._resting: dict[int, Entry[T]] = {}
        self.fixed_bytes = 0

    def __iter__(self) -> Iterator[Entry[T]]:
        """Give all that are taken now, whatever is removed meanwhile."""
        return iter(list(self._all.values()))

    @property
    def fixed(self) -> int:
        """How many do not rest."""
        return len(self._all) - len(self._resting)

    def add(self, entry: Entry[T]) -> None:
        """Take an entry in."""
        self._all[entry.number] = entry
        self.fixed_bytes += entry.size

    def resize(self, entry: Entry[T], size: int) -> None:
        """Note that an entry, which does not rest, holds so many bytes now."""
        self.fixed_bytes += size - entry.size
        entry.size = size

    def rest(self, entry: Entry[T]) -> None:
        """Let overflow reach an entry."""
        self._resting[entry.number] = entry
        self.fixed_bytes -= entry.size

    def claim(self, entry: Entry[T]) -> None:
        """Put an entry out of overflow's reach again."""
        if self._resting.pop(entry.number, None) is not None:
            self.fixed_bytes += entry.size

    def remove(self, entry: Entry[T]) -> None:
        """Forget an entry."""
        del self._all[entry.number]
        if self._resting.pop(entry.number, None) is None:
            self.fixed_bytes -= entry.size

    def resting(self, *, newest: bool) -> Entry[T] | None:
        """The oldest, or newest, entry that rests; None where none does."""
        if not self._resting:
            return None
        # They came to rest nearly in the order of their puts.
        return self._resting[next(reversed(self._resting) if newest else iter(self._resting))]

    def up_to(self, number: int) -> bool:
        """Whether any entry up to this number is here."""
        return any(taken <= number for taken in self._all)
