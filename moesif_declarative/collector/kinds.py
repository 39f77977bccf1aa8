"""What Moesif takes: the kinds of documents, and what a document of each must hold.

Flows in: a parsed document. Flows out: what Moesif would refuse about it, in a sentence that
names the field. Source: https://www.moesif.com/docs/api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from moesif_declarative.collector.checks import (
    Check,
    Field,
    anything,
    base64_text,
    filled_text,
    integer,
    ip_address,
    moment,
    objects,
    one_of,
    table,
    text,
    texts,
)

MAX_QUERY_PARAMETERS: Final = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document.

    Attributes:
        name: What one is called: ``event``.
        plural: What its endpoint and its list are called: ``events``.
        check: What Moesif asks of one.
    """

    name: str
    plural: str
    check: Check

    def fault(self, document: Any, path: str) -> str | None:
        """Say what is wrong with a document, None when nothing is.

        Args:
            document: The parsed JSON value.
            path: How the message should call it: ``event``, ``events[3]``.
        """
        return self.check(document, path)


def _whole_url(value: Any, path: str) -> str | None:
    fault = filled_text(value, path)
    if fault is not None:
        return fault
    try:
        parts = urlsplit(value)
    except ValueError:
        return f"{path} must be a URL"
    if not (parts.scheme and parts.netloc):
        return f"{path} must be a whole URL with scheme and host"
    names = {pair.partition("=")[0] for pair in parts.query.split("&")}
    if len(names) > MAX_QUERY_PARAMETERS:
        return f"{path} must not have more than {MAX_QUERY_PARAMETERS} distinct query parameters"
    return None


def _with_body(check: Check) -> Check:
    """Add to a check that a body which is said to be base64 is."""

    def check_all(value: Any, path: str) -> str | None:
        fault = check(value, path)
        if fault is not None or value.get("transfer_encoding") != "base64":
            return fault
        body = value.get("body")
        return None if body is None else base64_text(body, f"{path}.body")

    return check_all


_TRANSFER_ENCODING = Field("transfer_encoding", one_of({"json", "base64"}))
_METADATA = Field("metadata", table())

_REQUEST = _with_body(
    table(
        Field("time", moment, required=True),
        Field("uri", _whole_url, required=True),
        Field("verb", filled_text, required=True),
        Field("headers", texts, required=True),
        Field("api_version", text),
        Field("ip_address", ip_address),
        _TRANSFER_ENCODING,
    )
)
_RESPONSE = _with_body(
    table(
        Field("time", moment, required=True),
        Field("status", integer, required=True),
        Field("headers", texts, required=True),
        Field("ip_address", ip_address),
        _TRANSFER_ENCODING,
    )
)
_EVENT = table(
    Field("request", _REQUEST, required=True),
    Field("response", _RESPONSE),
    Field("user_id", text),
    Field("company_id", text),
    Field("subscription_id", text),
    Field("session_token", text),
    Field("transaction_id", filled_text),
    Field("trace_id", text),
    Field("action_name", text),
    Field("direction", one_of({"Incoming", "Outgoing", "Internal"})),
    Field("weight", integer),
    Field("blocked_by", text),
    _METADATA,
)
_PROFILE = (
    Field("session_token", text),
    Field("modified_time", moment),
    Field("ip_address", ip_address),
    Field("campaign", texts),
    _METADATA,
)
_USER = table(
    Field("user_id", filled_text, required=True),
    Field("company_id", text),
    Field("user_agent_string", text),
    *_PROFILE,
)
_COMPANY = table(
    Field("company_id", filled_text, required=True),
    Field("company_domain", text),
    *_PROFILE,
)
_SUBSCRIPTION = table(
    Field("subscription_id", filled_text, required=True),
    Field("company_id", filled_text, required=True),
    Field("status", filled_text, required=True),
    Field("current_period_start", moment),
    Field("current_period_end", moment),
    Field("items", objects(table())),
    _METADATA,
)
_ACTION = table(
    Field("action_name", filled_text, required=True),
    Field("user_id", text),
    Field("company_id", text),
    Field("session_token", text),
    Field("transaction_id", filled_text),
    Field("request", table(Field("time", moment), Field("ip_address", ip_address))),
    Field("context", anything),
    _METADATA,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.plural: kind
        for kind in (
            Kind("event", "events", _EVENT),
            Kind("user", "users", _USER),
            Kind("company", "companies", _COMPANY),
            Kind("subscription", "subscriptions", _SUBSCRIPTION),
            Kind("action", "actions", _ACTION),
        )
    }
)
"""Every kind that Moesif takes, by the name of its endpoint."""
