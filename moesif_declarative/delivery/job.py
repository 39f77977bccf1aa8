"""What a lane can be given to do.

Flows in: what the schedule decides. Flows out: the same, to the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from moesif_declarative.delivery.entry import Batch, Entry
from moesif_declarative.delivery.notices import Line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tell:
    """Lines to be logged."""

    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Adopt:
    """Look in the spool for what others left."""


@dataclass(frozen=True, slots=True)
class Encode(Generic[T]):
    """Entries to be encoded."""

    entries: list[Entry[T]]


@dataclass(frozen=True, slots=True)
class Store(Generic[T]):
    """A batch to be written to the spool."""

    batch: Batch[T]


@dataclass(frozen=True, slots=True)
class Send(Generic[T]):
    """A batch to be sent; `probe` tells whether it tries a gate that is closed."""

    batch: Batch[T]
    probe: bool


Job: TypeAlias = Tell | Adopt | Encode[T] | Store[T] | Send[T]
