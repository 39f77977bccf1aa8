"""The event document of a call before hooks and masks, as Moesif stores it.

Flows in: a call. Flows out: a fresh document (Moesif API, ``/v1/events``), which others change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moesif_declarative.call.body import Body
from moesif_declarative.call.times import iso_time
from moesif_declarative.call.trace import trace_id_of

if TYPE_CHECKING:
    from moesif_declarative.call.call import Call


def document_of(call: Call) -> dict[str, Any]:
    """Build the document of a call; bodies are in it as the call has them, not copied."""
    record = call.record
    started_at, sent = record.started_at, call.request_headers
    request: dict[str, Any] = {
        "time": iso_time(started_at),
        "uri": call.url,
        "verb": record.method,
        "headers": sent.copy(),
    }
    address = call.client_ip
    if address is not None:
        request["ip_address"] = address
    response: dict[str, Any] = {
        "time": iso_time(started_at + record.duration_s),
        "status": record.status,
        "headers": call.response_headers.copy(),
    }
    _add_body(request, call.request_body)
    _add_body(response, call.response_body)
    document: dict[str, Any] = {
        "request": request,
        "response": response,
        "direction": record.direction,
        "weight": 1,
        "transaction_id": record.transaction_id,
    }
    if "Traceparent" in sent:
        trace_id = trace_id_of(sent["Traceparent"])
        if trace_id is not None:
            document["trace_id"] = trace_id
    if record.blocked_by is not None:
        document["blocked_by"] = record.blocked_by
    return document


def _add_body(side: dict[str, Any], body: Body) -> None:
    if body.kind == "json":
        side["body"] = body.value
        side["transfer_encoding"] = "json"
    elif body.transfer_encoding is not None:
        side["body"] = body.wire
        side["transfer_encoding"] = body.transfer_encoding
