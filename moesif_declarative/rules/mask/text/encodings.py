r"""Patterns for every way a secret may be written in a text.

Flows in, at startup: a secret. Flows out: RE2 patterns, in UTF-8, that match it

- as it is, with any of its characters percent-encoded, JSON-escaped or as ``\xHH``, in either
  case, once or several times over (``%2541``, ``\\\\u0041``), a space as ``+``;
- in base64 and base64url, standing at any place of a longer base64 text, with or without
  padding, its ``+``, ``/`` and ``=`` written in any of the ways above. Line breaks in base64
  are not in the patterns: they are to be taken out of the text before.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

_NAMED: Final = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "/": "/", '"': '"'}
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_URL_SAFE: Final = {"+": "-", "/": "_"}
_BITS: Final = 6
# JSON in a string of JSON has two backslashes or more; in a URL, they are percent-encoded.
_BACKSLASHES: Final = rb"(?:\\|%(?:25)*5[Cc])+"
_CARRIAGE_RETURN: Final = rb"(?:\r|%(?:25)*0[Dd]|" + _BACKSLASHES + rb"(?:r|u000[Dd]))?"
_PADDING: Final = rb"(?:=|%(?:25)*3[Dd]|" + _BACKSLASHES + rb"u003[Dd]){0,2}"
_LATIN1_END: Final = 0x100


def written_pattern(secret: str) -> bytes:
    """Return a pattern for a secret as it is, or with any of its characters encoded."""
    return b"".join(_any_writing(char) for char in secret)


def base64_patterns(secret: str) -> tuple[bytes, bytes, bytes]:
    """Return patterns for a secret in base64, also for its JSON-escaped and quoted forms.

    They are three, for 0, 1 and 2 bytes (modulo 3) before the secret: two secrets in a row may
    share a character, which one pattern for all would see but once.
    """
    data = utf8(secret)
    forms = dict.fromkeys(
        (
            data,
            utf8(json.dumps(secret, ensure_ascii=False)[1:-1]),
            utf8(json.dumps(secret)[1:-1]),
            quote(data).encode(),
            quote(data, safe="").encode(),
        )
    )
    none, one, two = (b"|".join(_in_base64(form, before) for form in forms) for before in range(3))
    return none, one, two


def _any_writing(char: str) -> bytes:
    writings = [_literal(char), _percent(utf8(char))]
    if char == "\\":
        writings.append(_BACKSLASHES)
    if char == " ":
        writings.append(rb"\+|%(?:25)*2[Bb]")
    # Forms and mail write every line feed with a carriage return before it.
    before = _CARRIAGE_RETURN if char == "\n" else b""
    return before + b"(?:" + b"|".join((*writings, _escape(char))) + b")"


def _escape(char: str) -> bytes:
    r"""Return a pattern for a character after backslashes: ``\n``, ``\u000a``, ``\x0a``."""
    units = char.encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex().encode() for at in range(0, len(units), 2))
    escapes = [_BACKSLASHES.join(b"u" + _hex(pair) for pair in pairs)]
    if ord(char) < _LATIN1_END:
        escapes.append(b"x" + _hex(b"%02x" % ord(char)))
    if char in _NAMED:
        name = _NAMED[char]
        escapes += (_literal(name), _percent(name.encode("ascii")))
    return _BACKSLASHES + b"(?:" + b"|".join(escapes) + b")"


def _literal(char: str) -> bytes:
    return b"\\x{%x}" % ord(char)


def _percent(data: bytes) -> bytes:
    return b"".join(b"%(?:25)*" + _hex(b"%02x" % byte) for byte in data)


def _hex(digits: bytes) -> bytes:
    """Return a pattern for hex digits in either case."""
    return b"".join(
        b"[%c%c]" % (digit, digit - 32) if chr(digit).isalpha() else b"%c" % digit
        for digit in digits
    )


def _in_base64(data: bytes, before: int) -> bytes:
    """Return a pattern for data in base64, with so many bytes (modulo 3) before it.

    The characters at both ends also hold bits of what stands around the data: any character
    with the right bits in the right places fits there.
    """
    left = len(data) * 8
    number = int.from_bytes(data, "big")
    characters = []
    shared = -before * 8 % _BITS
    if shared:
        left -= shared
        characters.append(_ALPHABET[number >> left :: 1 << shared])
    while left > 0:
        known = min(_BITS, left)
        left -= known
        first = ((number >> left) & ((1 << known) - 1)) << (_BITS - known)
        characters.append(_ALPHABET[first : first + (1 << (_BITS - known))])
    padding = b"" if (len(data) + before) % 3 == 0 else _PADDING
    return b"".join(map(_any_of, characters)) + padding


def _any_of(characters: str) -> bytes:
    """Return a pattern for one of some base64 characters."""
    plain = "".join(char for char in characters if char not in _URL_SAFE)
    writings = [f"[{plain}]".encode()] if plain else []
    for char in characters:
        if char in _URL_SAFE:
            # What decodes forms takes a + that was not encoded for a space.
            space = b" |" if char == "+" else b""
            writings.append(space + _any_writing(char) + b"|" + _literal(_URL_SAFE[char]))
    return writings[0] if len(writings) == 1 and plain else b"(?:" + b"|".join(writings) + b")"


def utf8(text: str) -> bytes:
    """Encode a text; bytes that the system could not decode are themselves again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
