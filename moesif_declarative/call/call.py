"""A finished call as rules see it: every view of it computed once, when first asked for.

Flows in: a `Record`, and the handler while it is there. Flows out: headers, cookies, arguments,
bodies and the event document before masks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from moesif_declarative.call.address import ClientAddress, client_address
from moesif_declarative.call.body import ABSENT, Body, media_type, read_body
from moesif_declarative.call.document import document_of
from moesif_declarative.call.headers import joined
from moesif_declarative.call.json_scan import PLAIN_SCAN, JsonScan
from moesif_declarative.call.record import Record
from moesif_declarative.call.times import iso_time

_BODYLESS_STATUSES = {204, 304}

# The views that depend on nothing but the request's head, and on nothing but it and its body.
_OF_HEAD = ("request_headers", "cookies", "_target", "query", "url", "client_ip", "request_type")
_OF_BODY = ("request_body", "form")

T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 - it is used as a decorator
    """Makes a view of a call: computed when first asked for, then an attribute of the call.

    As `functools.cached_property`, without the lock that this has before Python 3.12: a call
    belongs to one thread at a time.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, call: Any, owner: type | None = None) -> T:
        value = call.__dict__[self._name] = self._compute(call)
        return value


@dataclass(frozen=True, slots=True)
class View:
    """How calls are looked at: what one middleware's settings say about it.

    Attributes:
        max_body_bytes: ``MAX_BODY_SIZE``, which bounds decompressed bodies too.
        client_address: How the client's address is found.
        scan: Looks over JSON bodies, for what masks look for as well.
    """

    max_body_bytes: int = 102_400
    client_address: ClientAddress = field(default_factory=client_address)
    scan: JsonScan = PLAIN_SCAN


class Call:
    """One finished call.

    Args:
        record: What was captured.
        view: How it is looked at.
        handler: The Tornado handler, while on the loop; None behind it.

    Attributes:
        failures: What users' callables raised where a hook went on without them; who runs the
            hook takes them out.
        given: What hooks have put into the event document so far: where, and what.
    """

    def __init__(self, record: Record, view: View, handler: Any | None = None) -> None:
        self.record = record
        self.view = view
        self.handler = handler
        self.failures: list[Exception] = []
        self.given: list[tuple[tuple[str, ...], Any]] = []

    def take_over(self, earlier: Call) -> None:
        """Keep what was computed of the request before its response was there.

        Args:
            earlier: The same request, looked at in the same way.
        """
        same_body = earlier.record.request_body is self.record.request_body
        for name in (*_OF_HEAD, *(_OF_BODY if same_body else ())):
            if name in earlier.__dict__:
                self.__dict__[name] = earlier.__dict__[name]

    def add(self, path: tuple[str, ...], value: Any) -> None:
        """Put what a hook gave into the event document: ``("request", "api_version")``.

        The document is built only when it is asked for, so that a value may come before it.
        """
        self.given.append((path, value))
        if "document" in self.__dict__:
            _put(self.document, path, value)

    @_once
    def request_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return joined(self.record.request_headers)

    @_once
    def response_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return joined(self.record.response_headers)

    @_once
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

    @_once
    def _target(self) -> tuple[str, str]:
        path, _, query = self.record.target.partition("?")
        if path[:1] == "/":
            return path, query
        scheme, separator, rest = path.partition("://")
        if separator and scheme.lower() in {"http", "https"}:  # absolute form, as for a proxy
            path = "/" + rest.partition("/")[2]
        return path, query

    @_once
    def query(self) -> dict[str, list[str]]:
        """The query's arguments, decoded; blank values kept."""
        return _arguments(self.query_string)

    @_once
    def url(self) -> str:
        """The whole URL as sent."""
        target = self.record.target
        if target[:1] == "/":
            return f"{self.record.scheme}://{self.record.host}{target}"
        if target.lower().startswith(("http://", "https://")):
            return target
        return f"{self.record.scheme}://{self.record.host}/{target}"

    @_once
    def client_ip(self) -> str | None:
        """The client's address, through the headers that the settings believe."""
        return self.view.client_address(self.request_headers, self.record.remote_ip)

    @_once
    def request_body(self) -> Body:
        """The request's body, as far as it can be read."""
        record = self.record
        return read_body(
            record.request_body,
            record.request_size,
            self._request_content_type,
            self.request_headers.get("Content-Encoding", "")
            if record.request_encoding is None
            else record.request_encoding,
            self.view.max_body_bytes,
            self.view.scan,
            record.request_unread,
        )

    @_once
    def response_body(self) -> Body:
        """The response's body, as far as it can be read; absent where HTTP sends none."""
        record = self.record
        if record.method == "HEAD" or record.status in _BODYLESS_STATUSES or record.status < 200:
            return ABSENT
        return read_body(
            record.response_body,
            record.response_size,
            self._response_content_type,
            record.response_encoding,
            self.view.max_body_bytes,
            self.view.scan,
            record.response_unread,
        )

    @_once
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

    @_once
    def request_type(self) -> str:
        """The request's media type alone, lower case; ``""`` without one."""
        return media_type(self._request_content_type)[0]

    @_once
    def response_type(self) -> str:
        """The response's media type alone, lower case; ``""`` without one."""
        return media_type(self._response_content_type)[0]

    @property
    def _request_content_type(self) -> str:
        return self.request_headers.get("Content-Type") or self.record.request_type

    @property
    def _response_content_type(self) -> str:
        return self.response_headers.get("Content-Type") or self.record.response_type

    @property
    def request_time(self) -> str:
        """When the request arrived: ISO 8601 in UTC with milliseconds."""
        return iso_time(self.record.started_at)

    @property
    def response_time(self) -> str:
        """When the response ended: ISO 8601 in UTC with milliseconds."""
        return iso_time(self.record.started_at + self.record.duration_s)

    @_once
    def document(self) -> dict[str, Any]:
        """The event document before masks, as Moesif stores it (Moesif API, ``/v1/events``).

        What hooks have given so far is in it; what they give later is added to it.
        """
        document = document_of(self)
        for path, value in self.given:
            _put(document, path, value)
        return document


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def _arguments(query: str) -> dict[str, list[str]]:
    arguments: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        arguments.setdefault(name, []).append(value)
    return arguments


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
