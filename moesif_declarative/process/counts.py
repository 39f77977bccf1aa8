"""The counts of several deliveries, as those of one; pure.

Flows in: what `Delivery.stats` gives, of each. Flows out: the same shape, added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LARGEST = "oldest_age_s"


def add(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Add up two counts: numbers and tables of numbers are summed, of ages the larger counts.

    Args:
        first: Counts; what only one of the two has is taken as it is.
        second: Counts.
    """
    total = dict(first)
    for name, value in second.items():
        mine = total.get(name)
        if isinstance(value, Mapping):
            total[name] = add(mine or {}, value)
        elif isinstance(value, int | float):
            total[name] = max(mine or 0.0, value) if name == _LARGEST else (mine or 0) + value
        elif value is not None or name not in total:
            total[name] = value
    return total


def settled(stats: Mapping[str, Any]) -> int:
    """How many of the captured events are final, or safe on disk."""
    final = stats["skipped"] + stats["sampled_out"] + stats["sent"] + stats["spooled"]
    return int(final + sum(stats["dropped"].values()))
