"""The facts of a call that ``request = "…"`` and ``response = "…"`` name.

Flows in: a call. Flows out: a text or a number, None where the call lacks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from moesif_declarative.call import Call

    Facts = Mapping[str, Callable[[Call], Any]]


def _uri(call: Call) -> str:
    query = call.record.target.partition("?")
    return call.path + query[1] + query[2]


def _duration_ms(call: Call) -> float:
    return round(call.record.duration_s * 1000, 3)


REQUEST_FACTS: Final[Facts] = {
    "method": lambda call: call.record.method,
    "scheme": lambda call: call.record.scheme,
    "host": lambda call: call.record.host,
    "path": lambda call: call.path,
    "uri": _uri,
    "url": lambda call: call.url,
    "client_ip": lambda call: call.client_ip,
    "remote_ip": lambda call: call.record.remote_ip,
    "user_agent": lambda call: call.request_headers.get("User-Agent"),
    "content_type": lambda call: call.request_type,
    "size": lambda call: call.record.request_size,
    "time": lambda call: call.request_time,
    "route": lambda call: call.record.route,
}
"""Facts of the request: ``size`` in bytes of the body on the wire, ``time`` as ISO 8601 text."""

RESPONSE_FACTS: Final[Facts] = {
    "status": lambda call: call.record.status,
    "reason": lambda call: call.record.reason,
    "content_type": lambda call: call.response_type,
    "duration_ms": _duration_ms,
    "size": lambda call: call.record.response_size,
    "time": lambda call: call.response_time,
}
"""Facts of the response: ``duration_ms`` in milliseconds, to the microsecond."""
