"""Sources: a selector and what is done to its value (LANGUAGE section 3).

Flows in: a source's table, validated in shape. Flows out: a `Source`, whose steps were chosen
once: ``when`` → select → ``split`` → ``regex`` → ``transform`` → ``map`` → ``default``.
None and empty text are no value; a step that has none to give ends the way to ``default``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import (
    CallableFailedError,
    Condition,
    Needs,
    Scope,
    Source,
)
from moesif_declarative.rules.regex_option import compile_regex
from moesif_declarative.rules.selection import Reading, Selection
from moesif_declarative.rules.selector import SELECTORS, compile_selector
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.rules.transform import compile_transforms
from moesif_declarative.rules.value_map import compile_map
from moesif_declarative.rules.written import write_inline

if TYPE_CHECKING:
    from moesif_declarative.call import Call

Step = Callable[[Any], Any]

OPTIONS = ("from", "verify", "vars", "split", "index", "regex", "transform", "map", "default")
"""The options of a source that are no selector, but for ``when`` and ``engine``."""


def compile_source(table: Mapping[str, Any], place: Place, scope: Scope) -> Source | None:
    """Compile a source.

    Args:
        table: Exactly one selector, and options. Keys that are neither are left to others.
        place: Where it was written.
        scope: What the compilers share; collects what is wrong.

    Returns:
        The source; None after a problem was added.
    """
    selector = selector_of(table)
    if selector is None:
        hint = f"write one of {', '.join(SELECTORS)}"
        message = "the source does not say what it reads"
        scope.problems.error("selector-missing", place, message, hint)
        return None
    reading = compile_selector(Selection(selector, table, place, scope, compile_chain))
    steps = _compile_steps(table, place, scope)
    when = _compile_when(table, place, scope) if "when" in table else _ALWAYS
    if reading is None or steps is None or when is None:
        return None
    read = _with_default(
        _with_steps(reading.read, tuple(step for _, step in steps)), table.get("default")
    )
    read = read if when is _ALWAYS else _guarded(read, when)
    why = _why(write_inline({selector: table[selector]}), reading, steps, when)
    return Source(read, reading.needs | when.needs, write_inline(table), why)


def compile_chain(
    spec: Mapping[str, Any] | Sequence[Mapping[str, Any]], place: Place, scope: Scope
) -> Source | None:
    """Compile a source, or a list of sources of which the first with a value wins.

    Args:
        spec: A source's table, or a list of them.
        place: Where it was written.
        scope: What the compilers share; collects what is wrong.

    Returns:
        The source; None after a problem was added.
    """
    if isinstance(spec, Mapping):
        return compile_source(spec, place, scope)
    compiled = [compile_source(table, place.at(at), scope) for at, table in enumerate(spec)]
    sources = tuple(source for source in compiled if source is not None)
    if len(sources) < len(compiled):
        return None
    needs = Needs.NOTHING
    for source in sources:
        needs |= source.needs

    def read(call: Call) -> Any:
        for source in sources:
            value = source.read(call)
            if value is not None:
                return value
        return None

    return Source(read, needs, write_inline(spec), _why_none(sources))


def _why_none(sources: Sequence[Source]) -> Callable[[Call], str]:
    return lambda call: "; ".join(source.why(call) for source in sources)


def selector_of(table: Mapping[str, Any]) -> str | None:
    """Name the selector in a table, None without one."""
    return next((name for name in SELECTORS if name in table), None)


_ALWAYS = Condition(lambda _call: True, Needs.NOTHING, "")


def _compile_when(table: Mapping[str, Any], place: Place, scope: Scope) -> Condition | None:
    # Sources and conditions stand inside each other, so one of the imports has to wait.
    from moesif_declarative.rules.condition import compile_condition

    return compile_condition(table["when"], place.at("when"), scope)


def _compile_steps(
    table: Mapping[str, Any], place: Place, scope: Scope
) -> tuple[tuple[str, Step], ...] | None:
    """Compile the steps behind the selector, each with the option that it comes from."""
    compiled: list[Step | None] = []
    names = [name for name in ("split", "regex", "transform", "map") if name in table]
    if "split" in table:
        compiled.append(_compile_split(table, place, scope))
    if "regex" in table:
        pattern = compile_regex(table["regex"], table, place.at("regex"), scope)
        compiled.append(None if pattern is None else _on_text(pattern.first))
    if "transform" in table:
        compiled.append(compile_transforms(table["transform"], place.at("transform"), scope))
    if "map" in table:
        compiled.append(compile_map(table["map"], place.at("map"), scope))
    steps = tuple(step for step in compiled if step is not None)
    if len(steps) < len(compiled):
        return None
    return tuple(zip(names, steps, strict=True))


def _why(
    selected: str, reading: Reading, steps: tuple[tuple[str, Step], ...], when: Condition
) -> Callable[[Call], str]:
    """Say where a source's way to a value ended, without saying what it found on the way."""

    def why(call: Call) -> str:
        if not when.holds(call):
            return f"its condition does not hold: {when.why_not(call)}"
        if reading.calls:
            return f"{selected} gave none"  # asking twice might do twice what it does
        value = reading.read(call)
        if value is None or _is_empty(value):
            return f"{selected} gave none"
        for name, step in steps:
            value = step(value)
            if value is None or _is_empty(value):
                return f"what {selected} gave got none by {name}"
        return f"what {selected} gave is no text"

    return why


def _compile_split(table: Mapping[str, Any], place: Place, scope: Scope) -> Step | None:
    separator, index = table["split"], table.get("index", 0)
    if not separator:
        at = place.at("split")
        scope.problems.error("bad-split", at, "the separator is empty", 'split = ","')
        return None

    def part(text: str) -> str | None:
        parts = text.split(separator)
        return parts[index] if -len(parts) <= index < len(parts) else None

    return _on_text(part)


def _on_text(change: Callable[[str], str | None]) -> Step:
    def step(value: Any) -> str | None:
        text = text_of(value)
        return None if text is None else change(text)

    return step


def _with_steps(read: Callable[[Call], Any], steps: tuple[Step, ...]) -> Callable[[Call], Any]:
    if not steps:
        return _selected(read)

    def read_on(call: Call) -> Any:
        value = read(call)
        for step in steps:
            if value is None or _is_empty(value):
                return None
            value = step(value)
        return None if _is_empty(value) else value

    return read_on


def _selected(read: Callable[[Call], Any]) -> Callable[[Call], Any]:
    def read_selected(call: Call) -> Any:
        value = read(call)
        if type(value) is str:
            return value or None
        return None if _is_empty(value) else value

    return read_selected


def _is_empty(value: Any) -> bool:
    # A value of the application may compare in any way it likes: only texts are looked at.
    return isinstance(value, str | bytes) and not value


def _with_default(read: Callable[[Call], Any], default: Any) -> Callable[[Call], Any]:
    if default is None or _is_empty(default):
        return read

    def read_or_default(call: Call) -> Any:
        try:
            value = read(call)
        except CallableFailedError as error:
            error.default = default
            raise
        return default if value is None else value

    return read_or_default


def _guarded(read: Callable[[Call], Any], when: Condition) -> Callable[[Call], Any]:
    def read_if(call: Call) -> Any:
        try:
            applies = when.holds(call)
        except CallableFailedError as error:
            error.default = None  # whether the source has a say at all is not known
            raise
        return read(call) if applies else None

    return read_if
