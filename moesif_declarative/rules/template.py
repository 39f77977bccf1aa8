"""Templates: ``"{tenant}:{user}"``, filled from other sources.

Flows in: the text and the sources that fill its placeholders. Flows out: a text, or None when
any of them has no value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.rules.compiled import Needs, Source
from moesif_declarative.rules.selection import Reading, Selection
from moesif_declarative.rules.text_form import text_of

if TYPE_CHECKING:
    from moesif_declarative.call import Call

_CODE: Final = "bad-template"
# Doubled braces stand for themselves; a brace that is neither doubled nor closed is a fault.
_PIECE: Final = re.compile(r"(?P<double>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")


def compile_template(selection: Selection) -> Reading | None:
    """Compile ``template`` with its ``vars``."""
    pieces = _pieces(selection)
    variables = selection.table.get("vars", {})
    sources = _sources(selection, variables)
    if pieces is None or sources is None:
        return None
    for name in dict.fromkeys(name for _, name in pieces if name is not None):
        if name not in variables:
            known = ", ".join(variables) or "none"
            hint = f"vars has {known}; write {{{{ for a brace itself"
            selection.problem(_CODE, f"vars has no {name!r}, which the template wants", hint)
            return None
    wanted = {name for _, name in pieces}
    for name in variables:
        if name not in wanted:
            place = selection.place.at("vars", name)
            message = f"the template has no {{{name}}}"
            selection.scope.problems.warning("unused-var", place, message, "leave it out")
    needs = Needs.NOTHING
    for name in sources:
        needs |= sources[name].needs if name in wanted else Needs.NOTHING
    return Reading(lambda call: _filled(pieces, sources, call), needs)


def _filled(
    pieces: list[tuple[str, str | None]], sources: Mapping[str, Source], call: Call
) -> str | None:
    texts: dict[str, str] = {}
    written: list[str] = []
    for literal, name in pieces:
        written.append(literal)
        if name is None:
            continue
        if name not in texts:
            text = text_of(sources[name].read(call))
            if not text:
                return None
            texts[name] = text
        written.append(texts[name])
    return "".join(written)


def _sources(selection: Selection, variables: Any) -> dict[str, Source] | None:
    compiled: dict[str, Source | None] = {}
    for name, spec in variables.items():
        place = selection.place.at("vars", name)
        table = spec if isinstance(spec, Mapping | list | tuple) else {"value": spec}
        compiled[name] = selection.nested(table, place, selection.scope)
    sources = {name: source for name, source in compiled.items() if source is not None}
    return sources if len(sources) == len(compiled) else None


def _pieces(selection: Selection) -> list[tuple[str, str | None]] | None:
    """Cut the template into pairs of a literal and the placeholder after it."""
    text = str(selection.argument)
    pieces: list[tuple[str, str | None]] = []
    literal, end = "", 0
    for found in _PIECE.finditer(text):
        literal += text[end : found.start()]
        end = found.end()
        if found["stray"]:
            message = f"the brace at character {found.start() + 1} is alone"
            selection.problem(_CODE, message, "write {{ or }} for a brace itself")
            return None
        if found["double"]:
            literal += found["double"][0]
            continue
        name = found["name"].strip()
        if not name:
            selection.problem(_CODE, "a placeholder has no name", "write {name}")
            return None
        pieces.append((literal, name))
        literal = ""
    pieces.append((literal + text[end:], None))
    return pieces
