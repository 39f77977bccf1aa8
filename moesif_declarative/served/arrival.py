"""A request that has arrived and has no response yet, as a record.

Flows in: what Tornado knows of a request before its handler is made. Flows out: a `Record` whose
response is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import Application

from moesif_declarative.call import Record


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request on its way to its handler.

    Attributes:
        application: The application that has the route.
        request: The request; its body is there unless the handler takes it as a stream.
        kind: The class of the handler that would run.
        path_args: The route's positional groups, in bytes.
        path_kwargs: The route's named groups, in bytes.
    """

    application: Application
    request: HTTPServerRequest
    kind: type
    path_args: Sequence[Any] = ()
    path_kwargs: Mapping[str, Any] | None = None

    def record(self, route: str | None, max_body_bytes: int) -> Record:
        """Make the record.

        Args:
            route: The pattern of the route.
            max_body_bytes: Larger bodies are left out.
        """
        request = self.request
        body = request.body or b""
        return Record(
            method=request.method or "",
            scheme=request.protocol,
            host=request.host,
            target=request.uri or "/",
            remote_ip=request.remote_ip or "",
            request_headers=request.headers,
            request_body=body if len(body) <= max_body_bytes else None,
            request_size=len(body),
            status=0,
            reason="",
            response_headers=HTTPHeaders(),
            response_body=None,
            response_size=0,
            response_encoding="",
            started_at=request._start_time,
            duration_s=0.0,
            route=route,
            path_args=[decoded(value) for value in self.path_args],
            path_kwargs={name: decoded(value) for name, value in (self.path_kwargs or {}).items()},
            handler_class=f"{self.kind.__module__}.{self.kind.__qualname__}",
            transaction_id="",
        )


def decoded(value: Any) -> Any:
    """Decode a group of a route, also one that is no UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
