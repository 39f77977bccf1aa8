"""What the loader asks of the schema, answered from its documents.

Flows in: a key path. Flows out: the kinds of value that may stand there, and the right
spelling of an option's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from moesif_declarative.schema.documents import Option, options
from moesif_declarative.schema.languages import language, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moesif_declarative.errors import KeyPath
    from moesif_declarative.settings.shapes import Shapes

_KINDS = {
    "string": {"text"},
    "integer": {"integer"},
    "number": {"integer", "float"},
    "boolean": {"boolean"},
    "list": {"list"},
    "dict": {"table"},
    "callable": set(),
}


@dataclass(frozen=True, slots=True)
class _Position:
    """What may stand at one path.

    Attributes:
        kinds: The kinds of value.
        options: The options of a table that stands here.
        names: What stands below a free name in such a table; None where names are not free.
        items: What stands in a list here; None where there is none.
    """

    kinds: frozenset[str]
    options: Mapping[str, Option] = field(default_factory=dict)
    names: Callable[[], _Position] | None = None
    items: Callable[[], _Position] | None = None


class SchemaShapes:
    """The outline of the settings language; implements `settings.shapes.Shapes`."""

    __slots__ = ()

    @property
    def keys(self) -> frozenset[str]:
        """Every top-level key, in upper case."""
        return frozenset(options("settings"))

    @property
    def words(self) -> frozenset[str]:
        """The words of the language, in lower case: no rule may bear one as its name."""
        return words()

    @property
    def rule_settings(self) -> frozenset[str]:
        """The top-level keys that take rules."""
        found = options("settings").items()
        return frozenset(name for name, option in found if "rules" in option.meta)

    def kinds(self, path: KeyPath) -> frozenset[str]:
        """Return the kinds of value that the schema takes at a path; empty: unknown there."""
        position = _position(path)
        return position.kinds if position else frozenset()

    def option(self, path: KeyPath) -> str | None:
        """Return the right spelling of a path's last part; None where names are free."""
        parent = _position(path[:-1]) if path else None
        if parent is None or not isinstance(path[-1], str):
            return None
        return _spelled(parent, path[-1])


def shapes() -> Shapes:
    """Return the outline of the language that the loader works with."""
    return SchemaShapes()


def _position(path: KeyPath) -> _Position | None:
    position: _Position | None = _Position(frozenset({"table"}), options("settings"))
    for part in path:
        position = _below(position, part) if position else None
    return position


def _spelled(parent: _Position, name: str) -> str | None:
    if name in parent.options:
        return name
    lower = name.lower()
    if lower in parent.options and lower != "_when":
        return lower
    # No rule may bear a word of the language, so beside rule names it is meant as that word.
    rules = parent.names is not None and "enabled" in parent.options
    return lower if rules and lower in words() else None


def _below(position: _Position, part: str | int) -> _Position | None:
    if isinstance(part, int):
        return position.items() if position.items else None
    name = _spelled(position, part)
    if name is not None and name in position.options:
        return _of_option(position.options[name])
    return position.names() if position.names else None


def _of_option(option: Option) -> _Position:
    kinds = frozenset(kind for name in option.types for kind in _KINDS[name])
    if not option.types:
        return _anything()
    if "rules" in option.meta:
        rule = language(option.meta["rules"])
        below = _table(rule)
        return _Position(kinds, rule, names=lambda: below, items=lambda: below)
    if option.below:
        return _Position(kinds, option.below)
    if option.holds:
        return _holding(option, kinds)
    items = option.rules.get("schema")
    item = Option(option.name, items, {}, {}) if items else None
    return _Position(kinds, items=(lambda: _of_option(item)) if item else None)


def _holding(option: Option, kinds: frozenset[str]) -> _Position:
    holds = option.holds
    if holds in {"conditions", "sources"}:
        known = language(holds.removesuffix("s"))
        return _Position(kinds, known, items=lambda: _table(known))
    if holds == "vars":
        source = language("source")
        position = _Position(frozenset({"table", "list"}), source, items=lambda: _table(source))
        return _Position(kinds, names=lambda: position)
    if holds == "tests":
        return _Position(kinds, names=lambda: _table(language("test")))
    if holds == "metadata":
        return _Position(kinds, {"_when": options("metadata")["_when"]}, names=_leaf)
    return _Position(kinds, names=_anything)


def _table(known: Mapping[str, Option]) -> _Position:
    return _Position(frozenset({"table"}), known)


@cache
def _anything() -> _Position:
    return _Position(frozenset({"any"}), names=_anything, items=_anything)


@cache
def _leaf() -> _Position:
    """What stands below a key of the metadata: data or a source, which only the value tells."""
    guard = {"_when": options("metadata")["_when"]}
    return _Position(frozenset({"any"}), guard, names=_leaf, items=_anything)
