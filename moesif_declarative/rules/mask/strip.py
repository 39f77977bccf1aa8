"""What is left of an event when a rule failed: what no rule can have meant to mask.

Flows in: an event document and what the failed rule guards. Flows out: the document without
bodies, headers, query, fragment, metadata and session token, and without what that rule guards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from moesif_declarative.rules.mask.result import EVERYTHING, PATH

NO_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - what stands for no address; nothing binds to it

PLACES: Final[Mapping[tuple[str, ...], str]] = {
    ("user_id",): "user_id",
    ("company_id",): "company_id",
    ("subscription_id",): "subscription_id",
    ("trace_id",): "trace_id",
    ("action_name",): "action_name",
    ("request", "api_version"): "request.api_version",
    ("request", "ip_address"): "request.ip_address",
    ("response", "ip_address"): "response.ip_address",
    ("request", "uri"): PATH,
}
"""Places of the document that stay unless the failed rule guards them, and what they are called
in `MaskRule.guards`."""

_ALWAYS: Final = ("direction", "weight", "transaction_id")
_OF_SIDE: Final = {"request": ("time", "verb"), "response": ("time", "status")}
_MATRIX: Final = re.compile(r";[^/]*")  # a segment's own arguments
_AUTHORITY: Final = re.compile(r"[/?#\\]")


def strip(document: dict[str, Any], guards: frozenset[str], route: str | None) -> None:
    """Strip an event, in place.

    Args:
        document: The event document.
        guards: What the failed rule guards (`MaskRule.guards`).
        route: The pattern of the route, which stands for a path that has to go.
    """
    left: dict[str, Any] = {
        side: {key: document[side][key] for key in keys if key in document[side]}
        for side, keys in _OF_SIDE.items()
    }
    everything = EVERYTHING in guards
    path_goes = everything or PATH in guards
    for (*sides, key), guard in PLACES.items():
        source = document[sides[0]] if sides else document
        target = left[sides[0]] if sides else left
        value = source.get(key)
        if key == "uri":
            target["uri"] = bare_url(str(value or ""), route if path_goes else None, path_goes)
        elif value is None:
            continue
        elif not everything and guard not in guards:
            target[key] = value
        elif key == "ip_address":
            target[key] = NO_ADDRESS  # without one Moesif would take that of the connection
    for side in _OF_SIDE:
        left[side]["headers"] = {}
    left.update({key: document[key] for key in _ALWAYS if key in document})
    document.clear()
    document.update(left)


def bare_url(url: str, route: str | None, path_goes: bool) -> str:
    """Give a URL without user information, query, fragment and matrix parameters.

    Args:
        url: The URL.
        route: What stands for the path where it has to go; None for ``/``.
        path_goes: Whether the path has to go.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    authority = _AUTHORITY.split(rest, maxsplit=1)[0] if separator else ""
    path = _MATRIX.sub("", re.split(r"[?#]", rest[len(authority) :], maxsplit=1)[0])
    if path_goes:
        pattern = (route or "/").replace("?", "%3F").replace("#", "%23")
        path = pattern if pattern.startswith("/") else f"/{pattern}"
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{path or '/'}"
