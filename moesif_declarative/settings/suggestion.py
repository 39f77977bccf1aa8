"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LIKENESS = 0.75
"""How alike two names must be, from 0 to 1, for one to be taken for the other misspelled."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that is most like a given one, without regard to case.

    Args:
        name: The name that is not among them.
        names: The names that exist.

    Returns:
        The nearest name as it is spelled in `names`; None when none is alike.
    """
    spelled = {known.lower(): known for known in sorted(names)}
    found = get_close_matches(name.lower(), spelled, n=1, cutoff=LIKENESS)
    return spelled[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str], before: str = "") -> str:
    """Return a hint that suggests the nearest name, ``""`` when none is alike."""
    found = nearest(name, names)
    return f"did you mean {before}{found}?" if found else ""
