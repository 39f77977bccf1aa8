"""What a selector is compiled from and what it becomes.

Flows in: the table of a source, its place, and the compiler for sources inside it.
Flows out: a `Reading`, the first step of the source's work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Needs, Scope, Source

if TYPE_CHECKING:
    from moesif_declarative.call import Call

Nested: TypeAlias = Callable[[Any, Place, Scope], Source | None]
"""Compiles a source, or a list of which the first with a value wins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A compiled selector.

    Attributes:
        read: Picks the value out of a call, None without one. Raises `CallableFailedError` and
            nothing else.
        needs: What it reads.
        calls: Whether it calls a user's function, which must not be done twice.
    """

    read: Callable[[Call], Any]
    needs: Needs = Needs.NOTHING
    calls: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """A selector that is to be compiled.

    Attributes:
        selector: Its name: ``header``.
        table: The source's table.
        place: Where the source was written.
        scope: What the compilers share.
        nested: Compiles the sources inside this one.
    """

    selector: str
    table: Mapping[str, Any]
    place: Place
    scope: Scope
    nested: Nested

    @property
    def argument(self) -> Any:
        """What the selector key holds."""
        return self.table[self.selector]

    @property
    def at(self) -> Place:
        """Where the selector key was written."""
        return self.place.at(self.selector)

    def problem(self, code: str, message: str, hint: str = "") -> None:
        """Add an error at the selector key."""
        self.scope.problems.error(code, self.at, message, hint)
