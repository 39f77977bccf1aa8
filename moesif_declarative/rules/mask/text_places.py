"""Masks inside texts, wherever texts stand: URL, headers, bodies, metadata, identities.

Flows in: regex, env_value and content preset rules. Flows out: one pass over the document that
does the work of all of them. Strings that hold JSON are looked into like the body itself;
numbers in bodies count as text, and so do the keys of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from moesif_declarative.call import json_text
from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.outside import IDENTITIES, finds_outside
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.scan import may_find
from moesif_declarative.rules.mask.strip import NO_ADDRESS
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.text_walk import TextWalk
from moesif_declarative.rules.mask.texts import (
    TextTarget,
    first_hidden,
    mask_text,
    may_find_in,
    more_found,
    scans_of,
)
from moesif_declarative.rules.mask.urls import URL_HEADERS
from moesif_declarative.rules.mask.work import SIDES, Side, Work


@dataclass(frozen=True, slots=True)
class TextStep:
    """Text rules that share a pass.

    Attributes:
        targets: In their order of work.
    """

    targets: tuple[TextTarget, ...]
    # What tells that there is something to mask; None where a detector has no sign.
    _signs: frozenset[Sign] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        detectors = [detector for target in self.targets for detector in target.detectors]
        unsigned = any(detector.sign is None for detector in detectors)
        object.__setattr__(self, "_signs", None if unsigned else frozenset(self.signs))

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What stands in every text in which something is to be masked."""
        detectors = [detector for target in self.targets for detector in target.detectors]
        return tuple(detector.sign for detector in detectors if detector.sign is not None)

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return tuple(dict.fromkeys(target.rule for target in self.targets))

    def run(self, work: Work) -> None:
        """Mask every place that the rules look at."""
        live: Sequence[TextTarget] = self.targets
        if not work.every:
            live = [target for target in live if work.active[target.rule.index]]
            if not live:
                return
        outside = finds_outside(work, live)
        if outside:
            _mask_uri(work, _looking(live, "request.uri"))
        for side in SIDES:
            if outside:
                _mask_headers(work, live, side)
            if self._signs is not None:
                signs = work.signs_in_body(side)
                if signs is not None and signs.isdisjoint(self._signs):
                    continue
            _mask_body(work, _looking(live, f"{side}.body"), side)
        if outside:
            _mask_given(work, live)
        for target in live:
            if target.addresses:
                _mask_addresses(work, target)

    def mask_keys(self, work: Work) -> None:
        """Mask keys of bodies and metadata: the last work of all."""
        live = [target for target in self.targets if work.active[target.rule.index]]
        for side in SIDES:
            targets = _looking(live, f"{side}.body")
            if targets and work.bodies[side].kind == "value":
                TextWalk(work, targets, numbers=True, keys=True).member(
                    work.document[side], "body", f"{side}.body"
                )
        targets = _looking(live, "metadata")
        if targets and work.document.get("metadata") is not None:
            TextWalk(work, targets, numbers=False, keys=True).member(
                work.document, "metadata", "metadata"
            )


def _mask_given(work: Work, live: Sequence[TextTarget]) -> None:
    """Mask what hooks gave: the metadata and the identities."""
    metadata = _looking(live, "metadata")
    if metadata and work.document.get("metadata") is not None:
        TextWalk(work, metadata, numbers=False).member(work.document, "metadata", "metadata")
    for key in IDENTITIES:
        _mask_identity(work, _looking(live, key), key)


def _looking(targets: Sequence[TextTarget], place: str) -> list[TextTarget]:
    return [target for target in targets if place in target.places]


def _mask_uri(work: Work, targets: list[TextTarget]) -> None:
    request = work.document["request"]
    text = request.get("uri")
    if targets and isinstance(text, str) and "uri" not in work.marked(request):
        shields = work.shields.get((id(request), "uri"), ())
        request["uri"] = mask_text(work, targets, text, "request.uri", plus=True, shields=shields)


def _mask_headers(work: Work, live: Sequence[TextTarget], side: Side) -> None:
    headers = work.document[side].get("headers")
    if not isinstance(headers, dict):
        return
    every = _looking(live, f"{side}.headers")
    if not _worth_looking(live, headers):
        return
    for name, value in list(headers.items()):
        lower = name.lower()
        single = f"{side}.headers.{lower}"
        targets = [t for t in live if t in every or single in t.places]
        if not targets or not isinstance(value, str) or name in work.marked(headers):
            continue
        headers[name] = mask_text(
            work,
            targets,
            value,
            f"{side}.headers.{name}",
            plus=lower in URL_HEADERS,
            shields=work.shields.get((id(headers), name), ()),
        )


def _worth_looking(targets: Sequence[TextTarget], headers: dict[str, Any]) -> bool:
    values = [value for value in headers.values() if isinstance(value, str)]
    encoded = any("%" in value or "+" in value for value in values)
    return encoded or may_find(scans_of(targets), values)


def _mask_identity(work: Work, targets: list[TextTarget], key: str) -> None:
    side, _, last = key.rpartition(".")
    container = work.document[side] if side else work.document
    text = scalar_text(container.get(last))
    if targets and text is not None and last not in work.marked(container):
        masked = mask_text(work, targets, text, key)
        if masked != text:
            container[last] = masked


def _mask_addresses(work: Work, target: TextTarget) -> None:
    for side in SIDES:
        document = work.document[side]
        address = document.get("ip_address")
        if address not in (None, NO_ADDRESS) and "ip_address" not in work.marked(document):
            document["ip_address"] = NO_ADDRESS
            work.count(target.rule, f"{side}.ip_address")


def _mask_body(work: Work, targets: list[TextTarget], side: Side) -> None:
    body = work.bodies[side]
    if not targets or body.kind == "absent":
        return
    if body.kind == "value":
        signs = work.signs_in_body(side)
        if signs is not None and not may_find_in(targets, signs, body.literal or ""):
            return
        if body.other is not None:
            readings = (json_text.dump(body.other), json_text.dump(work.document[side]["body"]))
            if more_found(targets, *readings):
                work.leave_out(side, "what a rule masks stands in it when it is read as UTF-8")
                return
        TextWalk(work, targets, numbers=True).member(work.document[side], "body", f"{side}.body")
        work.settle_body(side)
        work.forget_literals()
    elif body.kind == "binary":
        if work.unparsed == "send" and all(target.lenient for target in targets):
            return
        work.leave_out(side, f"no text to mask: {body.reason}")
    else:
        text = mask_text(work, targets, body.text, f"{side}.body")
        if first_hidden(targets, text):
            work.leave_out(side, "what a rule masks stands in it behind escapes")
        elif any(more_found(targets, other, body.text) for other in body.others):
            work.leave_out(side, "what a rule masks stands in it in another charset")
        elif text != body.text:
            work.write_text(side, text)
