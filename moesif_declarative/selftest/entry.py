"""A test's table to a HAR entry, so that it runs on the very path of `explain`.

Flows in: one validated table below ``TESTS``. Flows out: an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moesif_declarative.call import json_text

STARTED: Final = "2000-01-01T00:00:00.000+00:00"
"""When the calls of tests begin: always then, so that a test gives the same whenever it runs."""

_ROUTE_ARGUMENTS: Final = ("path_kwargs", "path_args")


def entry_of(test: Mapping[str, Any], started: str = STARTED) -> dict[str, Any]:
    """Write the call of a test as a HAR entry.

    Args:
        test: The table: ``request``, ``response``, ``handler``. A ``url`` without a host gets the
            one of the Host header, else ``localhost``. ``path_args`` and ``path_kwargs`` of the
            handler are also what `path_arg` reads.
        started: When the call begins, in ISO 8601.
    """
    request, response = test.get("request", {}), test.get("response", {})
    handler = dict(test.get("handler", {}))
    entry: dict[str, Any] = {
        "startedDateTime": started,
        "time": response.get("duration_ms", 0),
        "request": {
            "method": request.get("method", "GET"),
            "url": _url(request),
            "headers": _headers(request),
            "postData": _content(request),
        },
        "response": {
            "status": response.get("status", 200),
            "headers": _headers(response),
            "content": _content(response),
        },
        "_handler": handler,
    }
    if "remote_ip" in request:
        entry["_remote_ip"] = request["remote_ip"]
    path_args = next((handler[name] for name in _ROUTE_ARGUMENTS if handler.get(name)), None)
    return entry if path_args is None else {**entry, "_path_args": path_args}


def _url(request: Mapping[str, Any]) -> str:
    url = str(request["url"])
    if "://" in url.partition("?")[0]:
        return url
    hosts = (value for name, value in request.get("headers", {}).items() if name.lower() == "host")
    return f"http://{next(hosts, 'localhost')}{'' if url.startswith('/') else '/'}{url}"


def _headers(message: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "value": value}
        for name, values in message.get("headers", {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _content(message: Mapping[str, Any]) -> dict[str, str]:
    if "body" not in message:
        return {}
    body = message["body"]
    if isinstance(body, str):
        return {"text": body}
    return {"text": json_text.dump(json_text.plain(body)), "mimeType": "application/json"}
