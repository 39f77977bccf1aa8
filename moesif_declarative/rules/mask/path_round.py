"""One round of masking by JSONPath: what several paths that share a walk over an event share.

Flows in: an event, and its strings where some were opened. Flows out: what the paths need to
know of one another while they mask, and the event put in order when they are done.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from moesif_declarative.rules.mask.path_strings import BRANCHES, OpenText, Strings, inside
from moesif_declarative.rules.mask.path_walk import Node
from moesif_declarative.rules.mask.work import Trail, Work

_Gone: TypeAlias = dict[int, tuple[list[Any], set[int]]]


class Round:
    """A round of masking.

    Args:
        work: The event.
        strings: Its strings, as far as the paths opened them; None if none was to be opened.
    """

    def __init__(self, work: Work, strings: Strings | None) -> None:
        self._work = work
        self._strings = strings
        self._detached: set[int] = set()
        self._gone: _Gone = {}
        self._trails: dict[int, Trail] = {} if work.trace is None else _trails(work.document)

    def trail(self, node: Node) -> Trail:
        """Tell where a node stands, for the trace."""
        container, key = node
        return self._trails.get(id(container), ""), key

    def trail_above(self, container: Any) -> Trail:
        """Tell where an object or a list stands, for the trace."""
        return self._trails.get(id(container), "")

    def holds(self, node: Node) -> bool:
        """Whether a node is still part of the event."""
        container, key = node
        if id(container) in self._detached:
            return False
        gone = self._gone.get(id(container))
        return gone is None or key not in gone[1]

    def masked(self, node: Node, value: Any, *, leaves_list: bool) -> None:
        """Remember what became of a node.

        Args:
            node: The node.
            value: What it was.
            leaves_list: Whether it is to be taken out of its list.
        """
        container, key = node
        if leaves_list:
            self._gone.setdefault(id(container), (container, set()))[1].add(key)
        elif _stands(node, value):
            return
        if self._strings is not None:
            self._strings.touch(container)
        _detach(value, self._detached)

    def finish(self) -> None:
        """Take out of lists what is to go, and put the strings back."""
        for items, indexes in self._gone.values():
            self._work.drop(items, indexes)
        if self._strings is not None:
            self._strings.close()


def _stands(node: Node, value: Any) -> bool:
    container, key = node
    return (not isinstance(container, dict) or key in container) and container[key] is value


def _detach(value: Any, detached: set[int]) -> None:
    """Remember every container inside a value that was masked whole: nothing in it is left."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack += node.values()
        elif isinstance(node, list):
            stack += node
        elif type(node) is OpenText:
            stack.append(node.held)
            continue
        else:
            continue
        detached.add(id(node))


def _trails(document: dict[str, Any]) -> dict[int, Trail]:
    """Find out where every object and list of a document stands, those in strings included."""
    found: dict[int, Trail] = {}
    stack: list[tuple[Any, Trail]] = [(document, "")]
    while stack:
        branch, trail = stack.pop()
        found[id(branch)] = trail
        members = branch.items() if isinstance(branch, dict) else enumerate(branch)
        for key, member in members:
            below = member if isinstance(member, BRANCHES) else inside(member)
            if below is not None:
                stack.append((below, (trail, key)))
    return found
