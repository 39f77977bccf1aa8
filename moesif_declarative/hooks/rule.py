"""The rules that hooks are made of: a closure, and what is told of it.

Flows in: compiled sources and conditions. Flows out: the same, with their names and origins.
"""

from __future__ import annotations

from dataclasses import dataclass

from moesif_declarative.errors import Origin
from moesif_declarative.rules.compiled import Condition, Source


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One source in a chain, of which the first that gives a value wins."""

    name: str
    origin: Origin
    source: Source


@dataclass(frozen=True, slots=True)
class SkipRule:
    """One condition under which a call is skipped or, with ``keep``, kept."""

    name: str
    origin: Origin
    condition: Condition
    keep: bool
