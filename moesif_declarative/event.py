"""A record and the hooks to the masked event document.

Flows in: a `Call` and what its hooks have found on the loop. Flows out: the event document as
Moesif stores it, masked, and why anything is missing from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from moesif_declarative.call import Call
from moesif_declarative.call.url import parsable
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.rules.mask import MaskTrace


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one call.

    Attributes:
        document: The masked event; None for a call that is not to be sent.
        counts: Mask rule name to places masked.
        left_out: Places that were left out, each with its reason.
        failures: Mask rules that failed, with their errors.
    """

    document: dict[str, Any] | None
    counts: dict[str, int]
    left_out: tuple[tuple[str, str], ...]
    failures: tuple[tuple[str, BaseException], ...]


def build_event(
    call: Call,
    findings: Findings,
    hooks: Hooks,
    *,
    remarks: bool = False,
    trace: MaskTrace | None = None,
) -> Event:
    """Build and mask the event of a call; runs off the loop.

    Args:
        call: The call; its document becomes the event's and must not be used again.
        findings: What the steps on the loop found; the rest is added to it here.
        hooks: What is done with calls.
        remarks: ``MASK_REMARKS``: say in the metadata what was masked and left out.
        trace: Collects where each mask rule masked something, for `explain`.

    Returns:
        The event; without a document when `findings` say that the call is unwanted, or where
        masking failed and ``ON_MASK_ERROR`` is ``drop``.
    """
    hooks.run_rest(call, findings)
    if findings.unwanted or findings.masks is None:
        return Event(None, {}, (), ())
    document = call.document
    unsent = _leave_out_bodies(call, document, hooks)
    masked = hooks.masks.apply(document, call, findings.masks, trace)
    if unsent:
        masked = replace(masked, left_out=(*unsent, *masked.left_out))
    if masked.document is not None:
        _keep_url(masked.document)
    if remarks and masked.document is not None:
        _add_remarks(masked.document, masked.remarks, call)
    return Event(masked.document, dict(masked.counts), masked.left_out, masked.failures)


def _keep_url(document: dict[str, Any]) -> None:
    uri = document["request"].get("uri")
    if isinstance(uri, str):
        document["request"]["uri"] = parsable(uri)


def _leave_out_bodies(call: Call, document: dict[str, Any], hooks: Hooks) -> list[tuple[str, str]]:
    """Take the bodies out that the settings do not want, or that were too large to keep."""
    if hooks.bodies.all and call.request_body.kind != "left_out" != call.response_body.kind:
        return []
    left_out = []
    wishes = (
        ("request", call.request_body, call.request_type),
        ("response", call.response_body, call.response_type),
    )
    for side, body, content_type in wishes:
        if body.kind == "left_out":
            left_out.append((f"{side}.body", body.reason))
        elif body.kind != "absent" and (setting := hooks.bodies.refused_by(side, content_type)):
            document[side].pop("body", None)
            document[side].pop("transfer_encoding", None)
            left_out.append((f"{side}.body", f"not wanted by {setting}"))
    return left_out


def _add_remarks(document: dict[str, Any], remarks: dict[str, Any], call: Call) -> None:
    metadata = document.get("metadata")
    metadata = {**(metadata if isinstance(metadata, dict) else {}), **remarks}
    sizes = {
        side: body.size
        for side, body in (("request", call.request_body), ("response", call.response_body))
        if body.kind == "left_out"
    }
    if sizes:
        metadata["moesif_body_sizes"] = sizes
    if metadata:
        document["metadata"] = metadata
