"""Masks inside texts, wherever texts stand: URL, headers, bodies, metadata, identities.

Flows in: regex, env_value and content preset rules. Flows out: one pass over the document that
does the work of all of them. Strings that hold JSON are looked into like the body itself;
numbers in bodies count as text, and so do the keys of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.scan import may_find
from moesif_declarative.rules.mask.strip import NO_ADDRESS
from moesif_declarative.rules.mask.text_walk import TextWalk
from moesif_declarative.rules.mask.texts import (
    TextTarget,
    first_hidden,
    mask_text,
    more_found,
    scans_of,
)
from moesif_declarative.rules.mask.urls import URL_HEADERS
from moesif_declarative.rules.mask.work import SIDES, Side, Work

_IDENTITIES: Final = ("user_id", "company_id", "session_token")


@dataclass(frozen=True, slots=True)
class TextStep:
    """Text rules that share a pass.

    Attributes:
        targets: In their order of work.
    """

    targets: tuple[TextTarget, ...]

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return tuple(dict.fromkeys(target.rule for target in self.targets))

    def run(self, work: Work) -> None:
        """Mask every place that the rules look at."""
        live = [target for target in self.targets if work.active[target.rule.index]]
        if not live:
            return
        _mask_uri(work, _looking(live, "request.uri"))
        for side in SIDES:
            _mask_headers(work, live, side)
            _mask_body(work, _looking(live, f"{side}.body"), side)
        metadata = _looking(live, "metadata")
        if metadata and work.document.get("metadata") is not None:
            TextWalk(work, metadata, numbers=False).member(work.document, "metadata", "metadata")
        for key in _IDENTITIES:
            _mask_identity(work, _looking(live, key), key)
        for target in live:
            if target.addresses:
                _mask_addresses(work, target)


def _looking(targets: Sequence[TextTarget], place: str) -> list[TextTarget]:
    return [target for target in targets if place in target.places]


def _mask_uri(work: Work, targets: list[TextTarget]) -> None:
    request = work.document["request"]
    text = request.get("uri")
    if targets and isinstance(text, str) and "uri" not in work.marked(request):
        shields = work.shields.get((id(request), "uri"), ())
        request["uri"] = mask_text(work, targets, text, "request.uri", plus=True, shields=shields)


def _mask_headers(work: Work, live: list[TextTarget], side: Side) -> None:
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
    text = scalar_text(work.document.get(key))
    if targets and text is not None and key not in work.marked(work.document):
        masked = mask_text(work, targets, text, key)
        if masked != text:
            work.document[key] = masked


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
        TextWalk(work, targets, numbers=True).member(work.document[side], "body", f"{side}.body")
        work.settle_body(side)
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
