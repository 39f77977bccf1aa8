"""A Content-Encoding undone, within bounds.

Flows in: bytes as sent and the header that describes them. Flows out: the content, or why it
cannot be had.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

_MOST_MEMBERS = 1000
"""The rest is copied for each member of a stream: with thousands of empty ones, for seconds."""


class TooLargeError(ValueError):
    """A compressed body grows beyond what may be kept."""


def decompress(raw: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """Undo a Content-Encoding.

    Args:
        raw: The bytes as sent.
        content_encoding: The header: codings in the order in which they were applied.
        max_bytes: The most that may come out.

    Raises:
        ValueError: The coding is not known here, the bytes are malformed, or too many.
    """
    for coding in reversed(content_encoding.lower().split(",")):
        undo = _CODINGS.get(coding.strip())
        if undo is None:
            # The header may be masked: only codings that are known to the world are named.
            named = coding.strip() in _FOREIGN_CODINGS
            raise ValueError(
                f"Content-Encoding {coding.strip()} cannot be read"
                if named
                else "an unknown Content-Encoding"
            )
        try:
            raw = undo(raw, max_bytes)
        except zlib.error:
            raise ValueError(f"malformed {coding.strip()}") from None
    return raw


def _unchanged(raw: bytes, max_bytes: int) -> bytes:  # noqa: ARG001 - one shape for all codings
    return raw


def _gunzip(raw: bytes, max_bytes: int) -> bytes:
    if raw[:2] != b"\x1f\x8b":
        return raw  # a proxy undid the coding and left the header
    return _inflated(raw, 31, max_bytes)


def _inflate(raw: bytes, max_bytes: int) -> bytes:
    try:
        return _inflated(raw, 15, max_bytes)
    except (zlib.error, _MalformedError):
        if raw[:1] in b"{[<" and raw.isascii():
            return raw
        try:
            return _inflated(raw, -15, max_bytes)  # without the zlib header, as some send it
        except (zlib.error, _MalformedError):
            if raw[:1] in b"{[<":
                return raw
            raise


class _MalformedError(ValueError):
    """A compressed body ends early, or goes on after its end."""


def _inflated(raw: bytes, window_bits: int, max_bytes: int) -> bytes:
    content = bytearray()
    members = 0
    while raw:
        members += 1
        if members > _MOST_MEMBERS:
            raise TooLargeError
        stream = zlib.decompressobj(window_bits)
        content += stream.decompress(raw, max_bytes + 1 - len(content))
        if len(content) > max_bytes:
            raise TooLargeError
        if not stream.eof:
            raise _MalformedError("malformed or truncated compressed body")
        raw = stream.unused_data.lstrip(b"\x00")
    return bytes(content)


_FOREIGN_CODINGS = {"br", "zstd", "compress", "x-compress", "dcb", "dcz", "aws-chunked"}
_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _unchanged,
    "identity": _unchanged,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
