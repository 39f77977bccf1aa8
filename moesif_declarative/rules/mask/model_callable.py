"""Masks by a user's function: moesifapi's `EventModel` in, one out.

Flows in: the event document and the function. Flows out: the document as the function left it,
as plain JSON. Nothing that the function does may let something out that is no event: whatever
goes wrong is raised, and the rule fails closed.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.call import json_text
from moesif_declarative.call.json_text import WrittenNumber
from moesif_declarative.rules.compiled import CallableFailedError
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Side, Work

_MEMBERS: Final = (
    "session_token",
    "tags",
    "user_id",
    "company_id",
    "metadata",
    "direction",
    "weight",
    "blocked_by",
    "transaction_id",
)
_OF_SIDE: Final[dict[Side, tuple[str, ...]]] = {
    "request": ("uri", "verb", "headers", "api_version", "ip_address"),
    "response": ("status", "headers", "ip_address"),
}
_NEEDED: Final = {"uri": str, "verb": str, "status": int, "headers": dict}


@dataclass(frozen=True, slots=True)
class CallableTarget:
    """A callable rule.

    Attributes:
        rule: The rule.
        function: The user's function.
    """

    rule: MaskRule
    function: Callable[[Any], Any]

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def run(self, work: Work) -> None:
        """Hand the event over and take it back.

        Raises:
            CallableFailedError: The function raised, or returned no event.
        """
        given = _model(work.document)
        try:
            event = self.function(given)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            # A user's function runs here; what it raises must not end this thread.
            raise CallableFailedError(f"{self.rule.name} raised {type(error).__name__}") from error
        if not isinstance(event, type(given)):
            raise CallableFailedError(f"{self.rule.name} returned no EventModel") from TypeError(
                f"the function returned {type(event).__name__}"
            )
        try:
            _take(work, event)
        except Exception as error:  # what a user's function left in there may do anything
            message = f"{self.rule.name} left what is no event"
            raise CallableFailedError(message) from error
        work.count(self.rule, "$")


def _model(document: dict[str, Any]) -> Any:
    """Make the model; an absent body is ``""`` there, so that ``in`` can be asked of it."""
    sides: dict[str, Any] = {}
    for side in SIDES:
        body = document[side].get("body")
        sides[side] = {**document[side], "body": "" if body is None else body}
    # Imported here: it takes 0.1 s, and few settings have a mask that is a callable.
    from moesifapi.models import EventModel

    return EventModel.from_dictionary({**document, **sides})


def _take(work: Work, event: Any) -> None:
    """Write the model back; what it does not know (``subscription_id`` …) stays."""
    document = work.document
    sides = {side: _side(document[side], getattr(event, side), side) for side in SIDES}
    members = {key: _plain(getattr(event, key)) for key in _MEMBERS}
    for key, value in members.items():
        if value is not None or key in document:
            document[key] = value
    for key in ("weight", "transaction_id", "direction"):
        if document.get(key) is None:
            document.pop(key, None)
    for side in SIDES:
        before, after = dict(document[side]), sides[side]
        document[side].clear()
        document[side].update(after)
        same = before.get("body") is after.get("body")
        if not same or before.get("transfer_encoding") != after.get("transfer_encoding"):
            work.reread_body(side)
    work.forget_literals()


def _side(before: dict[str, Any], model: Any, side: Side) -> dict[str, Any]:
    if model is None:
        raise TypeError(f"the event has no {side}")
    after: dict[str, Any] = {"time": _time(model.time, before.get("time"))}
    for key in _OF_SIDE[side]:
        value = _plain(getattr(model, key))
        needed = _NEEDED.get(key)
        if needed is not None and not isinstance(value, needed):
            raise TypeError(f"{side}.{key} is {type(value).__name__}")
        if value is not None or key in before:
            after[key] = value
    body, encoding = _plain(model.body), model.transfer_encoding
    if body is None or (body == "" and before.get("body") is None):
        if "body" in before:
            after["body"] = None
        return after
    after["body"] = body
    is_base64 = encoding == "base64" and (body is before.get("body") or _is_base64(body))
    after["transfer_encoding"] = "base64" if is_base64 else "json"
    return after


def _is_base64(body: Any) -> bool:
    """Whether a text that a function put there is text in base64, as it found it."""
    try:
        base64.b64decode(body, validate=True).decode()
    except (TypeError, ValueError):
        return False
    return True


def _time(value: Any, before: Any) -> str:
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        moment = moment.astimezone(datetime.UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    if isinstance(value, str):
        datetime.datetime.fromisoformat(value)
        return str(value)
    if value is None and isinstance(before, str):
        return before
    raise TypeError(f"a time is {type(value).__name__}")


def _plain(value: Any) -> Any:
    """Make JSON of a value; what is JSON already stays the same object, at any depth."""
    return value if _is_plain(value) else json_text.plain(value)


def _is_plain(value: Any) -> bool:
    seen: set[int] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict | list) and type(item) in (dict, list):
            if id(item) in seen:
                return False  # shared, or a circle
            seen.add(id(item))
            if isinstance(item, dict):
                if not all(type(key) is str for key in item):
                    return False
                stack.extend(item.values())
            else:
                stack.extend(item)
        elif not _is_scalar(item):
            return False
    return True


def _is_scalar(value: Any) -> bool:
    if value is None or isinstance(value, bool | str | WrittenNumber):
        return True
    if type(value) is int:
        return -(2**63) <= value < 2**64
    return type(value) is float and math.isfinite(value)
