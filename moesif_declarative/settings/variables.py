"""The layer of the ``MOESIF_*`` variables.

Flows in: the process's environment and the ``.env`` file's lines. Flows out: one layer, nested
where a name has ``__``, each value with its variable as origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moesif_declarative.errors import KeyPath, Origin, Place, Problems, dotted
from moesif_declarative.settings.dotenv import DotenvLine
from moesif_declarative.settings.shapes import Shapes
from moesif_declarative.settings.suggestion import nearest
from moesif_declarative.settings.values import MalformedValueError, read_value, unquoted
from moesif_declarative.settings.written import Written, write

PREFIX = "MOESIF_"
RESERVED = frozenset({"MOESIF_ENV", "MOESIF_SETTINGS_FILE"})

NAMING = frozenset({"env", "env_value", "key_env"})
"""The options whose value is the name of a variable."""

_KUBERNETES = re.compile(
    r"MOESIF_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?"
    r"|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)


@dataclass(frozen=True, slots=True)
class Variables:
    """What the process's environment and a ``.env`` file say together.

    Attributes:
        values: Every variable; the environment wins over the file.
        origins: The origin of each ``MOESIF_*`` variable.
    """

    values: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, Origin]


def gather(environ: Mapping[str, str], dotenv: Mapping[str, DotenvLine], path: str) -> Variables:
    """Join the process's environment with the lines of a ``.env`` file.

    Args:
        environ: The process's environment.
        dotenv: The ``MOESIF_*`` lines of the file.
        path: The file's path.

    Returns:
        Both, with their origins.
    """
    origins = {
        name: Origin("variable", f"{name} in {path}", line.line, line.column)
        for name, line in dotenv.items()
    }
    origins |= {name: Origin("variable", name) for name in environ if name.startswith(PREFIX)}
    values = {name: line.value for name, line in dotenv.items()} | dict(environ)
    return Variables(values, origins)


def read_variables(
    variables: Variables,
    shapes: Shapes,
    problems: Problems,
    *,
    read: frozenset[str] = frozenset(),
) -> Written:
    """Make one layer of all ``MOESIF_*`` variables.

    Args:
        variables: The variables.
        shapes: The outline of the schema.
        read: Names of variables that the rules of other layers read, and so know.
        problems: Takes ``variable-unknown`` (error or warning), ``variable-conflict`` and
            ``value-malformed``.

    Returns:
        The layer, its tokens not yet looked at.
    """
    layer: dict[str, Written] = {}
    read |= {
        unquoted(variables.values[name])
        for name in variables.origins
        if name.lower().rpartition("__")[2] in NAMING
    }
    # A table comes before the variables that change one key of it.
    for name in sorted(variables.origins, key=lambda name: (name.count("__"), name)):
        if name in RESERVED:
            continue
        path = _path(name, shapes)
        if path is None and name not in read:
            _unknown(name, variables.origins[name], shapes, problems)
        if path is None:
            continue
        value = _value(path, variables.values[name], variables.origins[name], shapes, problems)
        if value is not None:
            _put(layer, path, value, problems)
    return Written(layer, Origin("variable", f"{PREFIX}*"))


def _path(name: str, shapes: Shapes) -> tuple[str, ...] | None:
    """Return the key path a variable names, spelled rightly; None when its key is unknown."""
    key, *parts = name.removeprefix(PREFIX).split("__")
    if key.upper() not in shapes.keys or not all(parts):
        return None
    path: tuple[str, ...] = (key.upper(),)
    for part in parts:
        path = (*path, shapes.option((*path, part)) or part)
    return path


def _unknown(name: str, origin: Origin, shapes: Shapes, problems: Problems) -> None:
    if _KUBERNETES.fullmatch(name):
        return
    rest = name.removeprefix(PREFIX)
    key, separator, below = rest.partition("__")
    place = Place((), {(): origin})
    meant = nearest(key, shapes.keys)
    hint = f"did you mean `{PREFIX}{meant}{separator}{below}`?" if meant else ""
    if key.upper() in shapes.keys:
        hint = "between two __ there must be a name"
    message = f"the variable {name} names no setting"
    hint = hint or f"only settings may begin with {PREFIX}"
    if separator or meant:
        problems.error("variable-unknown", place, message, hint)
    else:
        problems.warning("variable-unknown", place, message, hint)


def _value(
    path: KeyPath, text: str, origin: Origin, shapes: Shapes, problems: Problems
) -> Written | None:
    place = Place(path, {path: origin})
    try:
        text.encode()
        value = read_value(text, shapes.kinds(path))
    except UnicodeEncodeError:
        hint = "set it in a UTF-8 locale"
        problems.error("value-malformed", place, "the variable's bytes are not UTF-8", hint)
        return None
    except MalformedValueError as error:
        hint = "write it in TOML syntax, or put a text in quotes"
        problems.error("value-malformed", place, str(error), hint)
        return None
    return write(value, path, lambda _: origin, problems)


def _put(
    layer: dict[str, Written], path: Iterable[str], value: Written, problems: Problems
) -> None:
    """Put a value into the layer, inside the tables that other variables have begun."""
    *tables, last = path
    table = layer
    for depth, key in enumerate(tables):
        inner = table.setdefault(key, Written({}, value.origin))
        if not isinstance(inner.value, dict):
            _conflict((*tables[: depth + 1],), inner, value, problems)
            return
        table = inner.value
    if last in table:
        _conflict((*tables, last), table[last], value, problems)
        return
    table[last] = value


def _conflict(path: KeyPath, first: Written, second: Written, problems: Problems) -> None:
    place = Place(path, {path: second.origin})
    message = f"{dotted(path)} is set by {first.origin} too, and the two do not go together"
    problems.error("variable-conflict", place, message, "keep one of them")
