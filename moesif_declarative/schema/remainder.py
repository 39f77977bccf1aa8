"""What is right in a table of which something is wrong.

Flows in: a table and the problems of its shape. Flows out: the table without what they name.
Nothing of it is used for requests; it is compiled only so that a bad pattern beside a misspelled
option is told in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.errors import Problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moesif_declarative.errors import Place, Problem

    Check = Callable[[Mapping[str, Any], Place, Problems], None]

_ROUNDS: Final = 4
"""Taking one option out may leave another without its companion; after these rounds it is over."""


def remainder(
    table: Any, place: Place, errors: Sequence[Problem], check: Check
) -> Mapping[str, Any] | None:
    """Take what is wrong out of a table.

    Args:
        table: What was written; not necessarily a table.
        place: Where it was written.
        errors: What is wrong with its shape.
        check: Checks a table's shape.

    Returns:
        A table that is right in shape; None where nothing of the kind is left.
    """
    for _ in range(_ROUNDS):
        wrong = {problem.key for problem in errors}
        if not isinstance(table, Mapping) or place.key in wrong:
            return None
        table = _without(table, place, wrong)
        own = Problems()
        check(table, place, own)
        if not own.errors:
            return dict(table) or None
        errors = own.errors
    return None


def _without(table: Mapping[str, Any], place: Place, wrong: set[str]) -> dict[str, Any]:
    kept = {}
    for key, value in table.items():
        where = place.at(key)
        if where.key in wrong or (isinstance(value, list | tuple) and _has(value, where, wrong)):
            continue
        kept[key] = _inside(value, where, wrong)
    return kept


def _has(items: Sequence[Any], place: Place, wrong: set[str]) -> bool:
    """Tell whether an item of a list is wrong itself: without it the others would move."""
    return any(place.at(index).key in wrong for index in range(len(items)))


def _inside(value: Any, place: Place, wrong: set[str]) -> Any:
    if isinstance(value, Mapping):
        return _without(value, place, wrong)
    if isinstance(value, list | tuple):
        return [_inside(item, place.at(index), wrong) for index, item in enumerate(value)]
    return value
