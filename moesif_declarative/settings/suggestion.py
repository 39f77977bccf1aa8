"""The name that was probably meant.

Flows in: a wrong name and the right ones. Flows out: a hint, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

LIKENESS: Final = 0.7
"""How alike two names must be, from 0 to 1, for one to be taken for the other misspelled."""

_LONGEST: Final = 64  # a longer name is no typing error, and comparing it would be slow
_SHORTEST_SLIP: Final = 4


def nearest(name: Any, names: Iterable[str]) -> str | None:
    """Return the one of some names that is most like a given one.

    Case does not count, and hyphens count as underscores.

    Args:
        name: The name that is not among them; what is no text is like none.
        names: The names that exist.

    Returns:
        The nearest name as it is spelled in `names`; None when none is alike.
    """
    if not isinstance(name, str) or len(name) > _LONGEST:
        return None
    spelled = {_plain(known): known for known in sorted(names)}
    found = get_close_matches(_plain(name), spelled, n=1, cutoff=LIKENESS)
    return spelled[found[0]] if found else None


def did_you_mean(name: Any, names: Iterable[str], before: str = "") -> str:
    """Return a hint that suggests the nearest name, ``""`` when none is alike."""
    found = nearest(name, names)
    return f"did you mean `{before}{found}`?" if found else ""


def is_slip(name: str, meant: str) -> bool:
    """Tell whether two different names are one slip of the fingers apart.

    One letter more, less, other, or two of them swapped. Names that differ on purpose, by a
    digit or in a part of one or two letters (``prod-a``, ``prod-b``), are no slips.
    """
    first, second = sorted((_plain(name), _plain(meant)), key=len)
    if first == second or len(first) < _SHORTEST_SLIP or len(second) - len(first) > 1:
        return False
    start = next((at for at in range(len(first)) if first[at] != second[at]), len(first))
    differing = first[start : start + 1] + second[start : start + 1]
    part = second.rfind("_", 0, start + 1) + 1
    short_part = len(second[part:].partition("_")[0]) < _SHORTEST_SLIP
    if not differing.isalpha() or (part and short_part):
        return False
    if len(first) < len(second):
        return first[start:] == second[start + 1 :]
    swapped = first[start : start + 2] == second[start : start + 2][::-1]
    return first[start + 1 :] == second[start + 1 :] or (
        swapped and first[start + 2 :] == second[start + 2 :]
    )


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
