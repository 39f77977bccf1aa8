"""What of an event a JSONPath may change, and what its nodes stand for there.

Flows in: a node in the document. Flows out: the places that are masked for it. What Moesif needs
in every event keeps its type (LANGUAGE 6).
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.path_walk import Node
from moesif_declarative.rules.mask.work import SIDES

Location: TypeAlias = tuple[str, ...]
"""Names from the document to a place near its top: ``("request", "time")``."""

PROTECTED: Final[Mapping[Location, Callable[[Any], bool]]] = {
    ("request", "time"): lambda value: _is_time(value),
    ("response", "time"): lambda value: _is_time(value),
    ("request", "verb"): lambda value: isinstance(value, str) and value != "",
    ("response", "status"): lambda value: _is_integer(value),
    ("weight",): lambda value: _is_integer(value),
    ("direction",): lambda value: value in {"Incoming", "Outgoing", "Internal"},
    ("transaction_id",): lambda value: _is_uuid(value),
    ("request", "transfer_encoding"): lambda _: False,
    ("response", "transfer_encoding"): lambda _: False,
    ("request",): lambda _: False,
    ("response",): lambda _: False,
}
"""Places that keep their type, with what tells whether a value may be set there."""

_TEXT_ACTIONS: Final = {"redact", "hash", "keep"}


def may_change(place: Location, action: Action, with_: Any) -> bool:
    """Whether an action leaves a protected place with a value of its type.

    Args:
        place: One of `PROTECTED`.
        action: What is done there.
        with_: What ``set`` puts there.
    """
    if place == ("request", "verb") and action.name in _TEXT_ACTIONS:
        return True
    return action.name == "set" and PROTECTED[place](with_)


def location(document: dict[str, Any], container: Any, key: Any) -> Location | None:
    """Tell where in the document a node is; None for one further down."""
    if container is document:
        return (key,)
    for side in SIDES:
        if container is document[side]:
            return (side, key)
    return None


def places(
    document: dict[str, Any], node: Node, action: Action, allowed: AbstractSet[Location]
) -> Iterator[Node]:
    """Give what a node stands for: itself, or what is in it where it must keep its type.

    Args:
        document: The event document.
        node: The node.
        action: What is to be done.
        allowed: The protected places where it may be done.
    """
    container, key = node
    if container is None:
        for member in list(document):
            yield from places(document, (document, member), action, allowed)
        return
    if isinstance(container, dict) and key not in container:
        return  # it went with what it was in
    where = location(document, container, key)
    if where in (("request",), ("response",)):
        for member in list(container[key]):
            yield from places(document, (container[key], member), action, allowed)
    elif where and where in PROTECTED and where not in allowed:
        return
    elif where and _keeps_members(where, container[key], action):
        yield from ((container[key], member) for member in list(container[key]))
    else:
        yield node


def _keeps_members(where: Location, value: Any, action: Action) -> bool:
    """Whether a map stays a map: headers and metadata are masked member by member."""
    if not isinstance(value, dict) or not (where[1:] == ("headers",) or where == ("metadata",)):
        return False
    if action.name == "set":
        return not isinstance(action.whole(None), dict)
    return where[1:] == ("headers",) or action.name not in {"remove", "null"}


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(uuid.UUID(value))
    except ValueError:
        return False
