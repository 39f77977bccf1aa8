"""A finished Tornado request to a record.

Flows in: the handler that Tornado hands to its log function, and the response body as an output
transform saw it. Flows out: a `Record`.

At log time Tornado's write buffer is empty, so bodies are kept on their way out: by a transform
that stands first, before compression. It copies references and counts bytes; it never changes,
delays or breaks a response.
"""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.web import Application, OutputTransform, RequestHandler

from moesif_declarative.call import Record

_serial = itertools.count()
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Written:
    """What a handler has written so far.

    Attributes:
        chunks: The body in pieces; None once it is larger than is kept.
        size: Bytes written.
        encoding: The Content-Encoding that the handler set.
    """

    chunks: list[bytes] | None = field(default_factory=list)
    size: int = 0
    encoding: str = ""

    def add(self, chunk: bytes, max_bytes: int) -> None:
        """Note one piece of the body."""
        if not chunk:
            return
        self.size += len(chunk)
        if self.chunks is not None:
            if self.size > max_bytes:
                self.chunks = None
            else:
                self.chunks.append(chunk)

    @property
    def body(self) -> bytes | None:
        """The whole body; None when it was too large."""
        return None if self.chunks is None else b"".join(self.chunks)


class Capture:
    """Captures the calls of the applications that it is armed on.

    Args:
        max_body_bytes: Bodies up to this size are kept.

    Attributes:
        max_body_bytes: The same; it may be changed at any time.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self.max_body_bytes = max_body_bytes
        # Each capture notes what was written under a name of its own, so that several
        # middlewares can watch one request.
        self._attribute = f"_moesif_declarative_{next(_serial)}"
        self._armed: WeakKeyDictionary[Application, bool] = WeakKeyDictionary()
        self._routes: WeakKeyDictionary[Application, _Routes] = WeakKeyDictionary()
        self.transform = _transform_class(self, self._attribute)

    def arm(self, application: Application) -> bool:
        """See to it that response bodies of this application are kept.

        Returns:
            Whether that was new.
        """
        if application in self._armed:
            return False
        self._armed[application] = True
        application.transforms.insert(0, self.transform)
        return True

    def take(self, handler: RequestHandler) -> Record:
        """Take what is to be kept of a finished request.

        Args:
            handler: The handler as Tornado gives it to the log function.

        Returns:
            References and numbers; nothing is parsed or copied.
        """
        request = handler.request
        written = getattr(request, self._attribute, None)
        body = request.body or b""
        kind = type(handler)
        return Record(
            method=request.method or "",
            scheme=request.protocol,
            host=request.host,
            target=request.uri or "/",
            remote_ip=request.remote_ip or "",
            request_headers=request.headers,
            request_body=body if len(body) <= self.max_body_bytes else None,
            request_size=len(body) or _content_length(request.headers),
            status=handler.get_status(),
            reason=handler._reason or "",
            response_headers=handler._headers,
            response_body=None if written is None else written.body,
            response_size=0 if written is None else written.size,
            response_encoding="" if written is None else written.encoding,
            started_at=request._start_time,
            duration_s=request.request_time(),
            route=self._route(handler),
            path_args=getattr(handler, "path_args", ()),
            path_kwargs=getattr(handler, "path_kwargs", {}),
            handler_class=f"{kind.__module__}.{kind.__qualname__}",
            transaction_id=str(uuid.uuid4()),
        )

    def _route(self, handler: RequestHandler) -> str | None:
        application = handler.application
        routes = self._routes.get(application)
        if routes is None:
            routes = self._routes[application] = _Routes(application)
        return routes.pattern(type(handler), handler.request)


def _content_length(headers: HTTPHeaders) -> int:
    """The size of a body that the handler took as a stream."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0


def _transform_class(capture: Capture, attribute: str) -> type[OutputTransform]:
    class BodyCapture(OutputTransform):
        """Notes a response on its way out and hands it on as it is."""

        def __init__(self, request: HTTPServerRequest) -> None:
            self._written = Written()
            setattr(request, attribute, self._written)

        def transform_first_chunk(
            self,
            status_code: int,
            headers: HTTPHeaders,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002 - Tornado's signature
        ) -> tuple[int, HTTPHeaders, bytes]:
            try:
                self._written.encoding = headers.get("Content-Encoding", "")
                self._written.add(chunk, capture.max_body_bytes)
            except Exception:  # noqa: BLE001 - raising here would break the client's connection
                _log.exception("a response body could not be captured")
            return status_code, headers, chunk

        def transform_chunk(
            self,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002 - Tornado's signature
        ) -> bytes:
            try:
                self._written.add(chunk, capture.max_body_bytes)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("a response body could not be captured")
            return chunk

    return BodyCapture


class _Routes:
    """The patterns under which an application's handlers stand."""

    def __init__(self, application: Application) -> None:
        self._application = application.default_router
        self._patterns: dict[type, list[PathMatches]] = {}
        self._known = -1

    def pattern(self, kind: type, request: HTTPServerRequest) -> str | None:
        """The pattern of the route that led to a handler of this class."""
        known = len(self._application.rules) + len(self._application.named_rules)
        if known != self._known:  # handlers may be added while the application runs
            self._patterns = _patterns(self._application)
            self._known = known
        matchers = self._patterns.get(kind, ())
        if len(matchers) == 1:
            return _written(matchers[0])
        for matcher in matchers:
            if matcher.regex.match(request.path):
                return _written(matcher)
        return None


def _patterns(router: RuleRouter) -> dict[type, list[PathMatches]]:
    patterns: dict[type, list[PathMatches]] = {}
    for rule in _rules(router):
        if isinstance(rule.matcher, PathMatches) and isinstance(rule.target, type):
            patterns.setdefault(rule.target, []).append(rule.matcher)
    return patterns


def _rules(router: RuleRouter) -> Iterator[Rule]:
    for rule in router.rules:
        yield rule
        target: Any = rule.target
        if isinstance(target, Application):
            target = target.default_router
        if isinstance(target, RuleRouter):
            yield from _rules(target)


def _written(matcher: PathMatches) -> str:
    """The pattern as people write it: Tornado adds the ``$``."""
    return matcher.regex.pattern.removesuffix("$")
