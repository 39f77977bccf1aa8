"""Calls made with Tornado's ``AsyncHTTPClient``, and with ``HTTPClient``, which uses it.

Flows in: what the application hands to ``fetch``, and the future it gets. Flows out: an
`Exchange` when the future is done.

``fetch`` is the one method that every implementation shares (simple, curl, those of users).
Redirects are followed inside of it: by curl unseen, by Tornado's own client as a further
``fetch``. One event is told for the whole: the last hop, which is the one that was answered.
"""

from __future__ import annotations

import asyncio
import functools
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from tornado.escape import native_str
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
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


@dataclass(slots=True, weakref_slot=True)
class _Fetch:
    """A call under way.

    Attributes:
        request: What the client was given.
        headers: The request's headers, which the client completes as it sends them.
        started_at: Seconds since the epoch.
        started: Monotonic seconds.
        redirected: Whether a further fetch has gone on in its place.
    """

    request: HTTPRequest
    headers: HTTPHeaders
    started_at: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)
    redirected: bool = False


# The last hop under way of what the application asked for; it holds its request, so weakly.
_last_hops: WeakKeyDictionary[HTTPRequest, weakref.ref[_Fetch]] = WeakKeyDictionary()


def tornado_patches() -> tuple[Patch, ...]:
    """What has to be replaced to see Tornado's calls."""
    return (Patch(AsyncHTTPClient, "fetch", _wrap_fetch),)


def _wrap_fetch(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def fetch(
        client: AsyncHTTPClient,
        request: HTTPRequest | str,
        raise_error: bool = True,
        **options: Any,
    ) -> Any:
        if not registry.is_observed():
            return original(client, request, raise_error, **options)
        if not isinstance(request, HTTPRequest):
            # As the client would make it: this one's headers will be those that were sent.
            request, options = HTTPRequest(url=request, **options), {}
        begun = time.time(), time.monotonic()
        future = original(client, request, raise_error, **options)
        with registry.quietly():
            _follow(request, future, *begun)
        return future

    return fetch


def _follow(request: HTTPRequest, future: Any, started_at: float, started: float) -> None:
    """See to it that the end of a fetch is told."""
    if not is_recorded(native_str(request.url), request.headers):
        return
    fetch = _Fetch(request, request.headers, started_at, started)
    first = getattr(request, "original_request", None)  # set on what follows a redirect
    asked = request if first is None else getattr(first, "request", first)
    earlier = None if first is None or asked not in _last_hops else _last_hops[asked]()
    if earlier is not None:
        earlier.redirected = True
    _last_hops[asked] = weakref.ref(fetch)
    future.add_done_callback(lambda done: registry.tell(lambda: _exchanges(fetch, done)))


def _exchanges(fetch: _Fetch, future: Any) -> Iterator[Exchange]:
    if fetch.redirected:
        return
    duration_s = time.monotonic() - fetch.started
    response, error = _outcome(future)
    request = fetch.request
    yield Exchange(
        method=str(request.method),
        url=native_str(request.url if response is None else response.effective_url),
        request=_sent(fetch),
        status=NO_ANSWER if response is None else response.code,
        reason=type(error).__name__ if response is None else response.reason,
        response=_got(response, streamed=request.streaming_callback is not None),
        started_at=fetch.started_at,
        duration_s=duration_s,
    )


def _outcome(future: Any) -> tuple[HTTPResponse | None, BaseException | None]:
    """What a future holds; that nobody asked for its exception must still be told."""
    if future.cancelled():
        return None, asyncio.CancelledError()
    error = future._exception  # exception() would count as asking
    if error is None:
        return future.result(), None
    return (error.response if isinstance(error, HTTPClientError) else None), error


def _sent(fetch: _Fetch) -> Message:
    headers = headers_from(fetch.headers.get_all())
    encoding = headers.get("Content-Encoding", "")
    if fetch.request.body_producer is not None:
        return Message(headers, None, STREAMED, encoding)
    return Message(headers, fetch.request.body or b"", encoding=encoding)


def _got(response: HTTPResponse | None, *, streamed: bool) -> Message:
    if response is None:
        return Message(HTTPHeaders(), b"")
    headers = headers_from(response.headers.get_all())
    if streamed:
        return Message(headers, None, STREAMED)
    # What the client has decompressed does not bear the header any more.
    return Message(headers, response.body, encoding=headers.get("Content-Encoding", ""))
