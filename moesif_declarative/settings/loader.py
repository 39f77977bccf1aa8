"""All layers of the settings, in order, merged.

Flows in: a source, keyword arguments, the process's environment. Flows out: `Loaded`. What is
wrong becomes a problem, and loading goes on to find the rest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.settings.document import Document, read_document
from moesif_declarative.settings.files import Files, find_files
from moesif_declarative.settings.loaded import Loaded, Section
from moesif_declarative.settings.merge import merge
from moesif_declarative.settings.sections import (
    DEFAULT,
    DEVELOPMENT,
    check_environment,
    doubt_sections,
    read_sections,
    section_layers,
    spelled_environment,
)
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.sources import (
    argument_layer,
    dict_layer,
    dynaconf_environment,
    dynaconf_layer,
    source_kind,
)
from moesif_declarative.settings.spelling import respell
from moesif_declarative.settings.tokens import settle
from moesif_declarative.settings.variables import NAMING, Variables, gather, read_variables
from moesif_declarative.settings.written import Written, plain, walk

_ROOT = Origin("default", "built-in default")


@dataclass(frozen=True, slots=True)
class _Base:
    """The layers below the variables, and what came with them."""

    layers: Sequence[Written]
    variables: Variables
    environment: str
    files: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    from_dict: bool = False


def load(
    source: Any = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    shapes: Shapes,
    problems: Problems,
    environ: Mapping[str, str] | None = None,
    environment: str | None = None,
    directory: Path | None = None,
) -> Loaded:
    """Load the settings of one middleware.

    Later wins, key by key: the files' ``[default]`` and the environment's section (or the
    dictionary, or the Dynaconf object), the ``MOESIF_*`` variables, the keyword arguments.

    Args:
        source: None: look for ``settings.toml``. A path: read that file. A dictionary: the
            way of the original package. A Dynaconf object: take its values.
        overrides: The keyword arguments of `MoesifMiddleware`.
        shapes: The outline of the schema.
        problems: Takes everything that is wrong.
        environ: The process's environment; None: `os.environ`. It is only read.
        environment: The settings environment; None: ``MOESIF_ENV``, else ``development``.
        directory: The working directory; None: the process's.

    Returns:
        The merged settings. Never raises for wrong settings: `problems` tells.
    """
    environ = dict(os.environ if environ is None else environ)
    base = _base(source, environ, environment, directory, shapes, problems)
    variables = settle(
        read_variables(base.variables, shapes, problems, read=_names_read(base.layers)),
        shapes.keys,
        ("env", "MOESIF", "global"),
        problems,
    )
    layers = [*base.layers, variables, argument_layer(overrides or {}, problems)]
    merged = reduce(
        lambda earlier, later: merge(earlier, later, shapes, problems),
        [respell(layer, shapes, problems) for layer in layers],
        Written({}, _ROOT),
    )
    found = list(walk(merged))
    return Loaded(
        values=plain(merged),
        origins={path: written.origin for path, written in found if path},
        overridden={path: written.earlier for path, written in found if written.earlier},
        environment=base.environment,
        files=base.files,
        variables=base.variables.values,
        sections=base.sections,
        from_dict=base.from_dict,
    )


def _base(
    source: Any,
    environ: Mapping[str, str],
    environment: str | None,
    directory: Path | None,
    shapes: Shapes,
    problems: Problems,
) -> _Base:
    kind = source_kind(source)
    if kind == "files":
        return _from_files(source, environ, environment, directory, shapes, problems)
    variables = gather(environ, {}, "")
    named, _ = _environment(environment, variables)
    if kind == "dict":
        layer = dict_layer(source, problems)
        return _Base([layer], variables, named or DEVELOPMENT, from_dict=True)
    if kind == "dynaconf":
        layer = dynaconf_layer(source, shapes, problems)
        return _Base([layer], variables, named or dynaconf_environment(source) or DEVELOPMENT)
    place = Place((), {(): Origin("argument", "source")})
    message = f"settings cannot be read from an object of type {type(source).__name__}"
    hint = "give a path, a dictionary, a Dynaconf object, or nothing"
    problems.error("source-unknown", place, message, hint)
    return _Base([], variables, named or DEVELOPMENT)


def _from_files(
    source: Any,
    environ: Mapping[str, str],
    environment: str | None,
    directory: Path | None,
    shapes: Shapes,
    problems: Problems,
) -> _Base:
    files = find_files(source, environ, (directory or Path()).absolute(), problems)
    variables = gather(environ, files.dotenv, files.dotenv_path)
    named, origin = _environment(environment, variables)
    named_documents = _documents(files.named, files.named_by, problems)
    companions = _documents(files.companions, "", problems)
    parts = read_sections(named_documents, companions, shapes, problems)
    complete = len(named_documents) == len(files.named) and len(companions) == len(files.companions)
    chosen = spelled_environment(parts, named or DEVELOPMENT)
    asked = bool(named) and complete and bool(named_documents or companions)
    known = not asked or check_environment(parts, named, origin, problems)
    doubt_sections(parts, chosen if known else DEFAULT, problems)
    return _Base(
        layers=section_layers(parts, chosen, shapes, problems),
        variables=variables,
        environment=chosen,
        files=_read(files, [*named_documents, *companions]),
        sections=tuple(part.section for part in parts),
    )


def _documents(paths: Sequence[Path], named_by: str, problems: Problems) -> list[Document]:
    found = [read_document(path, problems, named_by=named_by) for path in paths]
    return [document for document in found if document is not None]


def _read(files: Files, documents: Sequence[Document]) -> tuple[str, ...]:
    paths = [document.path for document in documents]
    return (*paths, files.dotenv_path) if files.dotenv else tuple(paths)


def _environment(environment: str | None, variables: Variables) -> tuple[str, Origin]:
    """Return the environment that somebody names, ``""`` without one, and who names it."""
    if environment:
        return environment, Origin("argument", "--env")
    name = variables.values.get("MOESIF_ENV", "").strip()
    return name, variables.origins.get("MOESIF_ENV", _ROOT)


def _names_read(layers: Sequence[Written]) -> frozenset[str]:
    """Return the variables that rules read by name: theirs need not be names of settings."""
    return frozenset(
        written.value
        for layer in layers
        for path, written in walk(layer)
        if path and str(path[-1]).lower() in NAMING and isinstance(written.value, str)
    )
