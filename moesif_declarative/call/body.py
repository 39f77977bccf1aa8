"""A body as bytes to a body as something: JSON, a form, text, or what cannot be read.

Flows in: the bytes of a request or response and the headers that describe them.
Flows out: a `Body`. Nothing here trusts a header: a content type may lie, be missing or be
broken, and so may a content encoding.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

from tornado.httputil import HTTPFile, parse_multipart_form_data

from moesif_declarative.call import json_text

Kind: TypeAlias = Literal["absent", "json", "form", "text", "binary", "left_out"]

_BINARY_TYPE = re.compile(
    r"(?:image/(?!svg\+xml)|audio/|video/|font/)"
    r"|application/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-protobuf|protobuf|grpc|wasm)\b"
)
# Codecs that are no charset of HTTP: they evaluate escapes or depend on the machine.
_NO_CHARSET = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs"}
_FORM_TYPE = "application/x-www-form-urlencoded"
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
    """

    kind: Kind
    value: Any = None
    text: str | None = None
    raw: bytes | None = None
    size: int = 0
    reason: str = ""

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
        content = decompress(raw, content_encoding, max_bytes)
    except _TooLargeError:
        return Body("left_out", size=size, reason="larger than MAX_BODY_SIZE when decompressed")
    except ValueError as error:
        return Body("binary", raw=raw, size=size, reason=str(error))
    return _read(content, size, *media_type(content_type))


def media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into the media type, lower case, and its parameters."""
    kind, *rest = content_type.split(";")
    parameters = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if equals:
            parameters[name.strip().lower()] = value.strip().strip('"')
    return kind.strip().lower(), parameters


def _read(raw: bytes, size: int, kind: str, parameters: dict[str, str]) -> Body:
    text = decode(raw, parameters.get("charset", ""))
    if not _BINARY_TYPE.match(kind):
        value, is_json = _json_value(raw, text, json_type=_is_json_type(kind))
        if is_json:
            return Body("json", value, text, raw, size)
        form = _form_value(raw, text, kind, parameters)
        if form:
            return Body("form", form, text, raw, size)
    if text is None:
        return Body("binary", raw=raw, size=size, reason="not decodable as text")
    return Body("text", text=text, raw=raw, size=size)


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
        byte order mark or the charset; a NUL means that it was read wrongly.
    """
    codecs = ["utf-8-sig"]
    name = charset.lower().replace("-", "_")
    if charset and name not in _NO_CHARSET:
        # A wide charset that lies would hide plain ASCII: those bytes are tried as UTF-8 first.
        wide = name.startswith(("utf_16", "utf_32", "utf16", "utf32", "ucs"))
        codecs = [*codecs, charset] if wide else [charset, *codecs]
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        codecs = ["utf-32", "utf-16", *codecs]
    elif raw[:4] == b"\x00\x00\xfe\xff":
        codecs = ["utf-32", *codecs]
    for codec in codecs:
        try:
            text = raw.decode(codec)
        except (ValueError, LookupError):
            continue
        if "\x00" not in text:
            return text.removeprefix("\ufeff")
    return None


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
    try:
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset or "utf-8")
    except (ValueError, LookupError):
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    return _collected((name, value) for name, value in pairs)


def _multipart(raw: bytes, boundary: str) -> dict[str, Any] | None:
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    try:
        parse_multipart_form_data(boundary.encode("latin-1"), raw, arguments, files)
    except Exception:  # noqa: BLE001 - what Tornado raises here differs between its versions
        return None
    pairs: list[tuple[str, Any]] = [
        (name, value.decode("utf-8", "replace"))
        for name, values in arguments.items()
        for value in values
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
            raise ValueError(f"Content-Encoding {coding.strip()[:40]!r} cannot be read")
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
        if raw[:1] in b"{[<":
            return raw
        return _inflated(raw, -15, max_bytes)  # without the zlib header, as some clients send it


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


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _unchanged,
    "identity": _unchanged,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
