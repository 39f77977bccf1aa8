"""A HAR entry to a record.

Flows in: an entry, with ``_handler``, ``_route``, ``_path_args``, ``_remote_ip`` and ``_direction``
for what HAR lacks. Flows out: a `Record`. Whatever is missing, null or of the wrong type counts as
not said, but for what no call can do without.
"""

from __future__ import annotations

import copy
import datetime
import math
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tornado.httputil import HTTPHeaders, HTTPInputError

from moesif_declarative.call import Record
from moesif_declarative.har.content import read_content, without_surrogates
from moesif_declarative.har.error import HarError

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# What an HTTP server would not take in a request line, or in a header's value.
_NO_TARGET: Final = re.compile(r"[\x00-\x20\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SCHEMES: Final = {"ws": "http", "wss": "https"}  # an upgrade begins as a plain request
_CALLED: Final = {"http", "https", *_SCHEMES}
_SCHEME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:[/?]|$))")
_LONGEST_S: Final = 10.0 * 365 * 86_400


class _Headers(HTTPHeaders):
    """Headers that can be copied whatever is in them: Tornado's copy() refuses what is odd."""

    def copy(self) -> HTTPHeaders:
        return copy.deepcopy(self)

    __copy__ = copy


def record_from(entry: Mapping[str, Any], max_body_bytes: int) -> Record:
    """Read a HAR entry.

    Args:
        entry: One of ``log.entries``.
        max_body_bytes: Larger bodies are left out, as in a capture.

    Raises:
        HarError: There is no request with a method and a URL, or a key of ours is of the wrong
            type.
    """
    if not isinstance(entry, Mapping):
        raise HarError("a HAR entry is an object")
    request, response = _table(entry, "request"), _table(entry, "response")
    method, url = request.get("method"), request.get("url")
    if not (isinstance(url, str) and url.strip() and isinstance(method, str) and method.strip()):
        raise HarError("a HAR entry needs request.method and request.url as text")
    request_headers, response_headers = _headers(request), _headers(response)
    sent = _content(_table(request, "postData"), request_headers)
    got = _content(_table(response, "content"), response_headers)
    scheme, host, target = _split(without_surrogates(url.strip()), request_headers.get("Host", ""))
    handler, path_args = _own(entry, "_handler", Mapping), _own(entry, "_path_args", Mapping, list)
    route, outgoing = _own(entry, "_route", str), _is_outgoing(entry)
    return Record(
        method=_NO_TARGET.sub("", method),
        scheme=scheme,
        host=host,
        target=target,
        remote_ip=_own(entry, "_remote_ip", str).strip(),
        request_headers=request_headers,
        request_body=sent.raw if len(sent.raw) <= max_body_bytes else None,
        request_size=len(sent.raw) or _size(request.get("bodySize")),
        status=_status(response.get("status")),
        reason=response["statusText"] if isinstance(response.get("statusText"), str) else "",
        response_headers=response_headers,
        response_body=got.raw if len(got.raw) <= max_body_bytes else None,
        response_size=len(got.raw) or _size(_table(response, "content").get("size")),
        response_encoding=got.encoding,
        started_at=_started(entry.get("startedDateTime")),
        duration_s=_duration_s(entry.get("time")),
        route=route or None,
        path_args=path_args if isinstance(path_args, list) else (),
        path_kwargs=path_args if isinstance(path_args, Mapping) else {},
        handler_class=str(handler.get("class") or ""),
        transaction_id=str(uuid.uuid4()),
        direction="Outgoing" if outgoing else "Incoming",
        request_encoding=sent.encoding,
        request_type=sent.type,
        response_type=got.type,
    )


def _is_outgoing(entry: Mapping[str, Any]) -> bool:
    direction = _own(entry, "_direction", str)
    if direction not in {"", "Incoming", "Outgoing"}:
        raise HarError('_direction must be "Incoming" or "Outgoing"')
    return bool(direction == "Outgoing")


def foreign_scheme(entry: Mapping[str, Any]) -> str | None:
    """Name the scheme of an entry that is no call over HTTP: browsers list ``data:`` and more.

    Returns:
        ``data``, ``blob``, ``chrome-extension``, …; None for a call over HTTP.
    """
    url = _table(entry, "request").get("url")
    found = _SCHEME.match(url) if isinstance(url, str) else None
    scheme = found[1].lower() if found else "http"
    return None if scheme in _CALLED else scheme


def missing_bodies(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the bodies that a call had and its entry does not hold, each with its size in words.

    Browsers leave out what they have dropped from memory; some export no bodies at all.
    """
    request, response = _table(entry, "request"), _table(entry, "response")
    content = _table(response, "content")
    data = _table(request, "postData")
    for place, body, size in (
        ("request.body", data, _size(request.get("bodySize"))),
        ("response.body", content, _size(content.get("size"))),
    ):
        if size and not body.get("text") and not body.get("params"):
            yield place, f"the HAR does not hold its {size} bytes"


def _content(content: Mapping[str, Any], headers: HTTPHeaders) -> Any:
    return read_content(
        content, headers.get("Content-Type", ""), headers.get("Content-Encoding", "")
    )


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


_KINDS: Final = {str: "text", list: "a list", Mapping: "an object"}


def _own(entry: Mapping[str, Any], key: str, *kinds: Any) -> Any:
    """Read a key of ours: null is nothing, and a wrong type would be a test that tests nothing."""
    value = entry.get(key)
    if value is None:
        return kinds[0]() if kinds[0] is not Mapping else {}
    if not isinstance(value, kinds):
        raise HarError(f"{key} must be {' or '.join(_KINDS[kind] for kind in kinds)}")
    return value


def _headers(message: Mapping[str, Any]) -> HTTPHeaders:
    headers = _Headers()
    listed = message.get("headers")
    for header in listed if isinstance(listed, list) else ():
        if not isinstance(header, Mapping):
            continue
        name, value = header.get("name"), header.get("value")
        # HTTP/2's pseudo headers (":authority") are no headers; their values stand elsewhere.
        if isinstance(name, str) and _HEADER_NAME.fullmatch(name):
            _add(headers, name, "" if value is None else str(value))
    return headers


def _add(headers: HTTPHeaders, name: str, value: str) -> None:
    text = _CONTROL.sub(" ", without_surrogates(value)).strip(" \t")
    try:
        headers.add(name, text)
    except HTTPInputError:  # more than Latin-1, which no server reads but a HAR may hold
        headers[name] = f"{headers[name]}, {text}" if name in headers else text


def _split(url: str, host_header: str) -> tuple[str, str, str]:
    """Split a URL into scheme, host and target; a target without a host gets that of the header."""
    url = _NO_TARGET.sub(lambda found: f"%{ord(found[0]):02X}", url.partition("#")[0])
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme.isascii() or "/" in scheme or "?" in scheme:
        return "http", host_header, url if url.startswith("/") else f"/{url}"
    scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
    end = min((place for place in map(rest.find, "/?") if place >= 0), default=len(rest))
    authority, target = rest[:end], rest[end:]
    target = target if target.startswith("/") else f"/{target}"
    user, at, host = authority.rpartition("@")
    # Credentials are no part of the host; as in a request to a proxy, they stand in the target.
    return scheme, host, f"{scheme}://{user}@{host}{target}" if at else target


def _status(value: Any) -> int:
    """Read a status; calls that were blocked or aborted have 0 or -1, which becomes 0."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:9])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value < 1000 else 0


def _size(value: Any) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value < 2**53 else 0


def _duration_s(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1000 if 0 <= value <= _LONGEST_S * 1000 else 0.0


def _started(value: Any) -> float:
    """Read when the call began; a time without a zone is in UTC. Now, where nothing is said."""
    try:
        moment = datetime.datetime.fromisoformat(str(value).strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        seconds = moment.timestamp()
    except (ValueError, OverflowError):
        return time.time()
    return seconds if math.isfinite(seconds) else time.time()
