"""Figures of several rounds: their middle and how far they lie apart.

Flows in: one figure a round. Flows out: a `Spread`, and Markdown tables of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, the least and the most."""

    median: float
    low: float
    high: float

    def shown(self, digits: int = 2) -> str:
        """Write it as ``0.85 (0.83-0.87)``."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}-{self.high:.{digits}f})"


def spread(figures: Sequence[float]) -> Spread:
    """Sum figures up."""
    return Spread(statistics.median(figures), min(figures), max(figures))


def ratios(figures: Sequence[float], yardstick: Sequence[float]) -> list[float]:
    """Divide each round's figure by the same round's yardstick."""
    return [figure / other for figure, other in zip(figures, yardstick, strict=True)]


def interleaved(works: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Do every piece of work once a round, so that a busy machine slows all of them alike."""
    found: dict[str, list[T]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table; the first column is text, the others are figures."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [head, rule, *rows]
    return "\n".join(f"| {_row(line, widths)} |" for line in lines) + "\n"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])
