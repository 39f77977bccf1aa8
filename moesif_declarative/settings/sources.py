"""What `MoesifMiddleware` was given: nothing or a path, a dictionary, or a Dynaconf object.

Flows in: the source. Flows out: the layers it holds, the weakest first, for a dictionary and
a Dynaconf object; which of the three it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

from moesif_declarative.errors import KeyPath, Origin, Place, Problems
from moesif_declarative.settings.sections import SHARED
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.written import MAX_DEPTH, Written, write

SourceKind: TypeAlias = Literal["files", "dict", "dynaconf", "unknown"]

DICT_ORIGIN = Origin("dict", "the settings dictionary")
_DYNACONF_TYPES = {"dynaconf.base.LazySettings", "dynaconf.base.Settings"}
DYNACONF_ORIGIN = Origin("dynaconf", "the Dynaconf object")


def source_kind(source: Any) -> SourceKind:
    """Tell what kind of source this is."""
    # Whoever holds a Dynaconf object has imported dynaconf already, so its type's name will do;
    # and isinstance would make the object load.
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(source).__mro__}
    if names & _DYNACONF_TYPES:
        return "dynaconf"
    if source is None or isinstance(source, str | os.PathLike):
        return "files"
    return "dict" if isinstance(source, Mapping) else "unknown"


def dict_layer(source: Mapping[str, Any], problems: Problems) -> Written:
    """Make a layer of a dictionary; callables and other Python values stay as they are."""
    return write(_plain(source), (), lambda _: DICT_ORIGIN, problems)


def argument_layer(arguments: Mapping[str, Any], problems: Problems) -> Written:
    """Make a layer of keyword arguments, whose names may be written in lower case.

    None is no value, as in the original package's dict: it overrides nothing, so that
    ``APPLICATION_ID=os.environ.get(…)`` and the like do no harm.
    """
    table = {
        name.upper(): write(_plain(value), (name.upper(),), _argument_origin(name), problems)
        for name, value in arguments.items()
        if value is not None
    }
    return Written(table, Origin("argument", "keyword arguments"))


def dynaconf_layer(settings: Any, shapes: Shapes, problems: Problems) -> Written:
    """Make a layer of what a Dynaconf object gives in its current environment.

    Args:
        settings: The application's Dynaconf object. With a table ``MOESIF`` that table is
            read, else the keys that are ours.
        shapes: The outline of the schema.
        problems: Takes ``dynaconf-unreadable`` for a value that dynaconf cannot work out.

    Returns:
        The layer.
    """
    shared = _get(settings, SHARED, problems)
    if isinstance(shared, dict):
        table = shared
    else:
        found = {key: _get(settings, key, problems) for key in sorted(shapes.keys)}
        table = {key: value for key, value in found.items() if value is not _MISSING}
    return write(table, (), lambda _: DYNACONF_ORIGIN, problems)


def dynaconf_environment(settings: Any) -> str | None:
    """Return the current environment of a Dynaconf object; None when it uses none."""
    if not settings.get("ENVIRONMENTS_FOR_DYNACONF"):
        return None
    return str(settings.current_env).lower()


_MISSING = object()


def _get(settings: Any, key: str, problems: Problems) -> Any:
    from dynaconf.utils import to_dict
    from dynaconf.utils.parse_conf import (
        DynaconfFormatError,
        DynaconfParseError,
    )

    try:
        # Plain at once: values inside are worked out only when they are looked at.
        return to_dict(settings.get(key, _MISSING))
    except (DynaconfFormatError, DynaconfParseError, OSError) as error:
        place = Place((key,), {(key,): DYNACONF_ORIGIN})
        message = f"dynaconf cannot work out this value: {type(error).__name__}"
        hint = "mend it where your Dynaconf object reads it from"
        problems.error("dynaconf-unreadable", place, message, hint)
        return _MISSING


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn any mapping or path of Python settings into what TOML would have held."""
    if depth > MAX_DEPTH:
        return value  # a table that holds itself, or one that `write` refuses anyway
    if isinstance(value, Mapping):
        return {key: _plain(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return str(value) if isinstance(value, PurePath) else value


def _argument_origin(name: str) -> Callable[[KeyPath], Origin]:
    return lambda _: Origin("argument", name)
