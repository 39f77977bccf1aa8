"""One mask rule's table, as the compilers of its targets read it.

Flows in: the table, validated in shape. Flows out: its names, its places and its action; what is
wrong with them becomes a problem.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.action import Action, compile_action
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.text import Detector
from moesif_declarative.rules.mask.work import SIDES

BODIES: Final = ("request.body", "response.body")
HEADERS: Final = ("request.headers", "response.headers")
TEXTS: Final = ("request.uri", *HEADERS, *BODIES, "metadata")
IDENTITIES: Final = ("user_id", "company_id", "session_token")
# Where else a text stands that a hook gave: a variable's value is masked there, too.
LABELS: Final = ("subscription_id", "action_name", "trace_id", "request.api_version")


@dataclass(frozen=True, slots=True)
class MaskTable:
    """A mask rule while it is compiled.

    Attributes:
        rule: The rule as people see it.
        table: Its options.
        place: Where it was written.
        scope: Collects problems.
    """

    rule: MaskRule
    table: Mapping[str, Any]
    place: Place
    scope: Scope

    def action(self, detector: Detector | None = None) -> Action | None:
        """Compile its action; None after a problem was added."""
        return compile_action(self.table, self.place, self.scope, detector=detector)

    def items(self, key: str) -> list[tuple[Any, Place]]:
        """Give each item of an option that takes one value or a list, with its place."""
        value, at = self.table[key], self.place.at(key)
        if isinstance(value, list | tuple):
            return [(item, at.at(number)) for number, item in enumerate(value)]
        return [(value, at)]

    def names(self, key: str) -> list[str]:
        """Give the items of an option that holds names."""
        return [item for item, _ in self.items(key)]

    def places(self, known: Sequence[str], *, single_headers: bool = True) -> frozenset[str]:
        """Read ``in``; without it, the bodies, or all places but the identities."""
        if "in" not in self.table:
            return frozenset(known) - frozenset(IDENTITIES)
        places = set()
        for item, place in self.items("in"):
            head, _, name = str(item).rpartition(".headers.")
            if item in known:
                places.add(str(item))
            elif single_headers and head in SIDES and name:
                places.add(f"{head}.headers.{name.lower()}")
            else:
                near = difflib.get_close_matches(str(item), known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(known)}"
                message = f"a mask of this kind cannot look in {item!r}"
                self.scope.problems.error("unknown-place", place, message, hint)
        return frozenset(places)
