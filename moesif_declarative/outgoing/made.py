"""What callables get in place of a Tornado handler when the application made the call itself.

Flows in: a `Call`. Flows out: an object that says of the call what a handler says of a request.
"""

from __future__ import annotations

from dataclasses import dataclass

from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call


@dataclass(frozen=True, slots=True)
class MadeRequest:
    """The request that was made.

    Attributes:
        method: Its method.
        url: Its whole URL, without user information.
        protocol: ``http`` or ``https``.
        host: The host it was made to, with the port if the URL has one.
        uri: Path and query.
        path: The path.
        query: The query, without the question mark.
        headers: The headers sent.
        body: The bytes sent; None where they are not known or larger than ``MAX_BODY_SIZE``.
    """

    method: str
    url: str
    protocol: str
    host: str
    uri: str
    path: str
    query: str
    headers: HTTPHeaders
    body: bytes | None


@dataclass(frozen=True, slots=True)
class MadeResponse:
    """The answer to it.

    Attributes:
        status: Its status; 599 where there was none.
        reason: Its reason phrase; without an answer the name of the error's class.
        headers: The headers received.
        body: The bytes received; None where they are not known or larger than
            ``MAX_BODY_SIZE``.
    """

    status: int
    reason: str
    headers: HTTPHeaders
    body: bytes | None


class MadeCall:
    """A call that the application made; its parts are made when they are asked for.

    Args:
        call: The call.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def request(self) -> MadeRequest:
        """The request that was made."""
        call, record = self._call, self._call.record
        return MadeRequest(
            method=record.method,
            url=call.url,
            protocol=record.scheme,
            host=record.host,
            uri=record.target,
            path=call.path,
            query=call.query_string,
            headers=record.request_headers.copy(),
            body=record.request_body,
        )

    @property
    def response(self) -> MadeResponse:
        """The answer to it."""
        record = self._call.record
        return MadeResponse(
            status=record.status,
            reason=record.reason,
            headers=record.response_headers.copy(),
            body=record.response_body,
        )

    def get_status(self) -> int:
        """The response's status, as a Tornado handler says it."""
        return self._call.record.status
