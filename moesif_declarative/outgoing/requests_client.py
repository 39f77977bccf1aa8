"""Calls made with requests.

Flows in: what ``requests.Session`` sends and gets. Flows out: an `Exchange` for every hop.

``Session.send`` is what all of requests goes through, each redirect a ``send`` of its own inside
the first. Where an authentication answers a challenge, its responses stand in the history of the
last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final

from tornado.httputil import HTTPHeaders

from moesif_declarative.outgoing import registry
from moesif_declarative.outgoing.exchange import (
    NO_ANSWER,
    STREAMED,
    Exchange,
    Message,
    headers_from,
    is_recorded,
)
from moesif_declarative.outgoing.patch import Patch

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

_DECODED: Final = ("gzip", "x-gzip", "deflate")


@dataclass(slots=True)
class _Sending:
    """A ``send`` under way.

    Attributes:
        told: The responses that were told, by this one and those around and inside it.
        first: The response that led to a redirect.
        started_at: Seconds since the epoch.
        started: Monotonic seconds.
    """

    told: list[Response]
    first: Response | None = None
    started_at: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started


_sending: ContextVar[_Sending | None] = ContextVar("moesif_declarative_sending", default=None)


def requests_patches() -> tuple[Patch, ...]:
    """What has to be replaced to see calls made with requests; nothing without requests."""
    try:
        from requests.sessions import Session, SessionRedirectMixin
    except ImportError:
        return ()
    return (
        Patch(Session, "send", _wrap_send),
        Patch(SessionRedirectMixin, "resolve_redirects", _wrap_resolve_redirects),
    )


def _wrap_send(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def send(session: Session, request: PreparedRequest, **options: Any) -> Any:
        if not _is_wanted(request):
            return original(session, request, **options)
        around = _sending.get()
        sending = _Sending([] if around is None else around.told)
        token = _sending.set(sending)
        try:
            response = original(session, request, **options)
        except BaseException as error:
            _sending.reset(token)
            registry.tell(partial(_failed, sending, request, type(error).__name__))
            raise
        _sending.reset(token)
        registry.tell(partial(_answered, sending, request, response))
        return response

    return send


def _is_wanted(request: Any) -> bool:
    url, headers = getattr(request, "url", None), getattr(request, "headers", None)
    if not registry.is_observed() or not isinstance(url, str) or headers is None:
        return False
    return is_recorded(url, headers)


def _wrap_resolve_redirects(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def resolve_redirects(
        session: Session, resp: Response, req: PreparedRequest, *arguments: Any, **options: Any
    ) -> Any:
        sending = _sending.get()
        if sending is not None and sending.first is None:
            sending.first = resp  # a later hop that fails would take it along
        return original(session, resp, req, *arguments, **options)

    return resolve_redirects


def _answered(sending: _Sending, request: PreparedRequest, last: Response) -> Iterator[Exchange]:
    """The hops that a ``send`` gave, but for those that were told already."""
    duration_s = sending.elapsed_s
    for response in (*last.history, last):
        if all(response is not told for told in sending.told):
            sending.told.append(response)
            spent_s = duration_s if response is last else _elapsed_s(response)
            yield _exchange(sending, request, response, spent_s)


def _failed(sending: _Sending, request: PreparedRequest, why: str) -> Iterator[Exchange]:
    """What a ``send`` that raised stands for: no answer, unless it was a later hop that failed."""
    if sending.first is None:
        yield Exchange(
            method=_text(request.method),
            url=_text(request.url),
            request=_sent(request),
            status=NO_ANSWER,
            reason=why,
            response=Message(HTTPHeaders(), b""),
            started_at=sending.started_at,
            duration_s=sending.elapsed_s,
        )
    elif all(sending.first is not told for told in sending.told):
        sending.told.append(sending.first)
        yield _exchange(sending, request, sending.first, _elapsed_s(sending.first))


def _exchange(
    sending: _Sending, request: PreparedRequest, response: Response, duration_s: float
) -> Exchange:
    request = getattr(response, "request", None) or request
    return Exchange(
        method=_text(request.method),
        url=_text(request.url),
        request=_sent(request),
        status=response.status_code,
        reason=_text(response.reason),
        response=_got(response),
        started_at=sending.started_at,
        duration_s=duration_s,
    )


def _elapsed_s(response: Response) -> float:
    return response.elapsed.total_seconds()


def _sent(request: PreparedRequest) -> Message:
    headers = headers_from(request.headers.items())
    encoding = headers.get("Content-Encoding", "")
    body: Any = request.body
    if body is None:
        return Message(headers, b"")
    if isinstance(body, str):
        return Message(headers, body.encode("utf-8", "surrogatepass"), encoding=encoding)
    if isinstance(body, bytes | bytearray | memoryview):
        return Message(headers, bytes(body), encoding=encoding)
    return Message(headers, None, STREAMED, encoding)  # a file or a generator


def _got(response: Response) -> Message:
    raw = getattr(response, "raw", None)
    # Only urllib3 keeps repeated headers apart.
    pairs = getattr(raw, "headers", None) or response.headers
    headers = headers_from(pairs.items())
    content: Any = getattr(response, "_content", False)  # `content` would read the stream
    if content is False:
        return Message(headers, None, STREAMED)
    return Message(headers, content or b"", encoding=_left_encoding(headers, raw))


def _left_encoding(headers: HTTPHeaders, raw: Any) -> str:
    """The coding that the content still has: urllib3 has undone those that it knows."""
    encoding = headers.get("Content-Encoding", "")
    known = getattr(raw, "CONTENT_DECODERS", _DECODED)
    codings = [coding.strip().lower() for coding in encoding.split(",")]
    return "" if all(coding in known for coding in codings) else encoding


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
