r"""Replacement texts with back-references: ``\1``, ``\g<name>``.

Flows in: a text as the user wrote it, and a pattern's groups. Flows out: a closure from a match
to its new text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from moesif_declarative.rules.match import Match, PatternError

_REFERENCE: Final = re.compile(r"\\(?:(\d)|g<(\w+)>|(\\)|g)")


@lru_cache(maxsize=256)
def compile_replacement(
    text: str, groups: int, names: tuple[tuple[str, int], ...]
) -> Callable[[Match], str]:
    r"""Compile a replacement text.

    Args:
        text: What to put for a match: ``\0`` is the whole match, ``\1`` … ``\9`` and
            ``\g<name>`` are groups, ``\\`` is a backslash; any other one stands for itself.
        groups: How many groups the pattern has.
        names: The names and numbers of its named groups.

    Returns:
        The closure; the result is remembered, so that compiling at every use costs a look-up.

    Raises:
        PatternError: The text names a group that the pattern does not have.
    """
    parts: list[str | int] = []
    end = 0
    for found in _REFERENCE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append("\\" if found[3] else _group_number(found, groups, dict(names)))
        end = found.end()
    parts.append(text[end:])
    if all(isinstance(part, str) for part in parts):
        constant = "".join(map(str, parts))
        return lambda _match: constant
    return lambda match: "".join(
        part if isinstance(part, str) else match.group(part) for part in parts
    )


def _group_number(found: re.Match[str], groups: int, names: Mapping[str, int]) -> int:
    name = found[1] or found[2]
    if name is None:
        raise PatternError(r"\g is followed by no group name", r"write \g<name>, or \\g for text")
    number = int(name) if name.isdecimal() else names.get(name)
    if number is None:
        known = ", ".join(sorted(names)) or "none"
        raise PatternError(f"the pattern has no group named {name!r}", f"its names: {known}")
    if number > groups:
        have = f"{groups} group{'' if groups == 1 else 's'}" if groups else "no group"
        raise PatternError(
            f"the replacement uses group {number}, but the pattern has {have}",
            r"put parentheses around what is to be kept, or write \0 for the whole match",
        )
    return number
