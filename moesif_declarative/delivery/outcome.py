"""What building one event gives.

Flows in: the verdict of the callable that builds, masks and encodes one captured item. Flows
out: the same, to the worker, which sends the event or counts why it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event that is to be sent.

    Attributes:
        payload: The event as JSON in UTF-8. It goes out byte for byte, on every try.
        transaction_id: The id in that JSON by which Moesif tells repeats apart.
        smaller: Gives the same event without its bodies, for one that is too large; None where
            there is no smaller form.
    """

    payload: bytes
    transaction_id: str = ""
    smaller: Callable[[], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that a rule does not want.

    Attributes:
        rule: The rule's name.
    """

    rule: str


@dataclass(frozen=True, slots=True)
class SampledOut:
    """An event that sampling left out."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that is lost.

    Attributes:
        reason: Why, in a few words; it becomes a key of the counts.
    """

    reason: str


Outcome: TypeAlias = Encoded | Skipped | SampledOut | Dropped
