"""Bytes to text, whatever charset a header claims.

Flows in: bytes and the name of a charset. Flows out: text, or that the bytes are none.
"""

from __future__ import annotations

import codecs
import re
import zlib

# Codecs that are no charset of HTTP: they evaluate escapes or depend on the machine.
_NO_CHARSET = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs"}
# Charsets in which plain ASCII, or UTF-8, may read as something else that makes sense.
_AMBIGUOUS_CHARSET = re.compile(r"utf-7|hz|big5|cp9(?:32|49|50)|euc_|gb|iso2022_|johab|shift_jis")
_PACKED = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(raw: bytes, charset: str) -> str | None:
    """Decode a text body.

    Args:
        raw: The bytes.
        charset: The charset that the content type names, ``""`` without one.

    Returns:
        The text; None where the bytes are no text. Text in UTF-16 or UTF-32 is known by its
        byte order mark or the charset; a NUL means that it was read wrongly. What is UTF-8 is
        read as that whatever the charset says, but for charsets that may well look like it.
    """
    candidates = ["utf-8-sig"]
    if charset and charset.lower().replace("-", "_") not in _NO_CHARSET:
        # A charset that lies would hide a name: what is UTF-8 is hardly ever anything else.
        declared_first = is_ambiguous(charset)
        candidates = [charset, *candidates] if declared_first else [*candidates, charset]
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        candidates = ["utf-32", "utf-16", *candidates]
    elif raw[:4] == b"\x00\x00\xfe\xff":
        candidates = ["utf-32", *candidates]
    for codec in candidates:
        try:
            text = raw.decode(codec)
        except (ValueError, LookupError):
            continue
        if codec == "utf-8-sig":
            if "\x00" not in text:
                return text.removeprefix("\ufeff")
        elif not _is_packed(raw) and (not _NO_TEXT.search(text) or _is_utf8_text(raw, codec)):
            return text.removeprefix("\ufeff")
    return None


def is_ambiguous(charset: str) -> bool:
    """Whether bytes that are UTF-8 may as well be meant in a charset."""
    if not charset:
        return False
    try:
        return _AMBIGUOUS_CHARSET.match(codecs.lookup(charset).name) is not None
    except (ValueError, LookupError):
        return False


def _is_utf8_text(raw: bytes, codec: str) -> bool:
    """Whether bytes are text by UTF-8 as well: then control characters are but another reading."""
    if not is_ambiguous(codec):
        return False
    try:
        return "\x00" not in raw.decode()
    except ValueError:
        return False


def _is_packed(raw: bytes) -> bool:
    """Whether bytes are compressed: in most charsets any bytes are some text."""
    if raw.startswith(_PACKED):
        return True
    if len(raw) < 2 or raw[0] & 0x0F != zlib.DEFLATED or int.from_bytes(raw[:2]) % 31:
        return False
    try:
        return len(zlib.decompressobj().decompress(raw, 1 << 16)) > 0
    except zlib.error:
        return False
