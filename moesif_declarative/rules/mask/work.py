"""One event while it is being masked: its document, its bodies, and what was done to it so far.

Flows in: a freshly built event document and the call it was built from. Flows out, after every
step ran: the masked document with counts, failures and what was left out.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias

from moesif_declarative.call import Call
from moesif_declarative.call.json_scan import PLAIN_SCAN, JsonScan
from moesif_declarative.call.json_text import unescaped
from moesif_declarative.rules.mask.action import REMOVED, Action
from moesif_declarative.rules.mask.body_state import (
    BodyState,
    may_nest,
    reads_more,
    state_again,
    state_of,
)
from moesif_declarative.rules.mask.names import may_hold
from moesif_declarative.rules.mask.odd_forms import hides_name
from moesif_declarative.rules.mask.result import MaskRule, MaskTrace
from moesif_declarative.rules.mask.sieve import Sieve
from moesif_declarative.rules.mask.text.sign import Sign

Side: TypeAlias = Literal["request", "response"]
SIDES: Final[tuple[Side, Side]] = ("request", "response")

Trail: TypeAlias = Any
"""Where a value stands: a text for a root, else a pair of the trail above it and its key."""

_NOTHING: Final[frozenset[Any]] = frozenset()


class Target(Protocol):
    """What every kind of target has."""

    @property
    def rule(self) -> MaskRule:
        """The rule that it belongs to."""

    @property
    def action(self) -> Action:
        """What happens to what it finds."""


@dataclass(slots=True)
class Work:
    """One event being masked.

    Attributes:
        document: The event document; it is changed in place.
        call: The call that it was built from.
        active: By the rule's index: whether it applies.
        unparsed: ``UNPARSED_BODY``.
        trace: Takes the places masked; None where nobody asks.
        names: What stands in every text in which a field rule names a key (`Names.cores`).
        sieve: Looks for the signs of all masks; None: every place is looked through.
        scan: Looks for the same in the bytes of JSON bodies, when they are read.
        bodies: What is known of each side's body.
        counts: Places masked, by rule name.
        failures: Rules that failed.
        left_out: What was left out, and why.
        veil: Masks what text rules find in a key, before the trace tells it.
        parts: Place of a URL or cookie header to the names in it that are masked already.
        shields: The same place to the texts that were put there.
        keys_found: Whether a text rule found something in a key.
        every: Whether all rules apply.
        marks: By identity of a container: the container, which keeps the identity its own, and
            the keys whose values were masked whole.
        outside: The short texts of the event, joined, and the signs in them, as long as nothing
            was masked since somebody asked.
    """

    document: dict[str, Any]
    call: Call
    active: Sequence[bool]
    unparsed: Literal["omit", "send"]
    trace: MaskTrace | None = None
    names: tuple[str, ...] = ()
    sieve: Sieve | None = None
    scan: JsonScan = PLAIN_SCAN
    bodies: dict[Side, BodyState] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    veil: Callable[[str], str] = str
    parts: dict[tuple[int, Any], set[str]] = field(default_factory=dict)
    shields: dict[tuple[int, Any], set[str]] = field(default_factory=dict)
    keys_found: bool = False
    every: bool = False
    marks: dict[int, tuple[Any, set[Any]]] = field(default_factory=dict)
    outside: tuple[frozenset[Sign], str] | None = None

    def __post_init__(self) -> None:
        self.every = False not in self.active
        fast = self.sieve is not None
        call, document = self.call, self.document
        self.bodies = {
            "request": state_of(document["request"], call.request_body, fast=fast),
            "response": state_of(document["response"], call.response_body, fast=fast),
        }

    # --- what is masked already ---

    def marked(self, container: Any) -> Collection[Any]:
        """Return the keys of a container whose values were masked whole."""
        found = self.marks.get(id(container))
        return found[1] if found else _NOTHING

    def mark(self, container: Any, key: Any) -> None:
        """Remember that a value was masked whole."""
        self.marks.setdefault(id(container), (container, set()))[1].add(key)

    def rename(self, container: Any, keys: dict[Any, Any]) -> None:
        """Remember new keys for the marks of a container."""
        found = self.marks.get(id(container))
        if found:
            self.marks[id(container)] = (container, {keys.get(key, key) for key in found[1]})

    # --- masking ---

    def mask(self, target: Target, container: Any, key: Any, trail: Trail) -> bool:
        """Mask one value whole.

        Returns:
            Whether the value is to be taken out of a list: the caller does that, with `drop`,
            when it is through with the list.
        """
        return self.put(target, container, key, trail, target.action.whole(container[key]))

    def hide(self, target: Target, container: Any, key: Any, trail: Trail) -> bool:
        """Mask one text whole whose inside could not be read; returns what `mask` returns."""
        return self.put(target, container, key, trail, target.action.unreadable(container[key]))

    def put(self, target: Target, container: Any, key: Any, trail: Trail, result: Any) -> bool:
        """Put what an action gave in the place of a value; returns what `mask` returns."""
        value = container[key]
        if result is value and (value is not None or not target.action.final):
            return False
        self.count(target.rule, trail)
        if result is REMOVED:
            if isinstance(container, list):
                return True
            del container[key]
            return False
        container[key] = result
        if target.action.final:
            self.mark(container, key)
        if not target.action.final or target.action.name == "set":
            self.forget_literals()
        return False

    def drop(self, items: list[Any], indexes: Iterable[int]) -> None:
        """Take items out of a list."""
        gone = set(indexes)
        if not gone:
            return
        left = [index for index in range(len(items)) if index not in gone]
        found = self.marks.get(id(items))
        if found:
            marks = {new for new, old in enumerate(left) if old in found[1]}
            self.marks[id(items)] = (items, marks)
        items[:] = [items[index] for index in left]

    def count(self, rule: MaskRule, trail: Trail, places: int = 1) -> None:
        """Count places that a rule masked."""
        self.counts[rule.name] = self.counts.get(rule.name, 0) + places
        self.outside = None
        if self.trace is not None:
            self.trace.add(rule.name, location(trail, self.veil))

    # --- bodies ---

    def signs_in_body(self, side: Side) -> frozenset[Sign] | None:
        """Tell what may stand in a body, by one look at its text; None: look through its value."""
        body = self.bodies[side]
        if body.literal is None or self.sieve is None:
            return None
        if body.signs is None:
            look = body.look
            if look is not None and look.scan is self.scan and _is_plain(body.literal):
                body.signs = look.found
            else:
                body.literal = unescaped(body.literal)
                body.signs = self.sieve.found(body.literal)
        return body.signs

    def may_nest(self, side: Side) -> bool:
        """Whether a string or a key in a body that has structure may begin like JSON."""
        body = self.bodies[side]
        if body.literal is not None or body.kind != "value":
            return False
        if body.nests is None:
            body.nests = body.source is None or may_nest(body.source)
        return body.nests

    def forget_literals(self) -> None:
        """Know that bodies may hold now what does not stand in their texts."""
        for body in self.bodies.values():
            body.literal = body.signs = body.source = body.nests = None

    def holds_name(self, side: Side, cores: Iterable[str] | None) -> bool:
        """Whether a body that has no structure may hold one of these names."""
        body = self.bodies[side]
        texts = (body.text, body.original, *body.others)
        return body.kind == "binary" or may_hold(texts, cores)

    def guard(self, side: Side, cores: Iterable[str] | None) -> None:
        """Leave a body out that has no structure to mask, unless it cannot hold the names.

        Args:
            side: Whose body.
            cores: What to look for (`Names.cores`); None: it is left out in any case.
        """
        body = self.bodies[side]
        if self.unparsed == "send":
            return
        if body.kind in {"text", "binary"}:
            if self.holds_name(side, cores):
                self.leave_out(side, f"no structure to mask: {body.reason}")
        elif body.other is not None and cores is not None:
            wanted = tuple(cores)
            value = self.document[side]["body"]
            if reads_more(body.other, value, wanted):
                self.leave_out(side, "no structure to mask: it reads otherwise in UTF-8")
        elif body.form and body.text and cores and hides_name(body.text, tuple(cores)):
            self.leave_out(side, "no structure to mask: another format, sent as a form")

    def leave_out(self, side: Side, reason: str) -> None:
        """Take a body out of the document because it could not be masked."""
        self.clear_body(side)
        self.left_out.append((f"{side}.body", reason))

    def clear_body(self, side: Side) -> None:
        """Make a body null."""
        document = self.document[side]
        document["body"] = None
        self.mark(document, "body")
        document.pop("transfer_encoding", None)
        self.bodies[side] = BodyState("absent")

    def settle_body(self, side: Side) -> None:
        """See to it that a body that was removed or made null has no encoding either."""
        if self.document[side].get("body") is None:
            self.clear_body(side)

    def write_text(self, side: Side, text: str) -> None:
        """Put a new text into a text body."""
        body = self.bodies[side]
        body.original = body.original or body.text
        body.text = text
        data = text.encode("utf-8", "surrogatepass")
        self.document[side]["body"] = base64.b64encode(data).decode()

    def forget_bodies(self) -> None:
        """Know that the document has no bodies any more."""
        for side in SIDES:
            self.bodies[side] = BodyState("absent")

    def reread_body(self, side: Side) -> None:
        """Find out anew what a body is, after a callable may have put another one there."""
        self.bodies[side] = state_again(self.document[side])


def _is_plain(text: str) -> bool:
    """Whether a JSON text's bytes say what the text says, character by character."""
    return "\\" not in text and text.isascii()


def location(trail: Trail, veil: Callable[[str], str] = str) -> str:
    """Write a trail as people do: ``request.body.items[2].cvv``; keys as `veil` shows them."""
    parts: list[str] = []
    while isinstance(trail, tuple):
        trail, key = trail
        shown = f"[{key}]" if isinstance(key, int) else veil(str(key))
        parts.append(shown if isinstance(key, int) or not trail else f".{shown}")
    return str(trail) + "".join(reversed(parts))
