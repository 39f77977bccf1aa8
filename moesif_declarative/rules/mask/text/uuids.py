"""UUIDs, whose digits look like card and phone numbers but are neither.

Flows in: a shadow. Flows out: the shadow with its UUIDs blotted out (RFC 9562, section 4).
"""

from __future__ import annotations

from typing import Final

from moesif_declarative.rules.mask.text.scanner import compile_ascii

_UUID: Final = compile_ascii(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
_BLOT: Final = b"x" * 36


def without_uuids(seen: bytes) -> bytes:
    """Put letters in the place of every UUID; the length stays."""
    if seen.count(b"-") < 4:
        return seen
    blotted: bytes = _UUID.sub(lambda _uuid: _BLOT, seen)
    return blotted
