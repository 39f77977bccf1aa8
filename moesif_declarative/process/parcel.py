"""A captured call as plain values, and back.

Flows in: an `Item` in the application. Flows out: bytes that cross to the helper, and there the
call again, with what was found about it so far.
"""

from __future__ import annotations

import marshal
import pickle
from operator import attrgetter
from typing import Any

from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record
from moesif_declarative.hooks import Findings
from moesif_declarative.item import Item

_NAMES = Record._fields
_values = attrgetter(*_NAMES)
_HEADERS = [_NAMES.index("request_headers"), _NAMES.index("response_headers")]
_PATH = {_NAMES.index("path_args"): tuple, _NAMES.index("path_kwargs"): dict}


def pack(item: Item) -> bytes:
    """Lay out an item.

    Returns:
        Its record's values, what its hooks have given so far, which of them have run, its weight.

    Raises:
        ValueError: The application put a value there that is of no plain type.
        pickle.PicklingError: The same.
    """
    values = list(_values(item.call.record))
    for at in _HEADERS:
        values[at] = list(values[at].get_all())
    for at in _PATH:
        values[at] = pickle.dumps(values[at]) if values[at] else None
    given = pickle.dumps(item.call.given) if item.call.given else None
    found = item.findings
    return marshal.dumps((values, given, list(found.done), found.weight))


def unpack(parcel: bytes) -> tuple[Record, list[Any], Findings]:
    """Read an item again.

    Returns:
        The record, what hooks had given, and what they had found.
    """
    values, given, done, weight = marshal.loads(parcel)  # noqa: S302 - our own process's
    for at in _HEADERS:
        headers = HTTPHeaders()
        for name, value in values[at]:
            headers.add(name, value)
        values[at] = headers
    for at, kind in _PATH.items():
        values[at] = kind() if values[at] is None else pickle.loads(values[at])  # noqa: S301
    findings = Findings(weight=weight, done=set(done))
    return Record(*values), [] if given is None else pickle.loads(given), findings  # noqa: S301


def call_of(record: Record, given: list[Any], view: Any) -> Call:
    """Make the call of a record, with what hooks have given."""
    call = Call(record, view)
    for path, value in given:
        call.add(path, value)
    return call
