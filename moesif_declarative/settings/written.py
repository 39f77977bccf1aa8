"""Values that know where they were written, as a tree.

Flows in: plain values and a way to find the origin of each. Flows out: a tree of `Written`,
and back from it plain values, origins and what was overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from moesif_declarative.errors import KeyPath, Origin, Place, Problems

MAX_DEPTH = 64
"""Tables and lists may nest this deep; real settings need about eight levels."""

Earlier: TypeAlias = tuple[tuple[Origin, Any], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A value and where it was written.

    Attributes:
        value: A dictionary or list of `Written`, or any other value as it is.
        origin: Where it was written.
        earlier: What earlier layers said here, oldest first, as plain values.
    """

    value: Any = field(repr=False)
    origin: Origin
    earlier: Earlier = field(default=(), repr=False)


def write(
    value: Any, path: KeyPath, origin_of: Callable[[KeyPath], Origin], problems: Problems
) -> Written:
    """Build the tree of a plain value.

    Args:
        value: Any value; dictionaries and lists are taken apart, also those of subclasses.
        path: Where it stands.
        origin_of: Gives the origin of each key path.
        problems: Takes ``value-too-deep`` for what nests deeper than `MAX_DEPTH`.

    Returns:
        The tree. What nests too deep is None in it.
    """
    origin = origin_of(path)
    if isinstance(value, dict | list) and len(path) >= MAX_DEPTH:
        place = Place(path[:2], {path[:2]: origin})
        problems.error(
            "value-too-deep",
            place,
            f"tables and lists nest deeper than {MAX_DEPTH} levels",
            "no rule needs more than a few levels",
        )
        return Written(None, origin)
    if isinstance(value, dict):
        table = {
            key: write(child, (*path, key), origin_of, problems) for key, child in value.items()
        }
        return Written(table, origin)
    if isinstance(value, list):
        items = [write(item, (*path, at), origin_of, problems) for at, item in enumerate(value)]
        return Written(items, origin)
    return Written(value, origin)


def plain(written: Written) -> Any:
    """Return the value without its origins, in dictionaries and lists of its own."""
    if isinstance(written.value, dict):
        return {key: plain(child) for key, child in written.value.items()}
    if isinstance(written.value, list):
        return [plain(item) for item in written.value]
    return written.value


def walk(written: Written, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Written]]:
    """Yield every value of a tree with its key path, tables and lists before their content."""
    yield path, written
    if isinstance(written.value, dict):
        for key, child in written.value.items():
            yield from walk(child, (*path, key))
    elif isinstance(written.value, list):
        for at, item in enumerate(written.value):
            yield from walk(item, (*path, at))


def replaced(old: Written, new: Written) -> Written:
    """Return the new value, which remembers the old one."""
    return Written(new.value, new.origin, (*old.earlier, (old.origin, plain(old))))
