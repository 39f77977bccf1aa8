"""Building one event, guarded: whatever it does, the others go on.

Flows in: an entry and the callable that builds, masks and encodes. Flows out: its outcome, with
an event that fits.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from moesif_declarative.call import json_text
from moesif_declarative.delivery.entry import Entry
from moesif_declarative.delivery.outcome import Dropped, Encoded, Outcome, SampledOut, Skipped

T = TypeVar("T")

TOO_LARGE = "event too large"
NOT_BUILT = "encode"

_BODY = frozenset({"body", "transfer_encoding"})


def encode_entry(
    entry: Entry[T],
    encode: Callable[[T], Outcome],
    most_bytes: int,
    complain: Callable[[str], None],
) -> Outcome:
    """Build an event.

    Args:
        entry: What was put.
        encode: Builds, masks and encodes it.
        most_bytes: How large an event may be; a larger one loses its bodies, then is dropped.
        complain: Takes a line for the log when it fails, without any content.
    """
    item = entry.item
    if entry.final:  # abandoned meanwhile: settling it again changes nothing
        return Dropped(NOT_BUILT)
    try:
        outcome: Any = encode(item)  # type: ignore[arg-type]  # None is what was put, if it is None
        if isinstance(outcome, Encoded):
            return _fitting(outcome, most_bytes)
        if isinstance(outcome, Skipped | SampledOut | Dropped):
            return outcome
    except BaseException as error:  # noqa: BLE001 - users' code; not even its SystemExit ends us
        # The message may quote what a mask was to hide: only the type and the place are told.
        complain(f"an event could not be built: {type(error).__name__} at {_place(error)}")
    else:
        complain(f"an event could not be built: no outcome but {type(outcome).__name__}")
    return Dropped(NOT_BUILT)


def _fitting(outcome: Encoded, most_bytes: int) -> Outcome:
    payload = outcome.payload
    if len(payload) > most_bytes:
        payload = outcome.smaller() if outcome.smaller is not None else payload
    # `smaller` may keep the whole document alive: it is asked now, or never.
    return (
        replace(outcome, payload=payload, smaller=None)
        if len(payload) <= most_bytes
        else Dropped(TOO_LARGE)
    )


def shrink_entry(entry: Entry[T]) -> bool:
    """Leave the bodies out of an event that the collector refused as too large.

    Returns:
        Whether it has become smaller.
    """
    try:
        event: Any = json_text.parse(entry.payload)
    except ValueError:
        return False
    if not isinstance(event, dict):
        return False
    for side in ("request", "response"):
        message = event.get(side)
        if isinstance(message, dict):
            event[side] = {key: message[key] for key in message if key not in _BODY}
    payload = json_text.encode(event)
    shrunk = len(payload) < len(entry.payload)
    if shrunk:
        entry.payload = payload
    return shrunk


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
