"""Suggestions for names that the language does not know.

Flows in: a wrong name and the right ones. Flows out: a hint, or nothing.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 64  # a longer name is no typing error, and comparing it would be slow


def nearest(name: Any, names: Iterable[str]) -> str | None:
    """Return the name that was most likely meant, None when none resembles it.

    Args:
        name: What was written.
        names: What could have been meant.
    """
    if not isinstance(name, str) or len(name) > _LONGEST:
        return None
    spellings = {_plain(known): known for known in names}
    found = difflib.get_close_matches(_plain(name), spellings, n=1, cutoff=0.7)
    return spellings[found[0]] if found else None


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """Return ``did you mean `…`?``, or an empty text when no name resembles it."""
    found = nearest(name, names)
    return f"did you mean `{found}`?" if found else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
