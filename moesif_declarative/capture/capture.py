"""What watches applications, and takes the records of their calls.

Flows in: handlers that are finished, or whose client has left. Flows out: a `Record` of each,
once.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from weakref import WeakKeyDictionary

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import Application, RequestHandler

from moesif_declarative.call import Record
from moesif_declarative.capture.routes import Routes
from moesif_declarative.capture.transform import Wishes, choose_transaction_id, transform_class
from moesif_declarative.capture.written import Written

_serial = itertools.count()


def _nothing(_handler: RequestHandler) -> None:
    """Let clients leave."""


class Capture:
    """Captures the calls of the applications that it is armed on.

    Args:
        max_body_bytes: Bodies up to this size are kept.
        on_left: Called on the loop, with the handler, when the client has left before the
            response was finished; `take` gives the record then. It must not raise.
        transaction_ids: Whether calls take their ids over from ``X-Moesif-Transaction-Id``,
            and responses tell them there.

    Attributes:
        wishes: What is kept and added; it may be changed at any time.
        transform: The output transform that `arm` adds.
    """

    def __init__(
        self,
        max_body_bytes: int,
        on_left: Callable[[RequestHandler], None] = _nothing,
        *,
        transaction_ids: bool = True,
    ) -> None:
        self.wishes = Wishes(max_body_bytes, transaction_ids)
        # Each capture notes what was written under a name of its own, so that several
        # middlewares can watch one request.
        self._attribute = f"_moesif_declarative_{next(_serial)}"
        self._on_left = on_left
        self._armed: WeakKeyDictionary[Application, bool] = WeakKeyDictionary()
        self._routes: WeakKeyDictionary[Application, Routes] = WeakKeyDictionary()
        self.transform = transform_class(self._attribute, self.wishes, self._left)

    def arm(self, application: Application) -> bool:
        """See to it that responses of this application are watched.

        Returns:
            Whether that was new.
        """
        if application in self._armed:
            return False
        self._armed[application] = True
        application.transforms.insert(0, self.transform)
        return True

    def take(self, handler: RequestHandler) -> Record | None:
        """Take what is to be kept of a request.

        Args:
            handler: The handler as Tornado gives it to the log function.

        Returns:
            References and numbers; nothing is parsed, and nothing is copied of what will not
            change any more. None when the record of this request was taken before.
        """
        request = handler.request
        written = self._written(request)
        if written.taken:
            return None
        written.taken = True
        headers = handler._headers
        body = request.body or b""
        kind = getattr(handler, "moesif_stands_for", type(handler))
        return Record(
            method=request.method or "",
            scheme=request.protocol,
            host=request.host,
            target=request.uri or "/",
            remote_ip=request.remote_ip or "",
            request_headers=request.headers,
            request_body=body if len(body) <= self.wishes.max_body_bytes else None,
            request_size=len(body) or _content_length(request.headers),
            status=handler.get_status(),
            reason=handler._reason or "",
            # A handler whose client has left may go on, and set headers that nobody gets.
            response_headers=copy.deepcopy(headers) if written.left else headers,
            response_body=written.body,
            response_size=written.size,
            response_encoding=written.encoding,
            started_at=request._start_time,
            duration_s=request.request_time(),
            route=self.route(handler.application, kind, request),
            path_args=getattr(handler, "path_args", ()),
            path_kwargs=getattr(handler, "path_kwargs", {}),
            handler_class=f"{kind.__module__}.{kind.__qualname__}",
            transaction_id=written.transaction_id
            or choose_transaction_id(
                request.headers, headers, from_headers=self.wishes.transaction_ids
            ),
        )

    def _left(self, handler: RequestHandler) -> None:
        self._written(handler.request).left = True
        self._on_left(handler)

    def _written(self, request: HTTPServerRequest) -> Written:
        """What was written; nothing of a request that began before the capture was armed."""
        written: Written | None = getattr(request, self._attribute, None)
        if written is None:
            written = Written(kept=None)
            setattr(request, self._attribute, written)
        return written

    def route(self, application: Application, kind: type, request: HTTPServerRequest) -> str | None:
        """The pattern of the route that leads a request to a handler of this class."""
        routes = self._routes.get(application)
        if routes is None:
            routes = self._routes[application] = Routes(application)
        return routes.pattern(kind, request)


def _content_length(headers: HTTPHeaders) -> int:
    """The size of a body that the handler took as a stream."""
    if "Content-Length" not in headers:
        return 0
    length = headers["Content-Length"]
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0
