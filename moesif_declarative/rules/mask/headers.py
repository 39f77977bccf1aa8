"""Masks by header: these headers, or all but these, of the request, the response or both.

Flows in: header rules and the header part of presets. Flows out: the headers of the document,
masked whole. Names are compared without regard to case (RFC 9110, section 5.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from moesif_declarative.rules.mask.action import Action, as_text
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Side, Work

_MEMO_SIZE: Final = 1024
_MEMO_NAME_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class HeaderTarget:
    """A header rule.

    Attributes:
        rule: The rule.
        action: What happens to the values.
        match: Whether a header's name is meant.
        sides: Whose headers.
        made: Names that ``set`` makes where they are missing, as Tornado spells them.
    """

    rule: MaskRule
    action: Action
    match: Callable[[str], bool]
    sides: frozenset[Side]
    made: tuple[str, ...] = ()
    # Names that are not meant, and names that are.
    _others: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _meant: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def _means(self, name: str) -> bool:
        """Whether a header is meant; remembered, within bounds: an API has few names."""
        if name in self._meant:
            return True
        verdict = self.match(name)
        if len(name) <= _MEMO_NAME_LENGTH:
            remembered = self._meant if verdict else self._others
            if len(remembered) >= _MEMO_SIZE:
                remembered.clear()
            remembered.add(name)
        return verdict

    def run(self, work: Work) -> None:
        """Mask the headers that are there, and make those that `set` makes."""
        others = self._others
        for side in SIDES:
            headers = work.document[side].get("headers")
            if side not in self.sides or not isinstance(headers, dict):
                continue
            if others.issuperset(headers) and not self.made:
                continue
            done = work.marked(headers)
            meant = [name for name in headers if name not in others and self._means(name)]
            for name in [name for name in meant if name not in done] if done else meant:
                result = self.action.whole(headers[name])
                text = as_text(result) if self.action.name == "set" else result
                work.put(self, headers, name, f"{side}.headers.{name}", text)
            for name in self.made:
                if not any(name.lower() == other.lower() for other in headers):
                    headers[name] = as_text(self.action.whole(None))
                    work.mark(headers, name)
                    work.count(self.rule, f"{side}.headers.{name}")
