"""Forms to objects of texts.

Flows in: the body of a form, as text or as parts. Flows out: its fields by name, or that it is
no form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from tornado.httputil import HTTPFile, parse_multipart_form_data

from moesif_declarative.call.charset import decode, is_ambiguous

_INNER_PARTS = re.compile(rb"\s*--[^\r\n]+\r?\n(?i:content-)")
# Something without "=" in a form that looks like a piece of another format.
_NO_FORM_NAME = re.compile(r'[{"<]')


def read_urlencoded(text: str, charset: str) -> dict[str, Any] | None:
    """Read ``application/x-www-form-urlencoded``.

    Args:
        text: The body as text.
        charset: What the content type declares for percent-encoded bytes, ``""`` without one.

    Returns:
        Field names to a text, or to a list where a name is repeated; None for another format.
    """
    text = text.strip()
    pieces = text.split("&")
    if any("=" not in piece and _NO_FORM_NAME.search(piece) for piece in pieces):
        return None
    if _NO_FORM_NAME.match(text):
        return None
    encodings = ("utf-8", charset) if charset and _keeps_ascii(charset) else ("utf-8",)
    if is_ambiguous(charset):
        encodings = encodings[::-1]
    pairs = (piece.partition("=") for piece in pieces if piece)
    return _collected(
        (_unquoted(name, encodings), _unquoted(value, encodings)) for name, _, value in pairs
    )


def _keeps_ascii(charset: str) -> bool:
    """Whether percent-encoded bytes may be in a charset, which ASCII around them is not."""
    try:
        return b"az09%".decode(charset) == "az09%"
    except (ValueError, LookupError):
        return False


def _unquoted(piece: str, encodings: Sequence[str]) -> str:
    piece = piece.replace("+", " ")
    if "%" not in piece:
        return piece
    for encoding in encodings:
        try:
            return unquote(piece, encoding, "strict")
        except ValueError:
            continue
    return unquote(piece, "latin-1")


def read_multipart(raw: bytes, boundary: str) -> dict[str, Any] | None:
    """Read ``multipart/form-data`` (RFC 7578).

    Returns:
        Fields as `read_urlencoded` gives them, files as ``{filename, content_type, size}``; None
        where it is malformed, or a part holds parts of its own.
    """
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    try:
        parse_multipart_form_data(boundary.encode("latin-1"), raw, arguments, files)
    except Exception:  # noqa: BLE001 - what Tornado raises here differs between its versions
        return None
    if any(_INNER_PARTS.match(value) for values in arguments.values() for value in values):
        return None  # a multipart body in a part (RFC 7578, section 4.3): its fields are not read
    pairs: list[tuple[str, Any]] = [
        (name, _part_text(value)) for name, values in arguments.items() for value in values
    ]
    for name, uploads in files.items():
        for upload in uploads:
            about = {
                "filename": upload.filename,
                "content_type": upload.content_type,
                "size": len(upload.body),
            }
            pairs.append((name, about))
    return _collected(pairs)


def _part_text(value: bytes) -> str:
    text = decode(value, "")
    return value.decode("utf-8", "replace") if text is None else text


def _collected(pairs: Any) -> dict[str, Any]:
    """Gather fields by name: a text, or a list where a name is repeated."""
    fields: dict[str, list[Any]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
