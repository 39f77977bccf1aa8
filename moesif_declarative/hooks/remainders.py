"""What else is wrong in rules whose shape is wrong already.

Flows in: typed settings with the remainders of such rules. Flows out: problems, so that all of
them are told in one run.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from moesif_declarative.errors import Problem, Problems
from moesif_declarative.hooks.compiler import compile_hooks, compile_outgoing_hooks
from moesif_declarative.schema.settings import Settings

_BY_ITSELF: Final = frozenset(
    {
        "bad-callable",
        "bad-handler-path",
        "bad-jsonpath",
        "bad-map-key",
        "bad-network",
        "bad-number",
        "bad-rate",
        "bad-regex",
        "bad-split",
        "bad-status",
        "bad-verify",
        "header-spelling",
        "missing-extra",
        "unusable-variable",
    }
)
"""Problems of one option, whatever stands or is missing beside it."""


def tell_remainders(settings: Settings, problems: Problems) -> None:
    """Compile what is right in the rules that were left out, for its problems alone.

    Args:
        settings: The settings; ``remainders`` holds what is left of the wrong rules.
        problems: Takes what is wrong there.
    """
    left: dict[str, Any] = dict(settings.remainders)
    if not left:
        return
    own = Problems()
    metadata = {
        name: left.pop(name.upper(), None) for name in ("get_metadata", "get_metadata_outgoing")
    }
    rest = dataclasses.replace(settings, rules=left, **metadata)
    compile_outgoing_hooks(rest, compile_hooks(rest, own), own)
    known = {_identity(problem) for problem in problems}
    for problem in own.errors:
        if problem.code in _BY_ITSELF and _identity(problem) not in known:
            known.add(_identity(problem))
            problems.found.append(problem)


def _identity(problem: Problem) -> tuple[object, ...]:
    return problem.code, problem.key, problem.origin
