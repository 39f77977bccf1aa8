"""The shadow of a text: ASCII bytes, one for each character, for scanners to look at.

Flows in: any text. Flows out: bytes of the same length, so that a place in the shadow is the
same place in the text. Digits of every script, full-width letters and signs, and the spaces
and dashes of typography become their ASCII twins: a card number cannot hide in them. Every
other character beyond ASCII becomes `OTHER`.
"""

from __future__ import annotations

import re
from typing import Final

OTHER: Final = b"?"
"""What stands for a character beyond ASCII that has no twin. A real ``?`` becomes NUL."""

# The zeros of the decimal digits (category Nd) up to Unicode 17; one to nine follow each.
_ZEROS: Final = (
    *(0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6),
    *(0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50),
    *(0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10),
    *(0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0),
    *(0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50),
    *(0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE),
    *(0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0),
)
_SPACES: Final = (0xA0, 0x1680, *range(0x2000, 0x200C), 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF)
_HYPHENS: Final = (0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63)
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)

_BMP_END: Final = "\U00010000"
_TWINS: Final[dict[str, str]] = {
    **{chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)},
    **{chr(space): " " for space in _SPACES},
    **{chr(hyphen): "-" for hyphen in _HYPHENS},
    **{chr(code): chr(code - 0xFF01 + 0x21) for code in _FULL_WIDTH},
}
# Python's re looks a character of the BMP up in a bitmap, but compares one beyond with every
# range of the class: hence two steps, and one plain range for the second.
_BMP: Final = re.compile(f"[{''.join(sorted(char for char in _TWINS if char < _BMP_END))}]")
_BEYOND: Final = re.compile(f"[{_BMP_END}-\U0010ffff]")


def shadow(text: str) -> bytes:
    """Return the shadow of a text: as many bytes as the text has characters."""
    text = text.replace("?", "\0")
    if text.isascii():
        return text.encode("ascii")
    text = _BMP.sub(_twin, text)
    return _BEYOND.sub(_twin, text).encode("ascii", "replace")


def _twin(found: re.Match[str]) -> str:
    return _TWINS.get(found[0], found[0])
