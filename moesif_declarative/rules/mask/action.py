"""What a mask puts in the place of what it found: redact, remove, null, hash, keep, truncate, set.

Flows in, at startup: the options of a mask rule. Flows out: an `Action`, which gives the new
value for a whole value of the event, and the new text for a part of a text.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.call import json_text
from moesif_declarative.call.json_text import WrittenNumber
from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text import Detector, compile_template
from moesif_declarative.rules.match import Match

REDACTED: Final = "[REDACTED]"
ACTIONS: Final = ("redact", "remove", "null", "hash", "keep", "truncate", "set")


class _Removed:
    """The type of `REMOVED`."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED: Final = _Removed()
"""What `Action.whole` gives when the value goes together with its key."""


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to what a rule found.

    Attributes:
        name: Its word in the settings.
        whole: Gives the new value for a value; `REMOVED` when it goes; the very same object
            when nothing is to be done.
        part: Gives the new text for a match inside a text.
        final: Whether a value that it masked whole is left alone by every later rule.
        unreadable: As `whole`, for a text whose inside could not be read: shows nothing of it.
    """

    name: str
    whole: Callable[[Any], Any]
    part: Callable[[Match], str]
    final: bool
    unreadable: Callable[[Any], Any]


def compile_action(
    table: Mapping[str, Any], place: Place, scope: Scope, *, detector: Detector | None = None
) -> Action | None:
    """Compile a rule's action.

    Args:
        table: The rule's options; those of other actions are ignored.
        place: Where the rule stands.
        scope: Collects problems and gives the key of `hash`.
        detector: The regex whose groups ``with`` may quote; None where it is plain text.

    Returns:
        The action; None after adding a problem.
    """
    name = table.get("action", "redact")
    if name == "redact":
        return _redact(table.get("with", REDACTED), place.at("with"), scope, detector)
    if name == "hash":
        return _hash(place.at("action"), scope)
    if name == "keep":
        return _keep(table.get("first", 0), table.get("last", 4))
    if name == "truncate":
        return _truncate(table.get("length", 1000), as_text(table.get("with", "")))
    if name == "set":
        return _set(table, place, scope)
    if name in {"remove", "null"}:
        gone: Any = REMOVED if name == "remove" else None
        return Action(name, lambda _: gone, lambda _: "", True, lambda _: gone)
    known = ", ".join(ACTIONS)
    scope.problems.error(
        "unknown-action", place.at("action"), f"there is no action {name!r}", f"one of: {known}"
    )
    return None


def as_text(value: Any) -> str:
    """Write any JSON value as text: a text as it is, anything else as its JSON."""
    return str.__str__(value) if isinstance(value, str) else json_text.dump(value)


def _redact(with_: Any, place: Place, scope: Scope, detector: Detector | None) -> Action | None:
    text = as_text(with_)
    if detector is None:
        return Action("redact", lambda _: text, lambda _: text, True, lambda _: text)
    template = compile_template(text, detector.groups, place, scope, names=detector.names)
    if template is None:
        return None
    # A text that is masked whole has no groups to quote: the shipped text stands for it.
    whole = REDACTED if "\\" in text else text
    return Action("redact", lambda _: whole, template.fill, True, lambda _: whole)


def _hash(place: Place, scope: Scope) -> Action | None:
    key = scope.hash_key
    if not key:
        hint = "set MASK_HASH_KEY (as a variable or in .secrets.toml), or take another action"
        scope.problems.error("hash-key-missing", place, "hash needs MASK_HASH_KEY", hint)
        return None

    def digest(value: Any) -> str:
        if isinstance(value, bytes):
            data = value
        else:
            text = value if isinstance(value, str) else json_text.canonical(value)
            data = text.encode("utf-8", "surrogatepass")
        return hmac.new(key, data, hashlib.sha256).hexdigest()

    return Action("hash", digest, lambda match: digest(match.text), True, digest)


def _keep(first: int, last: int) -> Action:
    def keep(text: str) -> str:
        length = len(text)
        if length < 2 * (first + last):
            return "*" * length
        return text[:first] + "*" * (length - first - last) + text[length - last :]

    def whole(value: Any) -> Any:
        text = scalar_text(value)
        # What this action itself put there has no end worth keeping.
        return REDACTED if text is None or text == REDACTED else keep(text)

    return Action("keep", whole, lambda match: keep(match.text), True, lambda _: REDACTED)


def _truncate(length: int, ending: str) -> Action:
    def cut(text: str) -> str:
        return text[:length] + ending if len(text) > length else text

    def whole(value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        text = scalar_text(value)
        text = json_text.dump(value) if text is None else text
        return cut(text) if len(text) > length else value

    return Action("truncate", whole, lambda match: cut(match.text), False, lambda _: REDACTED)


def _set(table: Mapping[str, Any], place: Place, scope: Scope) -> Action | None:
    if "with" not in table:
        scope.problems.error(
            "option-needs", place, "the action set needs a value", 'add with = "…"'
        )
        return None
    value = json_text.plain(table["with"])
    text = as_text(value)
    make: Callable[[Any], Any] = lambda _: copy.deepcopy(value)  # noqa: E731
    return Action("set", make, lambda _: text, True, make)


def scalar_text(value: Any) -> str | None:
    """Write a text or a number as text; None for anything else."""
    if isinstance(value, str):
        return str.__str__(value)
    if type(value) is int and -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json_text.dump(value)
    return None
