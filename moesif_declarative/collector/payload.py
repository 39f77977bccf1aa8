"""A posted body to documents, each parsed and with its own text exactly as it was sent.

Flows in: the bytes of a request body. Flows out: documents, or a `RefusedError` with the status
that Moesif would answer.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from tornado.web import HTTPError

from moesif_declarative.collector.kinds import Kind

MAX_EVENT_BYTES: Final = 1_000_000
MAX_BATCH_BYTES: Final = 50_000_000
_MOST_MEMBERS: Final = 1000
"""The rest is copied for each gzip member: with many empty ones, for seconds."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")


class RefusedError(HTTPError):
    """A request that is answered with an error.

    Attributes:
        message: What is wrong, for the answer's body.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.message = message


@dataclass(frozen=True, slots=True)
class Document:
    """One document that was posted.

    Attributes:
        value: The parsed JSON object.
        text: Its JSON as it was sent, character by character.
    """

    value: dict[str, Any]
    text: str


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo the Content-Encoding of a body.

    Args:
        body: The bytes as received.
        encoding: The Content-Encoding header, ``""`` without one.

    Raises:
        RefusedError: 415 for an encoding other than gzip, 400 for broken gzip, 413 where it would
            grow beyond the size of a batch.
    """
    if encoding.strip().lower() in {"", "identity"}:
        return body
    if encoding.strip().lower() not in {"gzip", "x-gzip"}:
        raise RefusedError(415, f"Content-Encoding {encoding!r} is not understood, only gzip is")
    parts = bytearray()
    members = 0
    while body:
        members += 1
        if members > _MOST_MEMBERS:
            raise RefusedError(413, f"the body has more than {_MOST_MEMBERS:,} gzip members")
        inflater = zlib.decompressobj(wbits=31)
        try:
            parts += inflater.decompress(body, MAX_BATCH_BYTES + 1 - len(parts))
        except zlib.error as error:
            raise RefusedError(400, "the body is not gzip, as its Content-Encoding says") from error
        if len(parts) > MAX_BATCH_BYTES:
            raise RefusedError(413, f"the body is larger than {MAX_BATCH_BYTES:,} bytes")
        if not inflater.eof:
            raise RefusedError(400, "the body's gzip stream ends too early")
        body = inflater.unused_data
    return bytes(parts)


def read_documents(body: bytes, kind: Kind, *, batch: bool) -> list[Document]:
    """Read the documents of a posted body and check each as Moesif would.

    Args:
        body: The body, decompressed.
        kind: What the endpoint takes.
        batch: Whether it takes an array of them.

    Raises:
        RefusedError: 413 too large, 406 not JSON, 400 wrong shape or a wrong document; the message
            names the document and the field.
    """
    if len(body) > MAX_BATCH_BYTES:
        raise RefusedError(413, f"the body is larger than {MAX_BATCH_BYTES:,} bytes")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(406, "the body is not JSON: it is not UTF-8") from error
    documents = _items(text, kind) if batch else [_single(text, kind)]
    for at, document in enumerate(documents):
        name = f"{kind.plural}[{at}]" if batch else kind.name
        if len(document.text) > MAX_EVENT_BYTES or (
            len(document.text) > MAX_EVENT_BYTES // 4
            and len(document.text.encode()) > MAX_EVENT_BYTES
        ):
            raise RefusedError(413, f"{name} is larger than {MAX_EVENT_BYTES:,} bytes")
        fault = kind.fault(document.value, name)
        if fault is not None:
            raise RefusedError(400, fault)
    return documents


def parse(text: str) -> Any:
    """Parse JSON as Moesif does, NaN and Infinity refused.

    Raises:
        RefusedError: 406, it is not JSON.
    """
    start = _skip_space(text, 0)
    value, end = _value_at(text, start)
    _nothing_after(text, end)
    return value


def _single(text: str, kind: Kind) -> Document:
    value = parse(text)
    if not isinstance(value, dict):
        raise RefusedError(400, f"a JSON object is expected, one {kind.name}")
    return Document(value, text.strip(" \t\r\n"))


def _items(text: str, kind: Kind) -> list[Document]:
    """Cut an array into its items, so that each keeps its own text."""
    at = _skip_space(text, 0)
    if not text.startswith("[", at):
        parse(text)
        raise RefusedError(400, f"a JSON array of {kind.plural} is expected")
    items: list[Document] = []
    at = _skip_space(text, at + 1)
    if text.startswith("]", at):
        _nothing_after(text, at + 1)
        return items
    while True:
        value, end = _value_at(text, at)
        if not isinstance(value, dict):
            raise RefusedError(400, f"{kind.plural}[{len(items)}] must be an object")
        items.append(Document(value, text[at:end]))
        at = _skip_space(text, end)
        separator = text[at : at + 1]
        if separator == "]":
            _nothing_after(text, at + 1)
            return items
        if separator != ",":
            raise RefusedError(406, f"the body is not JSON: ',' expected at character {at}")
        at = _skip_space(text, at + 1)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value_at(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise RefusedError(406, f"the body is not JSON: {error}") from error


def _nothing_after(text: str, at: int) -> None:
    end = _skip_space(text, at)
    if end != len(text):
        raise RefusedError(406, f"the body is not JSON: extra data at character {end}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
