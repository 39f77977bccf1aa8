"""The bodies of a HAR entry: text, base64, or a form's parameters.

Flows in: ``postData`` or ``content``. Flows out: bytes, as a server would have had them, and what
the entry says about their type and coding.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from moesif_declarative.call.body import media_type

_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_BOUNDARY: Final = "moesif-declarative-har"
# Codings that browsers undo without a trace: Chromium writes an image that came in `br` as the
# image, in base64, beside the header that says `br`.
_UNREADABLE_CODINGS: Final = ("br", "zstd", "dcb", "dcz", "compress")


@dataclass(frozen=True, slots=True)
class Content:
    """A body as an entry holds it.

    Attributes:
        raw: The bytes; empty without a body.
        encoding: The Content-Encoding that they still have, ``""`` for none.
        type: The content type that the entry gives apart from the headers.
    """

    raw: bytes = b""
    encoding: str = ""
    type: str = ""


def read_content(content: Mapping[str, Any], content_type: str, content_encoding: str) -> Content:
    """Read a body.

    Args:
        content: ``request.postData`` or ``response.content``; anything may be missing or wrong.
        content_type: The Content-Type header, ``""`` without one.
        content_encoding: The Content-Encoding header. Only what stands in base64 may still be
            compressed; text is decoded already.
    """
    kind = content.get("mimeType")
    kind = kind if isinstance(kind, str) else ""
    text = content.get("text")
    if not isinstance(text, str) or not text:
        return _from_params(content.get("params"), content_type or kind)
    encoding = content.get("encoding")
    if isinstance(encoding, str) and encoding.strip().lower() == "base64":
        try:
            raw = base64.b64decode("".join(text.split()).translate(_STANDARD_ALPHABET))
        except (binascii.Error, ValueError):
            raw = without_surrogates(text).encode()
        return Content(raw, _remaining(raw, content_encoding), kind)
    return Content(without_surrogates(text).encode(), "", kind)


_STANDARD_ALPHABET: Final = str.maketrans("-_", "+/")


def _remaining(raw: bytes, content_encoding: str) -> str:
    """Tell which coding bytes still have: none, if they were said to be unreadable and are not."""
    codings = {coding.strip() for coding in content_encoding.lower().split(",")}
    if codings.isdisjoint(_UNREADABLE_CODINGS):
        return content_encoding
    try:
        readable = "\x00" not in raw.decode()
    except UnicodeDecodeError:
        return content_encoding
    return "" if readable else content_encoding


def _from_params(params: Any, content_type: str) -> Content:
    fields = [
        (_text(param.get("name")), _text(param.get("value")), param)
        for param in (params if isinstance(params, list) else ())
        if isinstance(param, Mapping)
    ]
    if not fields:
        return Content(type=content_type)
    kind, parameters = media_type(content_type)
    if kind != _MULTIPART:
        raw = urlencode([(name, value) for name, value, _ in fields])
        return Content(raw.encode(), "", content_type or _FORM)
    boundary = parameters.get("boundary") or _BOUNDARY
    parts = [_part(name, value, param, boundary) for name, value, param in fields]
    raw = "".join([*parts, f"--{boundary}--\r\n"])
    return Content(raw.encode(), "", f"{_MULTIPART}; boundary={boundary}")


def _part(name: str, value: str, param: Mapping[str, Any], boundary: str) -> str:
    disposition = f'form-data; name="{_quoted(name)}"'
    kind = ""
    if isinstance(param.get("fileName"), str):
        disposition += f'; filename="{_quoted(_text(param["fileName"]))}"'
        given = param.get("contentType")
        kind = (
            _quoted(_text(given))
            if isinstance(given, str) and given
            else "application/octet-stream"
        )
        kind = f"Content-Type: {kind}\r\n"
    return f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n{value}\r\n"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: Any) -> str:
    return without_surrogates(value) if isinstance(value, str) else ""


def without_surrogates(text: str) -> str:
    """Write a text as it went over the wire: JavaScript's lone surrogates become U+FFFD there."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
