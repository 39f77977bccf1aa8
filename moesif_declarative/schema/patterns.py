"""The shapes of texts that have one: a status, a network, a header's name.

Flows in: the document ``patterns``. Flows out: each pattern by its name, for startup's checks
and for the editor's schema.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from moesif_declarative.schema.documents import document

_QUOTED = re.compile(r"\{\{(\w+)\}\}")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern of the document, compiled; it is meant for the whole text.

    Args:
        name: Its name: ``status``.
    """
    return re.compile(pattern_text(name))


@cache
def pattern_text(name: str) -> str:
    """Return a pattern of the document, with the patterns that it quotes in their places.

    Args:
        name: Its name: ``status``.
    """
    return _QUOTED.sub(lambda quoted: pattern_text(quoted[1]), str(_tables()[name]["pattern"]))


def bounds(name: str) -> tuple[int, int] | None:
    """Return the least and the greatest number that may stand in such a text's place.

    Args:
        name: The pattern's name: ``status``.
    """
    table = _tables()[name]
    return (table["minimum"], table["maximum"]) if "minimum" in table else None


def is_pattern(name: str) -> bool:
    """Tell whether the document has a pattern of this name."""
    return name in _tables()


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return document("patterns")
