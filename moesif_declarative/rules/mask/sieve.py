r"""One pass over a text for the signs of everything that masks look for.

Flows in, at startup: the signs of keys, arguments and detectors. Flows out: a `Sieve`, which
tells at request time which of them occur in a text. It may name a sign for nothing, but never
miss one: what has no sign in a text has nothing to mask in any part of it, and most texts are
done after this one look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from moesif_declarative.call.json_scan import search_all
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign

_MEMO_SIZE: Final = 1024
_NO_CHARACTER: Final = r"[^\x00-\x{10ffff}]"
# What a normalised name has in the place of two characters (`names.normalise`).
_EITHER_DASH: Final = {"_": "[-_]"}


def sign_of_names(cores: Iterable[str]) -> Sign:
    """Make the sign of names (`Names.cores`).

    Args:
        cores: Pieces of the names, normalised; ``""`` occurs in every text.
    """
    known = {core for core in cores if core.isascii()}  # others do not occur in ASCII
    pieces = ["".join(map(_written, core)) for core in sorted(known)]
    return Sign(f"(?i:{'|'.join(pieces)})" if pieces else _NO_CHARACTER, "ascii")


def _written(character: str) -> str:
    return _EITHER_DASH.get(character) or f"\\x{{{ord(character):x}}}"


class Sieve:
    """Looks for all signs of one set of masks.

    Args:
        signs: What is looked for.

    Raises:
        re2.error: They are too many for one pass.
    """

    def __init__(self, signs: Iterable[Sign]) -> None:
        # A pass that ran out of memory finds nothing, not even the end, which costs nothing.
        self._always = Sign(r"\z")
        self._signs = (self._always, *dict.fromkeys(signs))
        self._every = frozenset(self._signs)
        self._shadowed = frozenset(sign for sign in self._signs if sign.reads == "shadow")
        self._ascii = frozenset(sign for sign in self._signs if sign.reads == "ascii")
        self._match = search_all(sign.pattern.encode() for sign in self._signs)
        self._memo: dict[tuple[int, ...], frozenset[Sign]] = {}

    def found(self, text: str) -> frozenset[Sign]:
        """Tell which signs a text may hold. Never raises."""
        try:
            data = text.encode()
        except UnicodeEncodeError:  # a lone surrogate, which hides what is around it from RE2
            return self._every
        found = self._in(data)
        if len(data) == len(text):
            return found
        found = (found - self._shadowed) | self._ascii
        return found | (self._in(shadow(text)) & self._shadowed) if self._shadowed else found

    def _in(self, data: bytes) -> frozenset[Sign]:
        indexes = tuple(self._match(data))
        found = self._memo.get(indexes)
        if found is None:
            found = frozenset(map(self._signs.__getitem__, indexes))
            if self._always not in found:
                found = self._every
            if len(self._memo) < _MEMO_SIZE:
                self._memo[indexes] = found
        return found
