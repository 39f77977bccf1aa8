"""The metadata of an event: a table whose leaves are constants or sources (LANGUAGE section 3).

Flows in: the table of ``GET_METADATA``. Flows out: a `Source` of a dict of JSON values that
shares nothing with the settings, the handler or the bodies; None for no metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from moesif_declarative.call import json_text
from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import (
    CallableFailedError,
    Condition,
    Needs,
    Scope,
    Source,
)
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.reference import compile_callable, invoke
from moesif_declarative.rules.source import compile_source
from moesif_declarative.rules.written import write_inline
from moesif_declarative.schema.metadata import leaf_kind

if TYPE_CHECKING:
    from moesif_declarative.call import Call

    Read = Callable[[Call], Any]

Missing = Literal["omit", "null", "drop_all"]

_ABSENT: Final = object()


class _DropAllError(Exception):
    """A leaf with ``missing = "drop_all"`` has no value."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One member of a table.

    Attributes:
        key: Its key.
        read: Gives its value as JSON, `_ABSENT` for none.
        spread: Whether its members go into the table around it.
        needs: What it reads.
    """

    key: str
    read: Read
    spread: bool = False
    needs: Needs = Needs.NOTHING


def compile_metadata(table: Mapping[str, Any], place: Place, scope: Scope) -> Source | None:
    """Compile the metadata.

    Args:
        table: The table of ``GET_METADATA``; with ``callable`` a function gives the whole of it.
        place: Where it was written.
        scope: What the compilers share; collects what is wrong.

    Returns:
        A source of a dict, None for no metadata; it raises `CallableFailedError` and nothing
        else. None after a problem was added.
    """
    if _is_callable(table.get("callable")):
        return _compile_callable(table, place, scope)
    compiled = _compile_table(table, place, scope)
    if compiled is None:
        return None
    read_table, needs = compiled

    def read(call: Call) -> dict[str, Any] | None:
        try:
            members = read_table(call)
        except _DropAllError:
            return None
        return None if members is _ABSENT else members

    return Source(read, needs, write_inline(table))


def _is_callable(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


def _compile_callable(table: Mapping[str, Any], place: Place, scope: Scope) -> Source | None:
    function = compile_callable(table["callable"], place.at("callable"), scope)
    guard = _compile_guard(table, place, scope)
    if function is None or guard is None:
        return None

    def read(call: Call) -> dict[str, Any] | None:
        if call.handler is None or not guard.holds(call):
            return None
        members = invoke(function, call.handler)
        if members is None:
            return None
        plain = json_text.plain(members)
        if not isinstance(plain, dict):
            kind = type(members).__name__
            raise CallableFailedError(
                f"the metadata function returned {kind} instead of a dict"
            ) from TypeError(kind)
        return plain or None

    return Source(read, Needs.HANDLER | guard.needs, write_inline(table))


_ALWAYS: Final = Condition(lambda _call: True, Needs.NOTHING, "")


def _compile_guard(table: Mapping[str, Any], place: Place, scope: Scope) -> Condition | None:
    if "_when" not in table:
        return _ALWAYS
    return compile_condition(table["_when"], place.at("_when"), scope)


def _compile_table(
    table: Mapping[str, Any], place: Place, scope: Scope
) -> tuple[Read, Needs] | None:
    guard = _compile_guard(table, place, scope)
    compiled = [
        _compile_member(key, value, place.at(key), scope)
        for key, value in table.items()
        if key != "_when"
    ]
    leaves = tuple(leaf for leaf in compiled if leaf is not None)
    if guard is None or len(leaves) < len(compiled):
        return None
    needs = guard.needs
    for leaf in leaves:
        needs |= leaf.needs
    # A spread key wins over a fixed one, a later spread over an earlier one.
    ordered = sorted(leaves, key=lambda leaf: leaf.spread)

    def read(call: Call) -> Any:
        if not guard.holds(call):
            return _ABSENT
        members: dict[str, Any] = {}
        for leaf in ordered:
            value = leaf.read(call)
            if value is _ABSENT:
                continue
            if not leaf.spread:
                members[leaf.key] = value
            elif isinstance(value, dict):
                members.update(value)
        return members or _ABSENT

    return read, needs


def _compile_member(key: str, value: Any, place: Place, scope: Scope) -> _Leaf | None:
    kind = leaf_kind(value)
    if kind == "table":
        compiled = _compile_table(value, place, scope)
        return None if compiled is None else _Leaf(key, compiled[0], needs=compiled[1])
    if kind == "source":
        return _compile_leaf(key, [value], [place], scope)
    if kind == "chain":
        return _compile_leaf(key, value, [place.at(at) for at in range(len(value))], scope)
    constant = json_text.plain(value)
    if not isinstance(constant, dict | list):
        return _Leaf(key, lambda _call: constant)
    # A fresh copy each time: masks write into the event.
    return _Leaf(key, lambda _call: json_text.plain(constant))


def _compile_leaf(key: str, tables: Any, places: list[Place], scope: Scope) -> _Leaf | None:
    compiled = [
        compile_source(table, place, scope) for table, place in zip(tables, places, strict=True)
    ]
    sources = tuple(source for source in compiled if source is not None)
    if len(sources) < len(compiled):
        return None
    # In a chain the last word on what to do without a value, or with an object, counts.
    options = {key: value for table in tables for key, value in table.items()}
    missing: Missing = options.get("missing", "omit")
    needs = Needs.NOTHING
    for source in sources:
        needs |= source.needs

    def read(call: Call) -> Any:
        for source in sources:
            try:
                value = source.read(call)
            except CallableFailedError as error:
                # One value that cannot be had must not cost all others.
                call.failures.append(error)
                value = error.default
            plain = None if value is None else _json_value(value)
            if plain is not None:
                return plain
        if missing == "drop_all":
            raise _DropAllError
        return None if missing == "null" else _ABSENT

    return _Leaf(key, read, bool(options.get("spread")), needs)


def _json_value(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            pass  # stays bytes, which JSON takes as base64
    return json_text.plain(value)
