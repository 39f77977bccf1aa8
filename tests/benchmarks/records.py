"""Finished calls without a server, and the hooks that they go through.

Flows in: settings and bodies. Flows out: compiled settings, records, and the way from one to the
bytes of an event, which is the one that the delivery's thread takes.
"""

from __future__ import annotations

import logging
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record
from moesif_declarative.delivery import Encoded
from moesif_declarative.errors import Problems
from moesif_declarative.faults import Faults
from moesif_declarative.hooks import Findings
from moesif_declarative.item import Item, encode_item
from moesif_declarative.startup import Compiled, start
from tests.benchmarks.realistic import (
    APPLICATION_ID,
    ORDERS,
    REQUEST_HEADERS,
    RESPONSE_BODY,
    RESPONSE_HEADERS,
)

NO_RULES: Final[Mapping[str, Any]] = {"MASK_PRESETS": [], "AUTHORIZATION_HEADER_NAME": ""}
_FAULTS = Faults(logging.getLogger(__name__))


def compiled(settings: Mapping[str, Any]) -> Compiled:
    """Compile settings; ends the program when they are wrong."""
    problems = Problems()
    found = start({"APPLICATION_ID": APPLICATION_ID, **settings}, {}, problems, environ={})
    if found is None:
        sys.exit("\n".join(map(str, problems.errors)))
    return found


def record(request_body: bytes, response_body: bytes = RESPONSE_BODY) -> Record:
    """Make a record as it is captured from Tornado."""
    return Record(
        method="POST",
        scheme="https",
        host=REQUEST_HEADERS["Host"],
        target=ORDERS,
        remote_ip="203.0.113.9",
        request_headers=HTTPHeaders(REQUEST_HEADERS),
        request_body=request_body,
        request_size=len(request_body),
        status=201,
        reason="Created",
        response_headers=HTTPHeaders(RESPONSE_HEADERS),
        response_body=response_body,
        response_size=len(response_body),
        response_encoding="",
        started_at=time.time(),
        duration_s=0.0125,
        route="/v1/orders",
        path_args=(),
        path_kwargs={},
        handler_class="shop.handlers.OrderHandler",
        transaction_id=str(uuid.uuid4()),
    )


def events(using: Compiled, records: Sequence[Record]) -> list[bytes]:
    """Build, mask and encode the event of every record."""
    return [event(using, each) for each in records]


def event(using: Compiled, record: Record) -> bytes:
    """Build, mask and encode one event."""
    call = Call(record, using.hooks.view)
    findings = Findings()
    using.hooks.run_on_loop(call, findings)
    encoded = encode_item(Item(call, findings, using, _FAULTS))
    assert isinstance(encoded, Encoded), encoded
    return encoded.payload
