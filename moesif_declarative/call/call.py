"""A finished call as rules see it: every view of it computed once, when first asked for.

Flows in: a `Record`, and the handler while it is there. Flows out: headers, cookies, arguments,
bodies and the event document before masks.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from tornado.httputil import HTTPHeaders

from moesif_declarative.call.address import ClientAddress, client_address
from moesif_declarative.call.body import ABSENT, Body, media_type, read_body
from moesif_declarative.call.record import Record

_BODYLESS_STATUSES = {204, 304}


@dataclass(frozen=True, slots=True)
class View:
    """How calls are looked at: what one middleware's settings say about it.

    Attributes:
        max_body_bytes: ``MAX_BODY_SIZE``, which bounds decompressed bodies too.
        client_address: How the client's address is found.
    """

    max_body_bytes: int = 102_400
    client_address: ClientAddress = field(default_factory=client_address)


class Call:
    """One finished call.

    Args:
        record: What was captured.
        view: How it is looked at.
        handler: The Tornado handler, while on the loop; None behind it.
    """

    def __init__(self, record: Record, view: View, handler: Any | None = None) -> None:
        self.record = record
        self.view = view
        self.handler = handler
        self._added: list[tuple[tuple[str, ...], Any]] = []

    def add(self, path: tuple[str, ...], value: Any) -> None:
        """Put what a hook gave into the event document: ``("request", "api_version")``.

        The document is built only when it is asked for, so that a value may come before it.
        """
        if "document" in self.__dict__:
            _put(self.document, path, value)
        else:
            self._added.append((path, value))

    @cached_property
    def request_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return _joined(self.record.request_headers)

    @cached_property
    def response_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return _joined(self.record.response_headers)

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The request's cookies as sent: the first of each name."""
        cookies: dict[str, str] = {}
        for part in "; ".join(self.record.request_headers.get_list("Cookie")).split(";"):
            name, equals, value = part.partition("=")
            if equals:
                cookies.setdefault(name.strip(), value.strip())
        return cookies

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return self._target[0]

    @property
    def query_string(self) -> str:
        """The query as sent, without the question mark."""
        return self._target[1]

    @cached_property
    def _target(self) -> tuple[str, str]:
        path, _, query = self.record.target.partition("?")
        scheme, separator, rest = path.partition("://")
        if separator and scheme.lower() in {"http", "https"}:  # absolute form, as for a proxy
            path = "/" + rest.partition("/")[2]
        return path, query

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The query's arguments, decoded; blank values kept."""
        return _arguments(self.query_string)

    @cached_property
    def url(self) -> str:
        """The whole URL as sent."""
        target = self.record.target
        if target.lower().startswith(("http://", "https://")):
            return target
        slash = "" if target.startswith("/") else "/"
        return f"{self.record.scheme}://{self.record.host}{slash}{target}"

    @cached_property
    def client_ip(self) -> str | None:
        """The client's address, through the headers that the settings believe."""
        return self.view.client_address(self.request_headers, self.record.remote_ip)

    @cached_property
    def request_body(self) -> Body:
        """The request's body, as far as it can be read."""
        record = self.record
        return read_body(
            record.request_body,
            record.request_size,
            self.request_headers.get("Content-Type", ""),
            self.request_headers.get("Content-Encoding", ""),
            self.view.max_body_bytes,
        )

    @cached_property
    def response_body(self) -> Body:
        """The response's body, as far as it can be read; absent where HTTP sends none."""
        record = self.record
        if record.method == "HEAD" or record.status in _BODYLESS_STATUSES or record.status < 200:
            return ABSENT
        return read_body(
            record.response_body,
            record.response_size,
            self.response_headers.get("Content-Type", ""),
            record.response_encoding,
            self.view.max_body_bytes,
        )

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The fields of a form-encoded or multipart request body; files are not among them."""
        if self.request_body.kind != "form":
            return {}
        fields: dict[str, list[str]] = {}
        for name, value in self.request_body.value.items():
            texts = [item for item in _as_list(value) if isinstance(item, str)]
            if texts:
                fields[name] = texts
        return fields

    @cached_property
    def request_type(self) -> str:
        """The request's media type alone, lower case; ``""`` without one."""
        return media_type(self.request_headers.get("Content-Type", ""))[0]

    @cached_property
    def response_type(self) -> str:
        """The response's media type alone, lower case; ``""`` without one."""
        return media_type(self.response_headers.get("Content-Type", ""))[0]

    @property
    def request_time(self) -> str:
        """When the request arrived: ISO 8601 in UTC with milliseconds."""
        return iso_time(self.record.started_at)

    @property
    def response_time(self) -> str:
        """When the response ended: ISO 8601 in UTC with milliseconds."""
        return iso_time(self.record.started_at + self.record.duration_s)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The event document before masks, as Moesif stores it (Moesif API, ``/v1/events``).

        What hooks have given so far is in it; what they give later is added to it.
        """
        request: dict[str, Any] = {
            "time": self.request_time,
            "uri": self.url,
            "verb": self.record.method,
            "headers": dict(self.request_headers),
        }
        if self.client_ip is not None:
            request["ip_address"] = self.client_ip
        response: dict[str, Any] = {
            "time": self.response_time,
            "status": self.record.status,
            "headers": dict(self.response_headers),
        }
        for side, body in ((request, self.request_body), (response, self.response_body)):
            if body.transfer_encoding is not None:
                side["body"] = body.wire
                side["transfer_encoding"] = body.transfer_encoding
        document: dict[str, Any] = {
            "request": request,
            "response": response,
            "direction": "Incoming",
            "weight": 1,
            "transaction_id": self.record.transaction_id,
        }
        for path, value in self._added:
            _put(document, path, value)
        return document


def iso_time(seconds: float) -> str:
    """Write seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def _joined(headers: HTTPHeaders) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers.get_all():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _arguments(query: str) -> dict[str, list[str]]:
    arguments: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        arguments.setdefault(name, []).append(value)
    return arguments


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
