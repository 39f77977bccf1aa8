"""The id of a call: made here, or taken over from whoever named the call before.

Flows in: the headers of a call. Flows out: a UUID as text, 36 characters, by which Moesif knows
an event that it has got already.
"""

from __future__ import annotations

import os
import re
from typing import Final

HEADER: Final = "X-Moesif-Transaction-Id"
"""Says the id of a call, in the request and in the response."""

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
# RFC 9562, sections 5.9 and 5.10: these name nothing, so calls that bear them are not the same.
_NAMELESS: Final = {f"{sign * 8}-{sign * 4}-{sign * 4}-{sign * 4}-{sign * 12}" for sign in "0fF"}
_AT_ONCE: Final = 256

# Asking the system for a few bytes costs as much as asking for thousands.
_made: list[str] = []


def fresh_transaction_id() -> str:
    """Make an id: a random UUID (RFC 9562, version 4). No process has the ids of another."""
    try:
        digits = _made.pop()
    except IndexError:
        random = os.urandom(16 * _AT_ONCE).hex()
        _made.extend([random[at : at + 32] for at in range(32, len(random), 32)])
        digits = random[:32]
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def is_transaction_id(text: str | None) -> bool:
    """Whether a header names a call: one UUID, in either case, and not one of the nameless."""
    return text is not None and _UUID.fullmatch(text) is not None and text not in _NAMELESS


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_made.clear)
