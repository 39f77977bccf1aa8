"""A captured call on its way from the loop to the delivery's thread, and what it becomes there.

Flows in: a call, what the steps on the loop have found, the hooks it was captured with. Flows
out: the encoded event, or why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moesif_declarative.call import Call, json_text
from moesif_declarative.delivery import Dropped, Encoded, Outcome, SampledOut, Skipped
from moesif_declarative.event import build_event
from moesif_declarative.faults import Faults
from moesif_declarative.hooks import Findings
from moesif_declarative.outgoing import unobserved
from moesif_declarative.startup import Compiled


@dataclass(frozen=True, slots=True)
class Item:
    """A captured call on its way to the delivery's thread."""

    call: Call
    findings: Findings
    compiled: Compiled
    faults: Faults


def encode_item(item: Item) -> Outcome:
    """Turn a captured call into what is sent; runs in the delivery's thread."""
    call, findings, compiled, faults = item.call, item.findings, item.compiled, item.faults
    remarks = compiled.settings.mask_remarks
    with unobserved():  # calls that a mask's callable makes would be events that it masks again
        event = build_event(call, findings, compiled.hooks_for(call), remarks=remarks)
    faults.note_all(findings.faults)
    for rule, error in event.failures:
        faults.note("MASK_EVENT_MODEL", rule, error)
    if findings.skipped_by is not None:
        return Skipped(findings.skipped_by)
    if findings.sampled_out:
        return SampledOut()
    document = event.document
    if document is None:
        return Dropped("masking failed")
    return Encoded(
        json_text.encode(document),
        call.record.transaction_id,
        smaller=lambda: json_text.encode(_without_bodies(document)),
    )


def held_bytes(call: Call) -> int:
    """About how much memory a captured call holds."""
    record = call.record
    return 2_000 + len(record.request_body or b"") + len(record.response_body or b"")


def _without_bodies(document: Mapping[str, Any]) -> dict[str, Any]:
    small = dict(document)
    for side in ("request", "response"):
        unwanted = {"body", "transfer_encoding"}
        small[side] = {
            key: value for key, value in small.get(side, {}).items() if key not in unwanted
        }
    return small
