"""One call that the application made, in the words of no client.

Flows in: a method, a URL, headers, bodies, times. Flows out: an `Exchange`, and for each observer
the `Record` that its settings allow.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Record

NO_ANSWER: Final = 599
"""The status of a call that was never answered: what Tornado's clients call it."""

STREAMED: Final = "it was streamed"
"""Why a body is not known that is not this package's to read."""

_DELIVERY: Final = "x-moesif-application-id"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NO_TARGET: Final = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
_AUTHORITY_END: Final = re.compile(r"[/?]")
_SCHEMES: Final = {"http", "https"}


@dataclass(frozen=True, slots=True)
class Message:
    """One side of an exchange.

    Attributes:
        headers: As sent or received, repeated ones kept apart.
        body: The bytes; None where they are not known.
        unread: Why they are not known: the application streams them.
        encoding: The coding that the bytes still have, as in Content-Encoding.
    """

    headers: HTTPHeaders
    body: bytes | None = None
    unread: str = ""
    encoding: str = ""

    @property
    def size(self) -> int:
        """Bytes of the body; of one that was not read, what its header says."""
        if self.body is not None:
            return len(self.body)
        length = self.headers.get("Content-Length", "")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call that the application made, finished or failed.

    Attributes:
        method: The request method.
        url: The whole URL as the client was given it.
        request: What was sent.
        status: The response's status; `NO_ANSWER` where there was none.
        reason: Its reason phrase; without an answer the name of the error's class.
        response: What was received.
        started_at: When the application made the call, seconds since the epoch.
        duration_s: From there to the end, in seconds.
    """

    method: str
    url: str
    request: Message
    status: int
    reason: str
    response: Message
    started_at: float
    duration_s: float


def record_from_exchange(exchange: Exchange, max_body_bytes: int) -> Record:
    """Make the record of an exchange for one observer.

    Args:
        exchange: The call.
        max_body_bytes: Bodies up to this size are kept.

    Returns:
        A record of its own, with its own transaction id. The URL is without user information and
        fragment, which no client sends as a part of it.
    """
    scheme, host, target = split_url(exchange.url)
    sent, got = exchange.request, exchange.response
    return Record(
        method=exchange.method,
        scheme=scheme,
        host=host,
        target=target,
        remote_ip="",
        request_headers=sent.headers,
        request_body=_kept(sent.body, max_body_bytes),
        request_size=sent.size,
        status=exchange.status,
        reason=exchange.reason,
        response_headers=got.headers,
        response_body=_kept(got.body, max_body_bytes),
        response_size=got.size,
        response_encoding=got.encoding,
        started_at=exchange.started_at,
        duration_s=exchange.duration_s,
        route=None,
        path_args=(),
        path_kwargs={},
        handler_class="",
        transaction_id=str(uuid.uuid4()),
        direction="Outgoing",
        request_encoding=sent.encoding,
        request_unread=sent.unread,
        response_unread=got.unread,
    )


def _kept(body: bytes | None, max_body_bytes: int) -> bytes | None:
    return body if body is None or len(body) <= max_body_bytes else None


def split_url(url: str) -> tuple[str, str, str]:
    """Split a URL into scheme, host (with its port) and target (path and query).

    Args:
        url: Any text.

    Returns:
        The three; user information and fragment are in none of them. Never raises.
    """
    url = _NO_TARGET.sub(_percent, url.partition("#")[0])
    scheme, _, rest = url.partition("://")
    found = _AUTHORITY_END.search(rest)
    end = found.start() if found else len(rest)
    target = rest[end:]
    host = rest[:end].rpartition("@")[2]
    return scheme.lower(), host, target if target.startswith("/") else f"/{target}"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def is_recorded(url: str, headers: Mapping[str, Any]) -> bool:
    """Whether a call is one to record.

    Args:
        url: Its URL.
        headers: The request's headers.

    Returns:
        False for what is no call over HTTP, and for deliveries to Moesif, this package's and
        everybody's: those that bear an application id.
    """
    if url.partition("://")[0].lower() not in _SCHEMES:
        return False
    return not any(_text(name).lower() == _DELIVERY for name in headers)


def headers_from(pairs: Iterable[tuple[Any, Any]]) -> HTTPHeaders:
    """Make headers of names and values as clients have them, texts or bytes.

    What no HTTP server would take is left out of names and made harmless in values.
    """
    headers = HTTPHeaders()
    for name, value in pairs:
        spelled = _text(name)
        if _HEADER_NAME.fullmatch(spelled):
            text = _CONTROL.sub(" ", _text(value)).strip(" \t")
            headers.add(spelled, text.encode("latin-1", "replace").decode("latin-1"))
    return headers


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
