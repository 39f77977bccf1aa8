r"""One pass over the bytes of a JSON text for everything that is to be known of it.

Flows in, at startup: patterns that others look for, by what they stand for. Flows out: a
`JsonScan`, which tells at request time how a JSON text has to be read, and which of the patterns
occur in it. It may name one for nothing, but never miss one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2

_MEMO_SIZE: Final = 1024
_MEMORY_BYTES: Final = 64 << 20

# Numbers that orjson would write otherwise than they were: exponents, trailing zeros, small
# fractions, a negative zero, more digits than 64 bits hold. Inside strings, where nothing comes
# before them that comes before a number, they are dates and identifiers, and tell nothing.
_TELLING_NUMBER: Final = (
    rb"(?:^|[ \t\r\n:,\[])-?(?:[0-9]+(?:\.[0-9]+)?[eE]|[0-9]+\.[0-9]+0|[0-9]+\.000|[0-9.]{16})"
    rb"|(?:^|[ \t\r\n:,\[])-0(?:[^.]|$)"
)
# Texts that do not stand in the bytes as they are, but for the simple escapes; and texts that
# may hold JSON themselves, or begin with an escape and so might.
_NOT_LITERAL: Final = rb'\\[u\\]|"[ \x{a0}\x{2028}\x{2029}\x{feff}\x{200b}]*[{\[\\]'
# A pass that ran out of memory finds nothing, not even the end, which costs nothing to find.
_OWN: Final = (rb"\z", _TELLING_NUMBER, _NOT_LITERAL)
_ALWAYS, _TELLING, _INDIRECT = range(3)


@dataclass(frozen=True, slots=True)
class Look:
    """What one pass found in a JSON text.

    Attributes:
        scan: Which looked.
        exact: Whether orjson reads its numbers as they can be written again.
        literal: Whether every string, key and number stands in ``unescaped(text)`` as it is, and
            no string begins like JSON, provided that it is JSON.
        found: What stands in its bytes of what the scan looks for.
    """

    scan: JsonScan
    exact: bool
    literal: bool
    found: frozenset[Any]


class JsonScan:
    """Looks for the signs of how JSON is to be read, and for those of others.

    Args:
        patterns: What is looked for, each with its pattern for RE2.

    Raises:
        re2.error: They are too many for one pass.
    """

    def __init__(self, patterns: Mapping[Hashable, str]) -> None:
        self._keys = tuple(patterns)
        self._match = search_all([*_OWN, *(pattern.encode() for pattern in patterns.values())])
        self._memo: dict[tuple[int, ...], Look] = {}

    def look(self, raw: bytes) -> Look:
        """Look at the bytes of a JSON text in UTF-8. Never raises."""
        indexes = tuple(self._match(raw) or ())
        return self._memo.get(indexes) or self._read(indexes)

    def _read(self, indexes: tuple[int, ...]) -> Look:
        if _ALWAYS in indexes:
            found = frozenset(self._keys[at - len(_OWN)] for at in indexes if at >= len(_OWN))
            look = Look(self, _TELLING not in indexes, _INDIRECT not in indexes, found)
        else:
            look = Look(self, exact=False, literal=False, found=frozenset(self._keys))
        if len(self._memo) < _MEMO_SIZE:
            self._memo[indexes] = look
        return look


def search_all(patterns: Iterable[bytes]) -> Callable[[bytes], Iterable[int]]:
    """Compile patterns for one linear pass over a text.

    Args:
        patterns: RE2's.

    Returns:
        What gives the positions of the patterns that a text holds, in their order.

    Raises:
        re2.error: They are too many for one pass.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    looked_for = re2.Set.SearchSet(options)
    for pattern in patterns:
        looked_for.Add(pattern)
    looked_for.Compile()
    match: Callable[[bytes], Iterable[int]] = looked_for.Match
    return match


PLAIN_SCAN: Final = JsonScan({})
"""Looks for nothing but how JSON is to be read."""
