"""Masks by JSONPath: every node that a path selects in the event document.

Flows in: jsonpath rules. Flows out: the document with these nodes masked; where one lies inside
another, the outer one wins. The nodes are those of RFC 9535 in the document as it is, and those
to which the path comes when strings of bodies and metadata have the children of the JSON that
they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moesif_declarative.rules.jsonpath import JSONPath
from moesif_declarative.rules.jsonpath.tree import Name
from moesif_declarative.rules.mask.action import REMOVED, Action, as_text
from moesif_declarative.rules.mask.bodies import mask_body
from moesif_declarative.rules.mask.names import may_hold
from moesif_declarative.rules.mask.path_places import (
    Location,
    location,
    places,
)
from moesif_declarative.rules.mask.path_round import Round
from moesif_declarative.rules.mask.path_strings import Need, OpenText, Strings, inside, may_open
from moesif_declarative.rules.mask.path_walk import Inside, Node
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Side, Work


@dataclass(frozen=True, slots=True)
class Nodes:
    """What gives the nodes of one query.

    Attributes:
        plain: Those of RFC 9535.
        inside: Those to which it comes through strings, too.
    """

    plain: Callable[[Any], list[Node]]
    inside: Inside

    def of(self, document: dict[str, Any], strings: Strings | None) -> list[Node]:
        """Give the nodes, each once; without `strings` those of RFC 9535 alone."""
        found = self.plain(document)
        if strings is None:
            return found
        # By the RFC a filter may hold because a string has no children: these nodes count, too.
        both = found + self.inside(document, strings)
        return list({(id(container), key): (container, key) for container, key in both}.values())


@dataclass(frozen=True, slots=True)
class PathTarget:
    """A jsonpath rule: one of its paths.

    Attributes:
        rule: The rule.
        action: What happens to the nodes.
        path: The path.
        guarded: The sides inside whose bodies it may select, with what must stand in a body
            without structure for that (`Work.guard`).
        nodes: Gives what it selects.
        parents: Gives the nodes that hold its last name, for ``set``; None without one.
        last: That name.
        allowed: Protected places that it may change, since they keep their type.
        in_metadata: Whether it may select inside the metadata.
    """

    rule: MaskRule
    action: Action
    path: JSONPath
    guarded: Mapping[Side, tuple[str, ...] | None]
    nodes: Nodes
    parents: Nodes | None
    last: str
    allowed: frozenset[Location]
    in_metadata: bool

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    @property
    def anywhere(self) -> str | None:
        """The name, if the path is ``$..name`` and makes nothing new; else None."""
        (first, *more) = self.path.query.segments
        (selector, *others) = first.selectors
        if more or others or not first.descendant or self.action.name == "set":
            return None
        return selector.name if isinstance(selector, Name) else None

    def run(self, work: Work) -> None:
        """Mask every node; make the last name where `set` is to do that."""
        self.guard(work)
        opens = may_open(work, self.guarded, metadata=self.in_metadata)
        strings = Strings(work) if opens else None
        if self.parents is not None:
            parents = self.parents.of(work.document, strings)
            self._make(work, parents, Round(work, strings), strings)
        nodes = self.nodes.of(work.document, strings)
        shared = Round(work, strings)
        self.mask(work, nodes, shared)
        if strings is not None:
            self.hide(work, strings, shared)
        shared.finish()

    def guard(self, work: Work) -> None:
        """Leave bodies out that it cannot look into and that may hold what it masks."""
        for side, cores in self.guarded.items():
            work.guard(side, cores)

    def mask(self, work: Work, nodes: Iterable[Node], shared: Round) -> None:
        """Mask some nodes.

        Args:
            work: The event.
            nodes: What the path selects, outer ones first.
            shared: What was masked before in this round.
        """
        for node in nodes:
            if shared.holds(node):
                for each in places(work.document, node, self.action, self.allowed):
                    if shared.holds(each):
                        self._mask(work, each, shared)

    def hide(self, work: Work, strings: Strings, shared: Round, need: Need | None = None) -> None:
        """Mask whole what begins like JSON, could not be read and may hold what it masks.

        Args:
            work: The event.
            strings: The strings to which the path came.
            shared: What was masked before in this round.
            need: What the path needs in each of them; None for what it said on its way.
        """
        for text in strings.texts:
            if text.held or not _is_there(text, shared):
                continue
            if any(map(text.may_hold, text.needs if need is None else (need,))):
                self._hide(work, text, strings, shared)
        for branch, key, needed in strings.keys:
            wanted = needed if need is None else need
            if key in branch and shared.holds((branch, key)) and _may_hold(key, wanted):
                value = branch.pop(key)
                work.count(self.rule, shared.trail_above(branch))
                shared.masked((branch, key), value, leaves_list=False)

    def _hide(self, work: Work, text: OpenText, strings: Strings, shared: Round) -> None:
        container, key = text.container, text.key
        if key in work.marked(container):
            return
        trail = shared.trail(strings.holder(text))
        leaves_list = work.hide(self, container, key, trail)
        shared.masked((container, key), text, leaves_list=leaves_list)
        for side in SIDES:
            if container is work.document[side]:
                work.settle_body(side)

    def _make(
        self, work: Work, parents: list[Node], shared: Round, strings: Strings | None
    ) -> None:
        for container, key in parents:
            parent: Any
            if container is None:
                parent = work.document
            elif strings is None:
                parent = container[key]
            else:
                parent = inside(strings.open(container, key))
            if not isinstance(parent, dict) or self.last in parent:
                continue
            value = self.action.whole(None)
            is_header = any(parent is work.document[side].get("headers") for side in SIDES)
            parent[self.last] = as_text(value) if is_header else value
            work.mark(parent, self.last)
            work.forget_literals()
            work.count(self.rule, shared.trail((parent, self.last)))
            if strings is not None:
                strings.touch(parent)
            for side in SIDES:
                if parent is work.document[side] and self.last == "body":
                    parent["transfer_encoding"] = "json"
                    work.reread_body(side)

    def _mask(self, work: Work, node: Node, shared: Round) -> None:
        container, key = node
        if key in work.marked(container):
            return
        value = container[key]
        where = location(work.document, container, key)
        leaves_list = False
        if where in (("request", "body"), ("response", "body")):
            mask_body(
                work, self, "request" if container is work.document["request"] else "response"
            )
        else:
            result = self.action.whole(value)
            if where == ("request", "uri") and (result is REMOVED or result is None):
                result = "/"  # Moesif refuses an event without one
            leaves_list = work.put(self, container, key, shared.trail(node), result)
        shared.masked(node, value, leaves_list=leaves_list)


def _is_there(text: OpenText, shared: Round) -> bool:
    container, key = text.container, text.key
    if not shared.holds((container, key)):
        return False
    return (container.get(key) if isinstance(container, dict) else container[key]) is text


def _may_hold(key: str, need: Need) -> bool:
    return all(may_hold([key], cores) for cores in need)
