"""Masks of whole bodies, whatever they are: a JSON value, a form, text, or bytes.

Flows in: rules with ``body = …``, and JSONPaths that end at a body. Flows out: the body's place
in the document, masked, with the encoding that fits it.
"""

from __future__ import annotations

from dataclasses import dataclass

from moesif_declarative.rules.mask.action import REMOVED, Action
from moesif_declarative.rules.mask.body_state import BodyState
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Side, Target, Work


@dataclass(frozen=True, slots=True)
class BodyTarget:
    """A rule for whole bodies.

    Attributes:
        rule: The rule.
        action: What happens to the bodies.
        sides: Whose bodies.
    """

    rule: MaskRule
    action: Action
    sides: frozenset[Side]

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def run(self, work: Work) -> None:
        """Mask the bodies that are there."""
        for side in SIDES:
            if side in self.sides and work.bodies[side].kind != "absent":
                mask_body(work, self, side)


def mask_body(work: Work, target: Target, side: Side) -> None:
    """Mask a whole body; one that is masked already is left alone."""
    document, body = work.document[side], work.bodies[side]
    if "body" in work.marked(document):
        return
    trail = f"{side}.body"
    if body.kind == "value":
        work.put(target, document, "body", trail, target.action.whole(document["body"]))
    elif target.action.final:
        _mask_encoded(work, target, side, body)
    elif body.kind == "text":
        _shorten(work, target, side, body)
    else:
        work.leave_out(side, f"no text to shorten: {body.reason}")
    work.settle_body(side)


def _mask_encoded(work: Work, target: Target, side: Side, body: BodyState) -> None:
    """Mask a body that stands as base64: its text, or its bytes where it has none."""
    if body.kind == "text":
        result = target.action.whole(body.text)
    elif target.action.name == "hash":
        result = target.action.whole(body.raw)
    else:
        result = target.action.unreadable(None)
    document = work.document[side]
    work.count(target.rule, f"{side}.body")
    if result is REMOVED or result is None:
        work.clear_body(side)
        return
    document["body"] = result
    document["transfer_encoding"] = "json"
    work.mark(document, "body")
    work.bodies[side] = BodyState("value")


def _shorten(work: Work, target: Target, side: Side, body: BodyState) -> None:
    text = target.action.whole(body.text)
    if text is not body.text:
        work.count(target.rule, f"{side}.body")
        work.write_text(side, text)
