"""A kept document to what a person wants to see of it at a glance.

Flows in: documents as they were sent, hostile ones too. Flows out: short texts that can be
encoded; they are escaped where they are put into HTML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from moesif_declarative.collector.store import Kept

_MAX_SHOWN: Final = 20_000
_MAX_MASKED: Final = 6
_MARK: Final = "[REDACTED]"


@dataclass(frozen=True, slots=True)
class EventSummary:
    """One event, as the page's table shows it.

    Attributes:
        key: What its address is made of: its transaction id, or ``number-7``.
        time: When the call was made, time of day in UTC as sent.
        date: The whole time, as sent.
        verb: The method.
        path: Path and query.
        host: Scheme and host.
        status: The response's status, ``""`` without a response.
        status_class: ``2`` for 200 to 299, and so on; ``""`` without one.
        user: The user, ``""`` without one.
        company: The company, ``""`` without one.
        masked: What was masked: by rule where the event says so, else by place.
        received: How often it came.
        application_id: What it was sent with.
        document: The whole document, indented, cut where it is very long.
        is_cut: Whether it was cut.
    """

    key: str
    time: str
    date: str
    verb: str
    path: str
    host: str
    status: str
    status_class: str
    user: str
    company: str
    masked: tuple[str, ...]
    received: int
    application_id: str
    document: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """One user, company, subscription or action, as the page shows it.

    Attributes:
        name: Its id, or the action's name.
        received_at: When it came.
        document: The whole document, indented, cut where it is very long.
    """

    name: str
    received_at: str
    document: str


def summarize_event(kept: Kept) -> EventSummary:
    """Sum up an event."""
    event = json.loads(kept.document)
    request, response = event["request"], event.get("response") or {}
    host, path = _split_uri(_shown(request.get("uri")))
    date = _shown(request.get("time"))
    status = _shown(response.get("status"))
    document = _indented(event, kept.document)
    return EventSummary(
        key=_shown(event.get("transaction_id")) or f"number-{kept.number}",
        time=date.partition("T")[2][:12].rstrip("Z") or date,
        date=date,
        verb=_shown(request.get("verb")),
        path=path,
        host=host,
        status=status,
        status_class=status[:1],
        user=_shown(event.get("user_id")),
        company=_shown(event.get("company_id")),
        masked=_masked(event),
        received=kept.received,
        application_id=_shown(kept.application_id),
        document=document[:_MAX_SHOWN],
        is_cut=len(document) > _MAX_SHOWN,
    )


def summarize_profile(kept: Kept) -> ProfileSummary:
    """Sum up a user, company, subscription or action."""
    value = json.loads(kept.document)
    keys = {
        "users": "user_id",
        "companies": "company_id",
        "subscriptions": "subscription_id",
        "actions": "action_name",
    }
    name = _shown(value.get(keys[kept.kind]))
    return ProfileSummary(name, kept.received_at, _indented(value, kept.document)[:_MAX_SHOWN])


def _masked(event: dict[str, Any]) -> tuple[str, ...]:
    """Say what was masked: ``card x 2`` from the remarks, else the places of the mark."""
    remarks = (event.get("metadata") or {}).get("moesif_masked")
    if isinstance(remarks, dict):
        return tuple(f"{_shown(rule)} x {_shown(count)}" for rule, count in remarks.items())
    found: list[str] = []
    pending: list[tuple[str, Any]] = [("", event)]
    while pending and len(found) <= _MAX_MASKED:
        place, value = pending.pop()
        if isinstance(value, dict):
            pending += [(_shown(name), inner) for name, inner in reversed(value.items())]
        elif isinstance(value, list):
            pending += [(place, inner) for inner in reversed(value)]
        elif isinstance(value, str) and _MARK in value and place not in found:
            found.append(place)
    return (*found[:_MAX_MASKED], "…") if len(found) > _MAX_MASKED else tuple(found)


def _split_uri(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", uri
    host = f"{parts.scheme}://{parts.netloc}"
    return (host, uri[len(host) :] or "/") if uri.startswith(host) else ("", uri)


def _indented(value: Any, text: str) -> str:
    try:
        return _shown(json.dumps(value, indent=2, ensure_ascii=False))
    except RecursionError:
        return _shown(text)


def _shown(value: Any) -> str:
    """Write a value as text that UTF-8 can encode, None as nothing."""
    if value is None:
        return ""
    return str(value).encode("utf-8", "backslashreplace").decode()
