"""A HAR 1.2 entry to a record, as if the call had just been captured.

Flows in: an entry as browsers and proxies write it, with ``_handler``, ``_route``,
``_path_args`` and ``_remote_ip`` for what HAR lacks. Flows out: a `Record` and a stand-in for the
handler. Source: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import time
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from moesif_declarative.call import Record
from moesif_declarative.errors import MoesifError

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class HarError(MoesifError, ValueError):
    """An entry, or a file of them, that is no HAR."""


def record_from(entry: Mapping[str, Any], max_body_bytes: int) -> Record:
    """Read a HAR entry.

    Args:
        entry: One of ``log.entries``.
        max_body_bytes: Larger bodies are left out, as in a capture.

    Raises:
        HarError: There is no request with a method and a URL.
    """
    request, response = _table(entry, "request"), _table(entry, "response")
    if not isinstance(request.get("url"), str) or not isinstance(request.get("method"), str):
        raise HarError("a HAR entry needs request.method and request.url as text")
    request_headers, response_headers = _headers(request), _headers(response)
    sent = _content(_table(request, "postData"), request_headers)
    got = _content(_table(response, "content"), response_headers)
    scheme, host, target = _split(request["url"])
    handler = _table(entry, "_handler")
    path_args = entry.get("_path_args")
    return Record(
        method=request["method"],
        scheme=scheme,
        host=host,
        target=target,
        remote_ip=str(entry.get("_remote_ip") or handler.get("remote_ip") or ""),
        request_headers=request_headers,
        request_body=sent if len(sent) <= max_body_bytes else None,
        request_size=len(sent),
        status=_integer(response.get("status")),
        reason=str(response.get("statusText") or ""),
        response_headers=response_headers,
        response_body=got if len(got) <= max_body_bytes else None,
        response_size=len(got),
        response_encoding=response_headers.get("Content-Encoding", ""),
        started_at=_started(entry.get("startedDateTime")),
        duration_s=_number(entry.get("time")) / 1000,
        route=entry.get("_route") if isinstance(entry.get("_route"), str) else None,
        path_args=path_args if isinstance(path_args, list) else (),
        path_kwargs=path_args if isinstance(path_args, dict) else {},
        handler_class=str(handler.get("class") or ""),
        transaction_id=str(uuid.uuid4()),
    )


def stand_in_handler(entry: Mapping[str, Any], record: Record) -> Any:
    """Make what callables get in place of a Tornado handler.

    Returns:
        An object with ``request`` built from the entry, ``get_status()``, and the keys of
        ``_handler`` as attributes.
    """
    line = RequestStartLine(record.method, record.target, "HTTP/1.1")
    connection = SimpleNamespace(
        context=SimpleNamespace(remote_ip=record.remote_ip, protocol=record.scheme),
        set_close_callback=lambda callback: None,  # noqa: ARG005 - the connection's signature
    )
    headers = record.request_headers.copy()
    headers.setdefault("Host", record.host)
    request = HTTPServerRequest(
        start_line=line,
        headers=headers,
        body=record.request_body or b"",
        connection=connection,  # type: ignore[arg-type]
    )
    handler = SimpleNamespace(
        request=request,
        get_status=lambda: record.status,
        path_args=record.path_args,
        path_kwargs=record.path_kwargs,
        current_user=None,
        settings={},
        _headers=record.response_headers,  # what hooks of the original package read
    )
    for name, value in _table(entry, "_handler").items():
        setattr(handler, str(name), value)
    return handler


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _headers(message: Mapping[str, Any]) -> HTTPHeaders:
    headers = HTTPHeaders()
    listed = message.get("headers")
    for header in listed if isinstance(listed, list) else ():
        name, value = (header.get("name"), header.get("value")) if header else (None, None)
        # HTTP/2's pseudo headers (":authority") are no headers; their values stand elsewhere.
        if isinstance(name, str) and _HEADER_NAME.fullmatch(name):
            headers.add(name, _CONTROL.sub(" ", str("" if value is None else value)))
    return headers


def _content(content: Mapping[str, Any], headers: HTTPHeaders) -> bytes:
    text = content.get("text")
    if not isinstance(text, str) or not text:
        params = content.get("params")
        if not isinstance(params, list) or not params:
            return b""
        text = urlencode([(param.get("name", ""), param.get("value") or "") for param in params])
    if content.get("mimeType") and "Content-Type" not in headers:
        headers["Content-Type"] = str(content["mimeType"])
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text)  # still compressed as Content-Encoding says
        except (binascii.Error, ValueError):
            return text.encode("utf-8", "surrogatepass")
    headers.pop("Content-Encoding", None)  # the text is decoded already
    return text.encode("utf-8", "surrogatepass")


def _split(url: str) -> tuple[str, str, str]:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "http", "", url
    end = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
    target = rest[end:].partition("#")[0]
    return scheme.lower(), rest[:end], target if target.startswith("/") else f"/{target}"


def _integer(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 1000 else 0


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and value >= 0 else 0.0


def _started(value: Any) -> float:
    try:
        return datetime.datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError):
        return time.time()
