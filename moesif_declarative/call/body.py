"""A body as bytes to a body as something: JSON, a form, text, or what cannot be read.

Flows in: the bytes of a request or response and the headers that describe them.
Flows out: a `Body`. Nothing here trusts a header: a content type may lie, be missing or be
broken, and so may a content encoding.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from moesif_declarative.call import json_text
from moesif_declarative.call.charset import decode, is_ambiguous
from moesif_declarative.call.coding import TooLargeError, decompress
from moesif_declarative.call.form import read_multipart, read_urlencoded
from moesif_declarative.call.json_scan import PLAIN_SCAN, JsonScan, Look

Kind: TypeAlias = Literal["absent", "json", "form", "text", "binary", "left_out"]

_BINARY_TYPE = re.compile(
    r"(?:image/(?!svg\+xml)|audio/|video/|font/)"
    r"|application/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-protobuf|protobuf|grpc|wasm)\b"
)
_FORM_TYPE = "application/x-www-form-urlencoded"
_PARAMETER = re.compile(r';\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
# What every writer of forms encodes; in a form it is a sign of another format.
_NO_FORM_SIGN = re.compile(r'[\s;,:"<>\\{}]')


class Body(NamedTuple):
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
            reads another value in them; for JSON in UTF-8, the text that the declared charset
            reads, where that is another; else None.
        literal: Whether `value` was read from `text` and is literal there: see
            `json_text.parse_utf8`.
        look: For `literal` JSON: what a pass over its bytes found.
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
    look: Look | None = None
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
    raw: bytes | None,
    size: int,
    content_type: str,
    content_encoding: str,
    max_bytes: int,
    scan: JsonScan = PLAIN_SCAN,
    unread: str = "",
) -> Body:
    """Read a body.

    Args:
        raw: The bytes as sent; None when they were too many to keep.
        size: How many bytes were sent.
        content_type: The Content-Type header, ``""`` without one.
        content_encoding: The Content-Encoding header, ``""`` without one.
        max_bytes: The most that a compressed body may grow to.
        scan: Looks over the bytes of what says that it is JSON.
        unread: Why nobody knows the bytes; ``""`` where that is not so.

    Returns:
        The body. Never raises.
    """
    if unread:
        return Body("left_out", size=size, reason=unread)
    if not raw:
        too_large = Body("left_out", size=size, reason="larger than MAX_BODY_SIZE")
        return too_large if raw is None and size else ABSENT
    try:
        content = decompress(raw, content_encoding, max_bytes) if content_encoding else raw
    except TooLargeError:
        return Body("left_out", size=size, reason="larger than MAX_BODY_SIZE when decompressed")
    except ValueError as error:
        return Body("binary", raw=raw, size=size, reason=str(error))
    if len(content_type) <= _LONGEST_REMEMBERED and _says_json(content_type):
        plain = _plain_json(content, size, scan)
        if plain is not None:
            return plain
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
    text = decode(raw, charset)
    if not _BINARY_TYPE.match(kind):
        value, is_json = _json_value(raw, text, json_type=_is_json_type(kind))
        if is_json:
            return Body(
                "json", value, text, raw, size, other=_other_json(raw, text, charset, value)
            )
        form = _form_value(raw, text, kind, parameters)
        if form:
            other = _other_form(raw, kind, charset, form)
            odd = text if kind == _FORM_TYPE and text and _NO_FORM_SIGN.search(text) else ""
            return Body("form", form, text, raw, size, other=other, odd_form=odd)
    if text is None:
        return Body("binary", raw=raw, size=size, reason="not decodable as text")
    return Body("text", text=text, raw=raw, size=size)


@lru_cache(maxsize=256)
def _says_json(content_type: str) -> bool:
    """Whether a type, which is not long, says that its body is JSON in UTF-8."""
    kind, parameters = _remembered_type(content_type)
    if parameters.get("charset", "").lower() not in {"", "utf-8"} or _BINARY_TYPE.match(kind):
        return False
    return _is_json_type(kind)


def _plain_json(raw: bytes, size: int, scan: JsonScan) -> Body | None:
    """Read what nearly every body is, JSON in UTF-8 that says so; None: look closer."""
    try:
        text = raw.decode()
        if "\x00" in text or text.startswith("\ufeff"):
            return None
        look = scan.look(raw)
        value, literal = json_text.parse_utf8(raw, text, look)
    except ValueError:
        return None
    return Body("json", value, text, raw, size, "", None, literal, look)


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


def _other_json(raw: bytes, text: str | None, charset: str, value: Any) -> Any:
    if not is_ambiguous(charset):
        return None
    try:
        other = json_text.parse(raw)
    except ValueError:
        return None
    if other != value:
        return other
    # Where the declared charset reads no JSON, it may still read a name.
    return None if text == raw.decode("utf-8", "replace").removeprefix("\ufeff") else text


def _other_form(raw: bytes, kind: str, charset: str, form: dict[str, Any]) -> Any:
    if kind != _FORM_TYPE or not is_ambiguous(charset):
        return None
    other = read_urlencoded(raw.decode("utf-8", "replace"), "")
    return None if other == form else other


def _opening(raw: bytes) -> str:
    """The first characters, whatever the width of a character."""
    return raw[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").decode("latin-1")


def _form_value(
    raw: bytes, text: str | None, kind: str, parameters: dict[str, str]
) -> dict[str, Any] | None:
    if kind == _FORM_TYPE and text is not None:
        return read_urlencoded(text, parameters.get("charset", ""))
    if kind == "multipart/form-data" and parameters.get("boundary"):
        return read_multipart(raw, parameters["boundary"])
    return None
