"""What a finished call is to this package: references and numbers, taken in microseconds.

Flows in: what `capture` reads from Tornado, or `explain` from a HAR entry.
Flows out: a `Record`, from which a `Call` is made where its values are wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from tornado.httputil import HTTPHeaders


class Record(NamedTuple):
    """One finished HTTP call, as captured: nothing parsed, nothing masked.

    Attributes:
        method: The request method as sent.
        scheme: ``http`` or ``https``.
        host: The Host header (or authority) as sent, with a port if it had one.
        target: The request target as sent, path and query: ``/a?b=c``. A target in
            absolute form (``http://h/a``) stays as it was sent.
        remote_ip: The peer as Tornado gives it.
        request_headers: As Tornado read them; repeated ones kept apart.
        request_body: The bytes as sent, still compressed where they were; None when the body
            was larger than ``MAX_BODY_SIZE`` or is not wanted.
        request_size: Bytes of the request body on the wire.
        status: The response status.
        reason: The response's reason phrase.
        response_headers: As sent, cookies included.
        response_body: The bytes that the handler wrote, before Tornado compressed them; None
            when larger than ``MAX_BODY_SIZE``, not wanted, or never captured.
        response_size: Bytes that the handler wrote.
        response_encoding: The Content-Encoding that the handler itself set, ``""`` without.
        started_at: When the request arrived, seconds since the epoch.
        duration_s: From the request's arrival to its end, in seconds.
        route: The pattern of the route that matched, None where there is none.
        path_args: The route's positional groups.
        path_kwargs: The route's named groups.
        handler_class: The qualified name of the handler's class.
        transaction_id: A UUID that stays the same on every try to deliver the event.
        direction: ``Incoming``: this application answered it; ``Outgoing``: it made it.
        blocked_by: The id of the governance rule that answered in the handler's place.
        request_encoding: The coding that the request's body still has; None: as its header says.
        request_type: The request's content type where no header says it.
        response_type: The response's content type where no header says it.
        request_unread: Why the request's body is not known: the application streams it.
        response_unread: Why the response's body is not known.
    """

    method: str
    scheme: str
    host: str
    target: str
    remote_ip: str
    request_headers: HTTPHeaders
    request_body: bytes | None
    request_size: int
    status: int
    reason: str
    response_headers: HTTPHeaders
    response_body: bytes | None
    response_size: int
    response_encoding: str
    started_at: float
    duration_s: float
    route: str | None
    path_args: Sequence[Any]
    path_kwargs: Mapping[str, Any]
    handler_class: str
    transaction_id: str
    direction: Literal["Incoming", "Outgoing"] = "Incoming"
    blocked_by: str | None = None
    request_encoding: str | None = None
    request_type: str = ""
    response_type: str = ""
    request_unread: str = ""
    response_unread: str = ""
