"""A body as bytes to a body as something: JSON, a form, text, or what cannot be read.

Flows in: the bytes of a request or response and the headers that describe them.
Flows out: a `Body`. Nothing here trusts a header: a content type may lie, be missing or be
broken, and so may a content encoding.
"""

from __future__ import annotations

import base64
import codecs
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

from tornado.httputil import HTTPFile, parse_multipart_form_data

from moesif_declarative.call import json_text

Kind: TypeAlias = Literal["absent", "json", "form", "text", "binary", "left_out"]

_BINARY_TYPE = re.compile(
    r"(?:image/(?!svg\+xml)|audio/|video/|font/)"
    r"|application/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-protobuf|protobuf|grpc|wasm)\b"
)
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
_FORM_TYPE = "application/x-www-form-urlencoded"
_PARAMETER = re.compile(r';\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_INNER_PARTS = re.compile(rb"\s*--[^\r\n]+\r?\n(?i:content-)")
# What every writer of forms encodes; in a form it is a sign of another format.
_NO_FORM_SIGN = re.compile(r'[\s;,:"<>\\{}]')
# Something without "=" in a form that looks like a piece of another format.
_NO_FORM_NAME = re.compile(r'[{"<]')


@dataclass(frozen=True, slots=True)
class Body:
    """A body, as far as it could be read.

    Attributes:
        kind: ``json`` and ``form`` have a value, ``text`` has text; ``binary`` is not decodable
            as text; ``left_out`` was too large to be kept; ``absent`` is no body.
        value: The JSON value, or the form as an object of texts; None for other kinds.
        text: The decoded text of ``json``, ``form`` and ``text``.
        raw: The bytes after decompression; as they came where that failed.
        size: Bytes as the record tells them.
        reason: Why it is ``left_out`` or ``binary``; ``""`` otherwise.
        other: For ``json`` and ``form``: what the bytes say in UTF-8, where the declared charset
            reads another value in them; else None.
        literal: Whether `value` was read from `text` and is literal there: see
            `json_text.parse_utf8`.
        odd_form: For ``form``: the text, where it is written as no form is (`_NO_FORM_SIGN`).
    """

    kind: Kind
    value: Any = None
    text: str | None = None
    raw: bytes | None = None
    size: int = 0
    reason: str = ""
    other: Any = None
    literal: bool = False
    odd_form: str = ""

    @property
    def transfer_encoding(self) -> Literal["json", "base64"] | None:
        """How the body stands in the event: a JSON value, base64 text, or not at all."""
        if self.kind in {"json", "form"}:
            return "json"
        return "base64" if self.kind in {"text", "binary"} else None

    @property
    def wire(self) -> Any:
        """The body as it stands in the event document, None without one."""
        if self.kind in {"json", "form"}:
            return self.value
        if self.kind == "text":
            return base64.b64encode((self.text or "").encode("utf-8", "surrogatepass")).decode()
        return base64.b64encode(self.raw or b"").decode() if self.kind == "binary" else None


ABSENT = Body("absent")


def read_body(
    raw: bytes | None, size: int, content_type: str, content_encoding: str, max_bytes: int
) -> Body:
    """Read a body.

    Args:
        raw: The bytes as sent; None when they were too many to keep.
        size: How many bytes were sent.
        content_type: The Content-Type header, ``""`` without one.
        content_encoding: The Content-Encoding header, ``""`` without one.
        max_bytes: The most that a compressed body may grow to.

    Returns:
        The body. Never raises.
    """
    if not raw:
        too_large = Body("left_out", size=size, reason="larger than MAX_BODY_SIZE")
        return too_large if raw is None and size else ABSENT
    try:
        content = decompress(raw, content_encoding, max_bytes) if content_encoding else raw
    except _TooLargeError:
        return Body("left_out", size=size, reason="larger than MAX_BODY_SIZE when decompressed")
    except ValueError as error:
        return Body("binary", raw=raw, size=size, reason=str(error))
    return _read(content, size, *media_type(content_type))


def media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into the media type, lower case, and its parameters."""
    if len(content_type) <= _LONGEST_REMEMBERED:
        return _remembered_type(content_type)
    return _split_type(content_type)


def _split_type(content_type: str) -> tuple[str, dict[str, str]]:
    kind, semicolon, rest = content_type.partition(";")
    parameters = {
        found[1].lower(): re.sub(r"\\(.)", r"\1", found[2])
        if found[3] is None
        else found[3].strip()
        for found in _PARAMETER.finditer(semicolon + rest)
    }
    return kind.strip().lower(), parameters


# An API speaks few types. Nobody changes the parameters.
_LONGEST_REMEMBERED = 200
_remembered_type = lru_cache(maxsize=256)(_split_type)


def _read(raw: bytes, size: int, kind: str, parameters: dict[str, str]) -> Body:
    charset = parameters.get("charset", "")
    # What is remembered of types is not to hold long ones.
    short = len(kind) + len(charset) <= _LONGEST_REMEMBERED
    plain = _plain_json(raw, size, kind, charset) if short else None
    if plain is not None:
        return plain
    text = decode(raw, charset)
    if not _BINARY_TYPE.match(kind):
        value, is_json = _json_value(raw, text, json_type=_is_json_type(kind))
        if is_json:
            return Body("json", value, text, raw, size, other=_other_json(raw, charset, value))
        form = _form_value(raw, text, kind, parameters)
        if form:
            other = _other_form(raw, kind, charset, form)
            odd = text if kind == _FORM_TYPE and text and _NO_FORM_SIGN.search(text) else ""
            return Body("form", form, text, raw, size, other=other, odd_form=odd)
    if text is None:
        return Body("binary", raw=raw, size=size, reason="not decodable as text")
    return Body("text", text=text, raw=raw, size=size)


@lru_cache(maxsize=256)
def _is_plain_json(kind: str, charset: str) -> bool:
    if charset.lower() not in {"", "utf-8"} or _BINARY_TYPE.match(kind):
        return False
    return _is_json_type(kind)


def _plain_json(raw: bytes, size: int, kind: str, charset: str) -> Body | None:
    """Read what nearly every body is, JSON in UTF-8 that says so; None: look closer."""
    if not _is_plain_json(kind, charset):
        return None
    try:
        text = raw.decode()
        if "\x00" in text or text.startswith("\ufeff"):
            return None
        value, literal = json_text.parse_utf8(raw, text)
    except ValueError:
        return None
    return Body("json", value, text, raw, size, literal=literal)


def _is_json_type(kind: str) -> bool:
    return kind == "application/json" or kind == "text/json" or kind.endswith("+json")


def _json_value(raw: bytes, text: str | None, *, json_type: bool) -> tuple[Any, bool]:
    """Read JSON from the text in its declared charset, else from the bytes as JSON defines it."""
    for source in (text, raw):
        if source is None:
            continue
        start = source[:200].lstrip() if isinstance(source, str) else _opening(source)
        if not json_type and not start.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
            continue
        try:
            value = json_text.parse(source)
        except ValueError:
            continue
        if json_type or isinstance(value, dict | list):
            return value, True
    return None, False


def _other_json(raw: bytes, charset: str, value: Any) -> Any:
    if not _is_ambiguous(charset):
        return None
    try:
        other = json_text.parse(raw)
    except ValueError:
        return None
    return None if other == value else other


def _other_form(raw: bytes, kind: str, charset: str, form: dict[str, Any]) -> Any:
    if kind != _FORM_TYPE or not _is_ambiguous(charset):
        return None
    other = _urlencoded(raw.decode("utf-8", "replace"), "")
    return None if other == form else other


def _opening(raw: bytes) -> str:
    """The first characters, whatever the width of a character."""
    return raw[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").decode("latin-1")


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
        declared_first = _is_ambiguous(charset)
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
        elif not _NO_TEXT.search(text) and not _is_packed(raw):
            return text.removeprefix("\ufeff")
    return None


def _is_ambiguous(charset: str) -> bool:
    """Whether bytes that are UTF-8 may as well be meant in a charset."""
    if not charset:
        return False
    try:
        return _AMBIGUOUS_CHARSET.match(codecs.lookup(charset).name) is not None
    except (ValueError, LookupError):
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


def _form_value(
    raw: bytes, text: str | None, kind: str, parameters: dict[str, str]
) -> dict[str, Any] | None:
    if kind == _FORM_TYPE and text is not None:
        return _urlencoded(text, parameters.get("charset", ""))
    if kind == "multipart/form-data" and parameters.get("boundary"):
        return _multipart(raw, parameters["boundary"])
    return None


def _urlencoded(text: str, charset: str) -> dict[str, Any] | None:
    text = text.strip()
    pieces = text.split("&")
    if any("=" not in piece and _NO_FORM_NAME.search(piece) for piece in pieces):
        return None
    if _NO_FORM_NAME.match(text):
        return None
    encodings = ("utf-8", charset) if charset and _keeps_ascii(charset) else ("utf-8",)
    if _is_ambiguous(charset):
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


def _multipart(raw: bytes, boundary: str) -> dict[str, Any] | None:
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


class _TooLargeError(ValueError):
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
    content = b""
    while raw:
        stream = zlib.decompressobj(window_bits)
        content += stream.decompress(raw, max_bytes + 1 - len(content))
        if len(content) > max_bytes:
            raise _TooLargeError
        if not stream.eof:
            raise _MalformedError("malformed or truncated compressed body")
        raw = stream.unused_data.lstrip(b"\x00")
    return content


_FOREIGN_CODINGS = {"br", "zstd", "compress", "x-compress", "dcb", "dcz", "aws-chunked"}
_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _unchanged,
    "identity": _unchanged,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
