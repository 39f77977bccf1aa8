"""Conditions: when a rule applies (LANGUAGE section 4).

Flows in: a condition's table, or a list of them, validated in shape. Flows out: a `Condition`.
A table is true when everything in it is true, a list when any of its tables is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.comparison import TESTS, compile_tests, has_tests
from moesif_declarative.rules.compiled import CallableFailedError, Condition, Needs, Scope
from moesif_declarative.rules.shorthand import SHORTHANDS, compile_shorthand
from moesif_declarative.rules.source import compile_source, selector_of
from moesif_declarative.rules.written import write_inline

if TYPE_CHECKING:
    from moesif_declarative.call import Call

    Holds = Callable[[Call], bool]

JOINTS: Final = ("all", "any", "not")
"""The names of all joints."""

# These give a verdict of their own, which counts where no test stands beside them.
_VERDICTS: Final = ("callable", "test")


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing in a condition's table that has to be true."""

    holds: Holds
    needs: Needs = Needs.NOTHING
    text: str = ""


def compile_condition(
    spec: Mapping[str, Any] | Sequence[Mapping[str, Any]], place: Place, scope: Scope
) -> Condition | None:
    """Compile a condition.

    Args:
        spec: A table of shorthands, joints and at most one selector with tests, or a list of
            such tables. Keys of the rule around it (``action``, ``rate``, ``by``) are left to
            others. A table without anything in it is true, an empty list false.
        place: Where it was written.
        scope: What the compilers share; collects what is wrong.

    Returns:
        The condition; None after a problem was added.
    """
    if isinstance(spec, Mapping):
        return _compile_table(spec, place, scope)
    joined = _join(spec, place, scope, _any)
    return None if joined is None else Condition(joined.holds, joined.needs, write_inline(spec))


def has_condition(table: Mapping[str, Any]) -> bool:
    """Whether a rule's table holds anything of a condition."""
    words = (*SHORTHANDS, *JOINTS, *TESTS, "when")
    return selector_of(table) is not None or any(word in table for word in words)


def _compile_table(table: Mapping[str, Any], place: Place, scope: Scope) -> Condition | None:
    selects = selector_of(table) is not None
    ignore_case = bool(table.get("ignore_case")) and not selects
    compiled: list[_Part | None] = []
    for name in SHORTHANDS:
        if name in table:
            holds = compile_shorthand(name, table, place, scope, ignore_case=ignore_case)
            text = write_inline({name: table[name]})
            needs = Needs.RESPONSE if name == "status" else Needs.NOTHING
            compiled.append(None if holds is None else _Part(holds, needs, text))
    compiled += [
        _compile_joint(name, table[name], place.at(name), scope) for name in JOINTS if name in table
    ]
    if selects:
        compiled.append(_compile_selector(table, place, scope))
    elif "when" in table:
        compiled.append(_part(compile_condition(table["when"], place.at("when"), scope)))
    parts = tuple(part for part in compiled if part is not None)
    if len(parts) < len(compiled):
        return None
    return Condition(_all(_holds_of(parts)), _needs_of(parts), write_inline(table), _why(parts))


def _why(parts: tuple[_Part, ...]) -> Callable[[Call], str] | None:
    """Name the first part that is false. The handler is not asked again: it may be called."""
    if len(parts) < 2:
        return None

    def why(call: Call) -> str:
        *first, last = parts
        for part in first:
            if Needs.HANDLER in part.needs:
                return "; ".join(part.text for part in parts)
            if not part.holds(call):
                return part.text
        return last.text

    return why


def _compile_joint(name: str, spec: Any, place: Place, scope: Scope) -> _Part | None:
    if name != "not":
        tables = [spec] if isinstance(spec, Mapping) else spec
        return _join(tables, place, scope, _all if name == "all" else _any, name)
    inner = compile_condition(spec, place, scope)
    if inner is None:
        return None
    holds = inner.holds
    return _Part(lambda call: not holds(call), inner.needs, write_inline({name: spec}))


def _join(
    tables: Sequence[Mapping[str, Any]],
    place: Place,
    scope: Scope,
    fuse: Callable[[tuple[Holds, ...]], Holds],
    name: str = "any",
) -> _Part | None:
    compiled = [
        _part(compile_condition(table, place.at(at), scope)) for at, table in enumerate(tables)
    ]
    parts = tuple(part for part in compiled if part is not None)
    if len(parts) < len(compiled):
        return None
    return _Part(fuse(_holds_of(parts)), _needs_of(parts), write_inline({name: tables}))


def _compile_selector(table: Mapping[str, Any], place: Place, scope: Scope) -> _Part | None:
    source = compile_source(table, place, scope)
    verdict = compile_tests(table, place, scope)
    if source is None or verdict is None:
        return None
    read = source.read
    others = (*SHORTHANDS, *JOINTS, "rate", "by")
    own = {key: value for key, value in table.items() if key not in others}
    text = write_inline(own)
    if not has_tests(table):
        if selector_of(table) in _VERDICTS:
            return _Part(lambda call: _truth(read(call)), source.needs, text)
        return _Part(lambda call: read(call) is not None, source.needs, text)
    return _Part(lambda call: verdict(read(call)), source.needs, text)


def _truth(value: Any) -> bool:
    try:
        return bool(value)
    except Exception as error:
        kind = type(value).__name__
        raise CallableFailedError(f"a {kind} is neither true nor false") from error


def _part(condition: Condition | None) -> _Part | None:
    return None if condition is None else _Part(condition.holds, condition.needs, condition.text)


def _holds_of(parts: Sequence[_Part]) -> tuple[Holds, ...]:
    return tuple(part.holds for part in parts)


def _needs_of(parts: Sequence[_Part]) -> Needs:
    needs = Needs.NOTHING
    for part in parts:
        needs |= part.needs
    return needs


def _all(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    return lambda call: all(holds(call) for holds in parts)


def _any(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    return lambda call: any(holds(call) for holds in parts)
