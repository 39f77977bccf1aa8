"""JSON texts inside strings of the event: known by how they begin, taken apart, written back.

Flows in: a string of the event. Flows out: the value that it holds as JSON, and strings that
remember the value they were written from.
"""

from __future__ import annotations

import re
from typing import Any, Final

from moesif_declarative.call import json_text

MAX_DEPTH: Final = 32
"""How many strings inside strings are taken apart; what lies deeper counts as unreadable."""

_OPENINGS: Final = frozenset('{["')
_REDACTED: Final = "[REDACTED]"  # what masks put there themselves: no JSON, and nothing is in it
# Signs of texts in texts in texts: escapes that were escaped more than once.
_ESCAPED_AGAIN: Final = re.compile(r"\\{4}|\\\\u00(?:5c|22)")
_ESCAPE: Final = re.compile(r"\\(.)")
_SPELLED: Final = {"\\": r"\u005c", '"': r"\u0022"}
_BLANKS: Final = " \t\r\n\f\v\xa0\u2028\u2029\ufeff\u200b\x00"
_STARTS: Final = _OPENINGS | frozenset(_BLANKS)


class NestedText(str):
    """A string that was written from a JSON value, whose masked places are still known.

    Attributes:
        value: The value.
    """

    __slots__ = ("value",)
    value: Any


def begins_like_json(text: str) -> bool:
    """Whether a string begins like a JSON object, array or string."""
    start = text[:1]
    if start not in _STARTS:
        return False
    if start in _OPENINGS:
        return text != _REDACTED
    return text.lstrip(_BLANKS)[:1] in _OPENINGS


def unfold(text: str) -> Any:
    """Give the value that a string holds as JSON.

    Raises:
        ValueError: It holds no JSON.
    """
    if isinstance(text, NestedText):
        return text.value
    return json_text.parse(text.strip(_BLANKS))


def fold(value: Any) -> NestedText:
    """Write a value as a JSON text that remembers it."""
    text = NestedText(_spelled(json_text.dump(value)))
    text.value = value
    return text


def _spelled(text: str) -> str:
    r"""Spell the backslashes and quotes in a JSON text that holds many of them as ``\u005c``.

    Each level of texts in texts doubles the backslashes of an escape like ``\\``, so that a short
    text that spells them would be written as gigabytes; spelled, they add a few characters.
    """
    if _ESCAPED_AGAIN.search(text) is None:
        return text
    return _ESCAPE.sub(lambda found: _SPELLED.get(found[1], found[0]), text)
