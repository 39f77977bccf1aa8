"""What a pattern finds in a text, and what can be wrong with a pattern.

Flows in: nothing. Flows out: the values and errors that the pattern engines share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from moesif_declarative.errors import MoesifError


class PatternError(MoesifError, ValueError):
    """A pattern, or a text with back-references into one, that cannot be used.

    Attributes:
        message: What is wrong.
        hint: What to write instead; ``""`` where nothing helpful can be said.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.message, self.hint))


class PatternLimitError(MoesifError):
    """A text is longer than a pattern with ``engine = "python"`` may be tried on.

    Raised where looking at the beginning alone would leave something unmasked.
    """


@dataclass(frozen=True, slots=True)
class Match:
    """One match of a pattern in a text.

    Attributes:
        text: What matched, never empty.
        groups: What each group matched, None for a group that took no part.
        names: Group name to number, from 1.
        start: Where it begins in the text, in characters.
    """

    text: str
    groups: tuple[str | None, ...] = ()
    names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    start: int = 0

    def group(self, number: int) -> str:
        """Return what a group matched, ``""`` if it took no part; 0 is the whole match."""
        return (self.groups[number - 1] or "") if number else self.text
