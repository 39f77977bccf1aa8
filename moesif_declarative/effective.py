"""The effective settings as people ask for them: key by key, with origins, secrets hidden.

Flows in: what the loader merged, and the schema's documents. Flows out: rows, and what the
schema says of a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.errors import DEFAULT_ORIGIN, KeyPath, Origin, Place, dotted
from moesif_declarative.schema import defaults
from moesif_declarative.schema.documents import Option, options
from moesif_declarative.schema.languages import language
from moesif_declarative.settings import Loaded

_SHOWN_OF_SECRET: Final = 4
_LONG_ENOUGH: Final = 12
_USERINFO: Final = re.compile(r"(://[^/?#@:]*:)[^/?#]*@")
_SHORTEST_TO_SEARCH: Final = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, or one option of a rule.

    Attributes:
        path: Its key path.
        value: Its value, secrets hidden; a table only where it is empty, or where it replaced
            something else as a whole.
        origin: Where it was written.
        overrides: What earlier layers said there, the latest first; the built-in default last.
    """

    path: KeyPath
    value: Any = field(repr=False)
    origin: Origin
    overrides: tuple[tuple[Origin, Any], ...] = field(default=(), repr=False)

    @property
    def key(self) -> str:
        """The dotted path."""
        return dotted(self.path)


def effective_rows(loaded: Loaded) -> tuple[Row, ...]:
    """List every setting that has a value, in the order of the reference.

    Args:
        loaded: The merged values. Keys that are no settings are left out: the problems tell of
            them, and their values may be secrets under a misspelled name.

    Returns:
        The rows, depth first; a default where nothing is written.
    """
    standing = defaults(from_dict=loaded.from_dict)
    hide = _hider(loaded)
    rows: list[Row] = []
    for name in options("settings"):
        if name in loaded.values:
            found = _rows_below((name,), loaded.values[name], loaded)
            rows += [_with_default(row, standing) for row in found]
        elif name in standing:
            rows.append(Row((name,), standing[name], DEFAULT_ORIGIN))
    return tuple(_hidden(row, hide) for row in rows)


def documentation(path: KeyPath) -> Option | None:
    """Find what the schema says of a key.

    Args:
        path: A key path; names of rules stand at their place.

    Returns:
        The option, None for a name that users choose themselves or that nobody knows.
    """
    known: Mapping[str, Option] = options("settings")
    found: Option | None = None
    for part in path:
        if isinstance(part, int):
            continue  # the items of a list are what its option says
        found = known.get(part)
        if found is not None:
            known = _below(found)
        elif not known:
            return None
    return found


def hidden(text: str) -> str:
    """Write a secret so that it can be recognized, not used: its last 4 characters of 12."""
    return f"…{text[-_SHOWN_OF_SECRET:]}" if len(text) >= _LONG_ENOUGH else "…"


def secret_keys() -> frozenset[str]:
    """Name the settings whose values are never shown."""
    found = options("settings").items()
    return frozenset(name for name, option in found if option.meta.get("secret"))


def _below(option: Option) -> Mapping[str, Option]:
    if "rules" in option.meta:
        return language(option.meta["rules"])
    if option.holds in {"conditions", "sources"}:
        return language(option.holds.removesuffix("s"))
    languages = {"tests": "test", "metadata": "leaf", "vars": "source"}
    if option.holds in languages:
        return language(languages[option.holds])
    return option.below


def _rows_below(path: KeyPath, value: Any, loaded: Loaded) -> Iterator[Row]:
    earlier = tuple(reversed(loaded.overridden.get(path, ())))
    origin = Place(path, loaded.origins).origin
    if not isinstance(value, dict) or not value or earlier or path[0] in secret_keys():
        yield Row(path, value, origin, earlier)
    if isinstance(value, dict) and path[0] not in secret_keys():
        for key, item in value.items():
            yield from _rows_below((*path, key), item, loaded)


def _with_default(row: Row, standing: Mapping[str, Any]) -> Row:
    if len(row.path) > 1 or row.path[0] not in standing:
        return row
    default = (DEFAULT_ORIGIN, standing[str(row.path[0])])
    return Row(row.path, row.value, row.origin, (*row.overrides, default))


@dataclass(frozen=True, slots=True)
class _Hider:
    """Takes secrets out of values, wherever they are repeated."""

    texts: frozenset[str] = field(repr=False)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self(key): self(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self(item) for item in value]
        if not isinstance(value, str):
            return value
        for text in self.texts:
            value = value.replace(text, hidden(text))
        return _USERINFO.sub(r"\1…@", value)


def _hider(loaded: Loaded) -> _Hider:
    texts: set[str] = set()
    for name in secret_keys():
        earlier = (value for _, value in loaded.overridden.get((name,), ()))
        for value in (loaded.values.get(name), *earlier):
            if isinstance(value, str) and len(value) >= _SHORTEST_TO_SEARCH:
                texts.add(value)
    return _Hider(frozenset(texts))


def _hidden(row: Row, hide: _Hider) -> Row:
    secret = row.path[0] in secret_keys()

    def shown(value: Any) -> Any:
        if not secret:
            return hide(value)
        return hidden(value) if isinstance(value, str) else "…"

    overrides = tuple((origin, shown(value)) for origin, value in row.overrides)
    return Row(row.path, shown(row.value), row.origin, overrides)
