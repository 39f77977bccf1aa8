"""One event while it is being masked: its document, its bodies, and what was done to it so far.

Flows in: a freshly built event document and the call it was built from. Flows out, after every
step ran: the masked document with counts, failures and what was left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias

from moesif_declarative.call import Body, Call
from moesif_declarative.call.json_text import unescaped
from moesif_declarative.rules.mask.action import REMOVED, Action
from moesif_declarative.rules.mask.names import may_hold
from moesif_declarative.rules.mask.nested import begins_like_json
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
class BodyState:
    """What is known of one body of the document.

    Attributes:
        kind: ``value`` stands as JSON, ``text`` as text in base64, ``binary`` as other bytes in
            base64; ``absent`` where there is none, or none any more.
        text: The text of a ``text`` body, as far as it is masked; of a form that may well be
            something else (`Body.odd_form`) what was sent.
        original: The text of a ``text`` body before any mask, ``""`` while it is that.
        others: What else the bytes of a ``text`` body may say: its charset may lie.
        raw: The bytes of a ``binary`` body.
        reason: Why it could not be read as JSON or a form.
        form: Whether a ``value`` was read from a form, which can be made of almost any text.
        other: What the bytes of a ``value`` say in UTF-8, where its charset reads them otherwise.
        literal: The JSON text in which all of a ``value`` stands as it is (`Body.literal`), as
            long as nothing but values masked whole differs from it; None where there is none.
        signs: The signs in `literal`, once somebody asked.
    """

    kind: Literal["absent", "value", "text", "binary"]
    text: str = ""
    others: tuple[str, ...] = ()
    raw: bytes = b""
    reason: str = ""
    form: bool = False
    other: Any = None
    literal: str | None = None
    signs: frozenset[Sign] | None = None
    original: str = ""


@dataclass(slots=True)
class Work:
    """One event being masked.

    Attributes:
        document: The event document; it is changed in place.
        call: The call that it was built from.
        active: By the rule's index: whether it applies.
        unparsed: ``UNPARSED_BODY``.
        trace: Takes the places masked; None where nobody asks.
        bodies: What is known of each side's body.
        counts: Places masked, by rule name.
        failures: Rules that failed.
        left_out: What was left out, and why.
        veil: Masks what text rules find in a key, before the trace tells it.
        parts: Place of a URL or cookie header to the names in it that are masked already.
        shields: The same place to the texts that were put there.
        keys_found: Whether a text rule found something in a key.
        names: What stands in every text in which a field rule names a key (`Names.cores`).
        sieve: Looks for the signs of all masks; None: every place is looked through.
        marks: By identity of a container: the container, which keeps the identity its own, and
            the keys whose values were masked whole.
        every: Whether all rules apply.
    """

    document: dict[str, Any]
    call: Call
    active: Sequence[bool]
    unparsed: Literal["omit", "send"]
    trace: MaskTrace | None = None
    bodies: dict[Side, BodyState] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    veil: Callable[[str], str] = str
    parts: dict[tuple[int, Any], set[str]] = field(default_factory=dict)
    shields: dict[tuple[int, Any], set[str]] = field(default_factory=dict)
    keys_found: bool = False
    names: tuple[str, ...] = ()
    sieve: Sieve | None = None
    every: bool = False
    marks: dict[int, tuple[Any, set[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.every = all(self.active)
        for side, body in zip(
            SIDES, (self.call.request_body, self.call.response_body), strict=True
        ):
            state = self.bodies[side] = _state(self.document[side], body)
            literal = body.literal and body.other is None and self.sieve is not None
            if literal and state.kind == "value":
                state.literal = body.text if self.document[side]["body"] is body.value else None

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
        if self.trace is not None:
            self.trace.add(rule.name, location(trail, self.veil))

    # --- bodies ---

    def signs_in_body(self, side: Side) -> frozenset[Sign] | None:
        """Tell what may stand in a body, by one look at its text; None: look through its value."""
        body = self.bodies[side]
        if body.literal is None or self.sieve is None:
            return None
        if body.signs is None:
            body.literal = unescaped(body.literal)
            body.signs = self.sieve.found(body.literal)
        return body.signs

    def forget_literals(self) -> None:
        """Know that bodies may hold now what does not stand in their texts."""
        for body in self.bodies.values():
            body.literal = body.signs = None

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
            if _naming(body.other, wanted) > _naming(value, wanted):
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
        self.bodies[side] = _state(self.document[side], None)


def location(trail: Trail, veil: Callable[[str], str] = str) -> str:
    """Write a trail as people do: ``request.body.items[2].cvv``; keys as `veil` shows them."""
    parts: list[str] = []
    while isinstance(trail, tuple):
        trail, key = trail
        shown = f"[{key}]" if isinstance(key, int) else veil(str(key))
        parts.append(shown if isinstance(key, int) or not trail else f".{shown}")
    return str(trail) + "".join(reversed(parts))


def _state(side: dict[str, Any], body: Body | None) -> BodyState:
    value = side.get("body")
    if value is None:
        return BodyState("absent")
    if side.get("transfer_encoding") != "base64" or not isinstance(value, str):
        if body is None:
            return BodyState("value")
        is_form = body.kind == "form"
        return BodyState("value", body.odd_form, form=is_form, other=body.other)
    if body is not None and body.kind == "text":
        text = body.text or ""
        return BodyState("text", text, _others(text, body.raw), reason=_no_structure(text))
    if body is not None and body.kind == "binary":
        return BodyState("binary", raw=body.raw or b"", reason=body.reason)
    return _decoded(value)


def _naming(value: Any, cores: Sequence[str]) -> int:
    """Count the keys and texts of a value in which a masked name may stand."""
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            count += may_hold((item,), cores)
        elif isinstance(item, dict):
            stack += (*item.keys(), *item.values())
        elif isinstance(item, list):
            stack += item
    return count


def _decoded(value: str) -> BodyState:
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return BodyState("binary", raw=value.encode("utf-8", "replace"), reason="malformed base64")
    try:
        text = raw.decode("utf-8", "surrogatepass")
    except ValueError:
        return BodyState("binary", raw=raw, reason="not decodable as text")
    return BodyState("text", text, reason=_no_structure(text))


def _others(text: str, raw: bytes | None) -> tuple[str, ...]:
    try:
        plain = (raw or b"").decode().removeprefix("\ufeff")
    except ValueError:
        return ()
    return () if plain == text or "\x00" in plain else (plain,)


def _no_structure(text: str) -> str:
    return "malformed JSON" if begins_like_json(text) else "neither JSON nor a form"
