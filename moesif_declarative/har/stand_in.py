"""What callables get in place of a Tornado handler, where there is none.

Flows in: a HAR entry and its record. Flows out: an object that looks like a finished handler.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tornado.escape import parse_qs_bytes
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    HTTPServerRequest,
    RequestStartLine,
    split_host_and_port,
)

from moesif_declarative.call import Record


class _Object(dict[str, Any]):
    """An object of ``_handler``: its members are keys and attributes, as hooks may want either."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def stand_in_handler(entry: Mapping[str, Any], record: Record) -> Any:
    """Make what callables get in place of a Tornado handler.

    Args:
        entry: The entry; ``_handler`` is an object, or missing.
        record: What was read from it.

    Returns:
        An object with ``request`` built from the entry, ``get_status()``, and the keys of
        ``_handler`` as attributes.
    """
    handler = SimpleNamespace(
        request=_request(record),
        get_status=lambda: record.status,
        path_args=record.path_args,
        path_kwargs=record.path_kwargs,
        current_user=None,
        settings={},
        _headers=record.response_headers,  # what hooks of the original package read
        _reason=record.reason,
    )
    for name, value in (entry.get("_handler") or {}).items():
        vars(handler)[str(name)] = _with_attributes(value)  # "__class__" is a name as any other
    return handler


def _with_attributes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Object({str(key): _with_attributes(item) for key, item in value.items()})
    return [_with_attributes(item) for item in value] if isinstance(value, list) else value


def _request(record: Record) -> HTTPServerRequest:
    connection = SimpleNamespace(
        context=SimpleNamespace(remote_ip=record.remote_ip, protocol=record.scheme),
        set_close_callback=lambda callback: None,  # noqa: ARG005 - the connection's signature
    )
    # Tornado refuses to make requests of what its server would not let in, so what may be odd is
    # put there afterwards.
    request = HTTPServerRequest(
        start_line=RequestStartLine(record.method, "/", "HTTP/1.1"),
        headers=HTTPHeaders({"Host": "localhost"}),
        body=record.request_body or b"",
        connection=connection,  # type: ignore[arg-type]
    )
    headers = record.request_headers.copy()
    with contextlib.suppress(HTTPInputError):
        headers.setdefault("Host", record.host)
    request.headers, request.host = headers, headers.get("Host", record.host)
    request.host_name = split_host_and_port(request.host.lower())[0]
    request.uri = _origin_form(record.target)
    request.path, _, request.query = request.uri.partition("?")
    request._start_time = record.started_at
    request.__dict__["_finish_time"] = record.started_at + record.duration_s
    with contextlib.suppress(Exception):  # a query or body that Tornado would have refused
        request.arguments = parse_qs_bytes(request.query, keep_blank_values=True)
        request.query_arguments = copy.deepcopy(request.arguments)
        request._parse_body()
    return request


def _origin_form(target: str) -> str:
    if target.startswith("/"):
        return target
    return f"/{target.partition('://')[2].partition('/')[2]}"
