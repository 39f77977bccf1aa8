"""Masks inside texts, wherever texts stand: URL, headers, bodies, metadata, identities.

Flows in: regex, env_value and content preset rules. Flows out: one pass over the document that
does the work of all of them. Strings that hold JSON are looked into like the body itself;
numbers in bodies count as text, and so do the keys of objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.nested import (
    MAX_DEPTH,
    begins_like_json,
    fold,
    unfold,
)
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.scan import Scan, may_find
from moesif_declarative.rules.mask.strip import NO_ADDRESS
from moesif_declarative.rules.mask.texts import (
    TextTarget,
    first_hidden,
    hits,
    mask_text,
    more_found,
)
from moesif_declarative.rules.mask.urls import URL_HEADERS
from moesif_declarative.rules.mask.work import SIDES, Side, Trail, Work

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
            _Walk(work, metadata, numbers=False).member(work.document, "metadata", "metadata")
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
    return encoded or may_find(_scans(targets), values)


def _scans(targets: Sequence[TextTarget]) -> list[Scan | None]:
    return [scan for target in targets for scan in target.scans]


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
        _Walk(work, targets, numbers=True).member(work.document[side], "body", f"{side}.body")
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


@dataclass(frozen=True, slots=True)
class _Walk:
    """One pass over a JSON value.

    Attributes:
        work: The event.
        targets: The rules that look here.
        numbers: Whether numbers count as text.
    """

    work: Work
    targets: Sequence[TextTarget]
    numbers: bool

    @property
    def scans(self) -> list[Scan | None]:
        """What looks at many texts at once."""
        return _scans(self.targets)

    def member(self, container: Any, key: Any, trail: Trail, depth: int = 0) -> bool:
        """Mask inside one value; returns whether anything changed."""
        if key in self.work.marked(container):
            return False
        value = container[key]
        if isinstance(value, dict | list):
            return self._inside(value, trail, depth)
        gone: list[int] = []
        changed = self._scalar(container, key, trail, depth, gone)
        if gone:
            self.work.drop(container, gone)
        return changed

    def _inside(self, root: Any, trail: Trail, depth: int) -> bool:
        changed = False
        if not self._worth_walking(root):
            return False
        stack = [(root, trail)]
        while stack:
            node, trail = stack.pop()
            texts = self._own_texts(node)
            worth = texts is None or may_find(self.scans, texts)
            if worth and isinstance(node, dict):
                changed = self._keys(node, trail) or changed
            gone: list[int] = []
            done = self.work.marked(node)
            for key, value in list(_members(node)):
                if key in done:
                    continue
                kind = type(value)
                if kind is dict or kind is list:
                    if value:
                        stack.append((value, (trail, key)))
                elif worth and value is not None and kind is not bool:
                    changed = self._scalar(node, key, (trail, key), depth, gone) or changed
            if gone:
                self.work.drop(node, gone)
        return changed

    def _worth_walking(self, root: Any) -> bool:
        """Look at all texts of a value at once; a string that holds JSON has to be opened."""
        every: list[str] = []
        stack = [root]
        while stack:
            node = stack.pop()
            texts = self._own_texts(node)
            if texts is None:
                return True
            every += texts
            members = node.values() if isinstance(node, dict) else node
            stack += [member for member in members if type(member) is dict or type(member) is list]
        return may_find(self.scans, every)

    def _own_texts(self, node: Any) -> list[str] | None:
        """Give the texts right in an object or array; None if one of them may be JSON."""
        done = self.work.marked(node)
        texts: list[str] = list(node) if isinstance(node, dict) else []
        for key, member in _members(node):
            kind = type(member)
            if kind is dict or kind is list or member is None or key in done:
                continue
            if isinstance(member, str):
                if begins_like_json(member):
                    return None
                texts.append(member)
            elif self.numbers and (text := scalar_text(member)) is not None:
                texts.append(text)
        return texts

    def _keys(self, node: dict[str, Any], trail: Trail) -> bool:
        """Mask inside the keys of an object, which stay distinct and in their order."""
        renamed = {}
        for key in node:
            masked = mask_text(self.work, self.targets, key, trail)
            if masked != key:
                renamed[key] = masked
        if not renamed:
            return False
        taken = {key for key in node if key not in renamed}
        numbers: dict[str, int] = {}
        for key, masked in renamed.items():
            new = masked
            while new in taken:
                numbers[masked] = numbers.get(masked, 1) + 1
                new = f"{masked} ({numbers[masked]})"
            renamed[key] = new
            taken.add(new)
        members = [(renamed.get(key, key), value) for key, value in node.items()]
        node.clear()
        node.update(members)
        self.work.rename(node, renamed)
        return True

    def _scalar(self, node: Any, key: Any, trail: Trail, depth: int, gone: list[int]) -> bool:
        value = node[key]
        if isinstance(value, str):
            if begins_like_json(value):
                return self._json_text(node, key, trail, depth, gone)
            masked = mask_text(self.work, self.targets, value, trail)
            if masked is value:
                return False
            node[key] = masked
            return True
        text = scalar_text(value) if self.numbers else None
        if text is None:
            return False
        masked = mask_text(self.work, self.targets, text, trail)
        if masked == text:
            return False
        node[key] = masked
        return True

    def _json_text(self, node: Any, key: Any, trail: Trail, depth: int, gone: list[int]) -> bool:
        """Mask inside a string that begins like JSON: what it holds, then the string itself."""
        text = node[key]
        changed = False
        try:
            if depth >= MAX_DEPTH:
                raise ValueError("too many strings inside strings")  # noqa: TRY301
            holder = [unfold(text)]
        except ValueError:
            holder = []
        else:
            changed = self.member(holder, 0, trail, depth + 1)
            if changed:
                node[key] = text = fold(holder[0] if holder else None)
        if holder and not self._spans(text, holder[0]):
            return changed
        masked = mask_text(self.work, self.targets, text, trail)
        if masked is not text:
            node[key] = masked
            changed = True
        if not holder:
            hidden = first_hidden(self.targets, masked)
            if hidden is not None:
                if self.work.hide(hidden, node, key, trail):
                    gone.append(key)
                changed = True
        return changed

    def _spans(self, text: str, value: Any) -> bool:
        """Whether more is found in a JSON text than in the texts and keys that it holds.

        That is a match that spans several of them, or one in what a repeated key hides; what is
        found in them alone was masked, or stays because it was masked whole before.
        """
        if not any(hits(target, text) for target in self.targets):
            return False
        inside = list(_texts(value))
        return any(
            hits(target, text) > sum(hits(target, each) for each in inside)
            for target in self.targets
        )


def _texts(value: Any) -> Iterator[str]:
    """Give every text that a JSON value holds: strings, numbers and keys."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield from item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
        else:
            text = scalar_text(item)
            if text is not None:
                yield text


def _members(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)
