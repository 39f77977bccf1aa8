"""A finished call as rules see it: every view of it computed once, when first asked for.

Flows in: a `Record`, and the handler while it is there. Flows out: headers, cookies, arguments,
bodies and the event document before masks.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from tornado.httputil import HTTPHeaders

from moesif_declarative.call.address import ClientAddress, client_address
from moesif_declarative.call.body import ABSENT, Body, media_type, read_body
from moesif_declarative.call.record import Record

_BODYLESS_STATUSES = {204, 304}
# A clock that is wrong must not cost an event: times stay within the years 1 and 9999.
_FIRST_S, _LAST_S = -62_135_596_800.0, 253_402_300_799.0

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
    """

    max_body_bytes: int = 102_400
    client_address: ClientAddress = field(default_factory=client_address)


class Call:
    """One finished call.

    Args:
        record: What was captured.
        view: How it is looked at.
        handler: The Tornado handler, while on the loop; None behind it.

    Attributes:
        failures: What users' callables raised where a hook went on without them; who runs the
            hook takes them out.
    """

    def __init__(self, record: Record, view: View, handler: Any | None = None) -> None:
        self.record = record
        self.view = view
        self.handler = handler
        self.failures: list[Exception] = []
        self._added: list[tuple[tuple[str, ...], Any]] = []

    def add(self, path: tuple[str, ...], value: Any) -> None:
        """Put what a hook gave into the event document: ``("request", "api_version")``.

        The document is built only when it is asked for, so that a value may come before it.
        """
        if "document" in self.__dict__:
            _put(self.document, path, value)
        else:
            self._added.append((path, value))

    @_once
    def request_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return _joined(self.record.request_headers)

    @_once
    def response_headers(self) -> dict[str, str]:
        """Names as Tornado spells them; repeated ones joined by ``, ``."""
        return _joined(self.record.response_headers)

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
        if target.lower().startswith(("http://", "https://")):
            return target
        slash = "" if target.startswith("/") else "/"
        return f"{self.record.scheme}://{self.record.host}{slash}{target}"

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
            "direction": self.record.direction,
            "weight": 1,
            "transaction_id": self.record.transaction_id,
        }
        if self.record.blocked_by is not None:
            document["blocked_by"] = self.record.blocked_by
        for path, value in self._added:
            _put(document, path, value)
        return document


def iso_time(seconds: float) -> str:
    """Write seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    if not 0 <= seconds < _LAST_S:
        return _iso_time(seconds)
    whole = int(seconds)
    millionths = round((seconds - whole) * 1e6)
    if millionths == 1_000_000:
        whole, millionths = whole + 1, 0
    return f"{_iso_second(whole)}.{millionths // 1000:03d}Z"


# Many calls share a second.
@lru_cache(maxsize=64)
def _iso_second(whole: int) -> str:
    return _iso_time(whole)[: -len(".000Z")]


def _iso_time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def _joined(headers: HTTPHeaders) -> dict[str, str]:
    pairs = list(headers.get_all())
    joined = dict(pairs)
    if len(joined) == len(pairs):
        return joined
    joined.clear()
    for name, value in pairs:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _arguments(query: str) -> dict[str, list[str]]:
    arguments: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        arguments.setdefault(name, []).append(value)
    return arguments


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
