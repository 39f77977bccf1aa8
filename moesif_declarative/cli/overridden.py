"""Values that give way to a later layer: wrong ones are told, though nothing reads them today.

Flows in: loaded settings, whose merging kept what it replaced. Flows out: the problems that
startup would tell if the later layer were not there. A variable may be unset tomorrow.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, Final

from moesif_declarative.errors import KeyPath, Origin, Problem, Problems
from moesif_declarative.hooks import compile_hooks, compile_outgoing_hooks
from moesif_declarative.schema import validate
from moesif_declarative.settings import Loaded

_OF_A_VALUE: Final = frozenset(
    {
        *("bad-callable", "bad-handler-path", "bad-jsonpath", "bad-map-key", "bad-network"),
        *("bad-number", "bad-rate", "bad-regex", "bad-split", "bad-status", "bad-template"),
        *("bad-transform", "empty-list", "empty-regex", "empty-value", "header-spelling"),
        *("not-in-preset", "out-of-range", "wrong-type", "wrong-value"),
    }
)
"""Problems of a value by itself, whatever other layers add to the table around it."""


def overridden_problems(loaded: Loaded) -> list[Problem]:
    """Find what is wrong with the values that later layers override.

    Args:
        loaded: The settings of one environment.

    Returns:
        The problems, each at the place where the overridden value was written.
    """
    found: list[Problem] = []
    longest = max(map(len, loaded.overridden.values()), default=0)
    for back in range(1, longest + 1):
        tried, returned = _unwound(loaded, back)
        own = Problems()
        settings = validate(tried, own)
        compile_outgoing_hooks(settings, compile_hooks(settings, own), own)
        found += [
            problem
            for problem in own
            if problem.origin in returned
            and (problem.code in _OF_A_VALUE or returned[problem.origin])
        ]
    return found


def _unwound(loaded: Loaded, back: int) -> tuple[Loaded, dict[Origin, bool]]:
    """Put back what stood before the latest layers, as many of them as is said.

    Returns:
        The settings, and the origin of every value that was put back with whether it is a
        table or list, which is replaced whole and so must be right as a whole.
    """
    values, origins = copy.deepcopy(loaded.values), dict(loaded.origins)
    returned: dict[Origin, bool] = {}
    whole: set[KeyPath] = set()
    for path, earlier in sorted(loaded.overridden.items(), key=lambda item: len(item[0])):
        if len(earlier) < back or any(path[:length] in whole for length in range(len(path))):
            continue
        origin, value = earlier[-back]
        if _put(values, path, copy.deepcopy(value)):
            whole.add(path)
            origins = {at: of for at, of in origins.items() if at[: len(path)] != path}
            origins[path] = origin
            returned[origin] = isinstance(value, dict | list)
    return dataclasses.replace(loaded, values=values, origins=origins), returned


def _put(values: Any, path: KeyPath, value: Any) -> bool:
    for key in path[:-1]:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    if not isinstance(values, dict):
        return False
    values[path[-1]] = value
    return True
