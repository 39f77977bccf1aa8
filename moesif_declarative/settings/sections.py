"""The sections of the settings files, and which of them count.

Flows in: documents. Flows out: one layer for each section that counts (``default``, then the
environment's), in the order of the files. In a file that is shared with the application our
keys stand in a table ``MOESIF`` of a section; all else in it is the application's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from moesif_declarative.errors import KeyPath, Origin, Place, Problems
from moesif_declarative.settings.document import Document
from moesif_declarative.settings.files import TESTS_FILE
from moesif_declarative.settings.loaded import Section
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.suggestion import did_you_mean, is_slip, nearest
from moesif_declarative.settings.tokens import settle
from moesif_declarative.settings.written import Written, write

DEFAULT = "default"
DEVELOPMENT = "development"
SHARED = "MOESIF"

_USUAL = (DEFAULT, DEVELOPMENT, "production", "staging", "testing")
"""What sections are called almost everywhere."""


@dataclass(frozen=True, slots=True)
class Part:
    """One section in its document: `prefix` is the key path of our keys there."""

    document: Document
    prefix: KeyPath
    section: Section


def read_sections(
    named: Sequence[Document], companions: Sequence[Document], shapes: Shapes, problems: Problems
) -> tuple[Part, ...]:
    """Take the documents apart.

    Args:
        named: The settings files.
        companions: The files beside them.
        shapes: The outline of the schema.
        problems: Takes ``key-outside-section``, ``section-twice``, ``tests-file-key``,
            ``token-refused`` and ``wrong-type``.

    Returns:
        All their sections, used or not.
    """
    shared = any(_shared_keys(document) for document in named)
    parts = [part for document in named for part in _parts(document, shapes, problems)]
    for document in companions:
        ours = not shared or bool(_shared_keys(document))
        found = _parts(document, shapes, problems, shared=shared)
        parts += found if ours else [_known_only(part, shapes) for part in found]
    return tuple(parts)


def section_layers(
    parts: Sequence[Part], environment: str, shapes: Shapes, problems: Problems
) -> list[Written]:
    """Make a layer of each section that counts.

    Args:
        parts: What `read_sections` gave.
        environment: The settings environment, in any case.
        shapes: The outline of the schema.
        problems: Takes what `settle` refuses.

    Returns:
        The layers, the first of them the weakest.
    """
    wanted = list(dict.fromkeys([DEFAULT, environment.lower()]))
    files = dict.fromkeys(part.document.path for part in parts)
    return [
        _layer(part, shapes, problems)
        for file in files
        for name in wanted
        for part in parts
        if part.document.path == file and part.section.name.lower() == name
    ]


def spelled_environment(parts: Sequence[Part], environment: str) -> str:
    """Return the environment's name as its section spells it, else as it was given."""
    names = [part.section.name for part in parts]
    return next((name for name in names if name.lower() == environment.lower()), environment)


def check_environment(
    parts: Sequence[Part], environment: str, origin: Origin, problems: Problems
) -> bool:
    """Report an environment that no section bears, as ``section-unknown``.

    Args:
        parts: What `read_sections` gave.
        environment: The settings environment.
        origin: Who named it.
        problems: Takes the problem.

    Returns:
        True where nothing is wrong.
    """
    names = {part.section.name for part in parts}
    needless = {DEFAULT, DEVELOPMENT, *(name.lower() for name in names)}
    if environment.lower() not in needless:
        others = sorted(name for name in names if name.lower() != DEFAULT)
        hint = did_you_mean(environment, others)
        known = (
            f"the files have {', '.join(others)}" if others else "the files have [default] alone"
        )
        message = f"no section is named {environment!r}"
        problems.error("section-unknown", Place((), {(): origin}), message, hint or known)
        return False
    return True


def doubt_sections(parts: Sequence[Part], environment: str, problems: Problems) -> None:
    """Warn of sections whose names are a slip away from another one, as ``section-doubtful``.

    Their rules would be missed without a word.

    Args:
        parts: What `read_sections` gave.
        environment: The settings environment.
        problems: Takes the warnings.
    """
    names: list[str] = []
    for part in parts:
        name = part.section.name
        if not part.section.values or name.lower() in {*_USUAL, environment.lower()}:
            continue
        meant = _meant_section(name, [environment, *_USUAL, *names])
        names.append(name)
        if meant is not None:
            message = f"the section [{name}] counts only in an environment of that name"
            place = Place((), {(): part.section.origin})
            problems.warning("section-doubtful", place, message, f"did you mean [{meant}]?")


def _meant_section(name: str, others: Sequence[str]) -> str | None:
    """Return the section that was probably meant: in use, usual, or written earlier."""
    slip = next((other for other in others if is_slip(name, other)), None)
    return slip or nearest(name, [DEFAULT])


def _layer(part: Part, shapes: Shapes, problems: Problems) -> Written:
    document, prefix = part.document, part.prefix
    written = write(
        part.section.values, (), lambda path: document.origin((*prefix, *path)), problems
    )
    return settle(written, shapes.keys, ("toml", document.path, part.section.name), problems)


def _shared_keys(document: Document) -> dict[str, str]:
    """Return section to the key of its table ``MOESIF``, for the sections that have one."""
    return {
        name: key
        for name, table in document.table.items()
        if isinstance(table, dict)
        for key, value in table.items()
        if key.upper() == SHARED and isinstance(value, dict)
    }


def _parts(
    document: Document, shapes: Shapes, problems: Problems, *, shared: bool = False
) -> list[Part]:
    inner = _shared_keys(document)
    theirs = shared or bool(inner)
    parts: dict[str, Part] = {}
    for name, table in document.table.items():
        if _is_outside(name, table, shapes):
            if not theirs or name.upper() == SHARED:
                _outside(document, name, table, shapes, problems)
        elif name.lower() in parts:
            first = parts[name.lower()].section
            message = f"a section {first.name!r} stands in line {first.origin.line} already"
            origin = document.origin((name,))
            problems.error("section-twice", Place((), {(): origin}), message, "join them")
        else:
            parts[name.lower()] = _part(document, name, table, inner)
            if theirs:
                _check_shared(document, name, table, problems)
    found = list(parts.values())
    if PurePath(document.path).name == TESTS_FILE:
        return [_tests_only(part, problems) for part in found]
    return found


def _check_shared(
    document: Document, name: str, table: Mapping[str, Any], problems: Problems
) -> None:
    """Report what stands in place of a table ``MOESIF``, where other sections have one."""
    for key, value in table.items():
        if key.upper() == SHARED and not isinstance(value, dict):
            place = Place((key,), {(key,): document.origin((name, key))})
            message = "must be a table, as in the other sections of a shared file"
            problems.error("wrong-type", place, message, f"write [{name}.{SHARED}]")


def _part(document: Document, name: str, table: dict[str, Any], shared: dict[str, str]) -> Part:
    prefix: KeyPath = (name, shared[name]) if name in shared else (name,)
    values = table[shared[name]] if name in shared else {} if shared else table
    section = Section(document.path, name, document.origin((name,)), values)
    return Part(document, prefix, section)


def _is_outside(name: str, value: Any, shapes: Shapes) -> bool:
    if not isinstance(value, dict) or name in shapes.keys or name.upper() == SHARED:
        return True
    return bool(_meant(name, shapes)) and bool(value) and not _has_keys(value, shapes)


def _meant(name: str, shapes: Shapes) -> str | None:
    """Return the setting that a section's name means; an environment may be named [debug]."""
    meant = name.upper() if name.upper() in shapes.keys else None
    if meant is None and name.isupper():
        meant = nearest(name, shapes.keys)
    return meant if meant and "table" in shapes.kinds((meant,)) else None


def _has_keys(table: Mapping[str, Any], shapes: Shapes) -> bool:
    return any(key.upper() in shapes.keys or key.upper() == SHARED for key in table)


def _outside(document: Document, name: str, value: Any, shapes: Shapes, problems: Problems) -> None:
    place = Place((name,), {(name,): document.origin((name,))})
    if name.lower().startswith("dynaconf_"):
        problems.error("token-refused", place, f"{name} is not carried out here", "take it out")
        return
    if name.lower() == DEFAULT or (isinstance(value, list) and name not in shapes.keys):
        hint = f"write [{name}] above its keys"
        problems.error("key-outside-section", place, "a section is a table", hint)
        return
    # In any case of letters it is the same setting; a misspelled one is told rightly spelled.
    meant = name if name.upper() == SHARED else _meant(name, shapes) or name
    table = isinstance(value, dict)
    hint = f"write [{DEFAULT}.{meant}]" if table else f"put it under [{DEFAULT}]"
    problems.error("key-outside-section", place, "stands outside any section", hint)


def _known_only(part: Part, shapes: Shapes) -> Part:
    """Keep what is ours beside a shared file; the application may keep its own keys there."""
    values = {key: value for key, value in part.section.values.items() if key in shapes.keys}
    return _with_values(part, values)


def _tests_only(part: Part, problems: Problems) -> Part:
    for key in part.section.values:
        if key != "TESTS":
            place = Place((key,), {(key,): part.document.origin((*part.prefix, key))})
            message = f"only TESTS may stand in {TESTS_FILE}"
            hint = did_you_mean(key, ["TESTS"]) or "move it to settings.toml"
            problems.error("tests-file-key", place, message, hint)
    values = {key: value for key, value in part.section.values.items() if key == "TESTS"}
    return _with_values(part, values)


def _with_values(part: Part, values: dict[str, Any]) -> Part:
    old = part.section
    section = Section(old.file, old.name, old.origin, values)
    return Part(part.document, part.prefix, section)
