"""Options that a table does not know: what was meant, or where it belongs.

Flows in: a stray key and the options that its table may have. Flows out: a problem.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.languages import language, selectors, targets
from moesif_declarative.settings.suggestion import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moesif_declarative.errors import Place, Problems
    from moesif_declarative.schema.documents import Option

_HOMES = {
    "rule": "`{0}` goes with a rule itself, not with a table inside it",
    "condition": "`{0}` belongs in a condition: `when = {{ {0} = … }}`",
    "metadata": "`{0}` belongs to the sources of GET_METADATA",
    "mask": "`{0}` belongs to the rules of MASK_EVENT_MODEL",
    "sample": "`{0}` belongs to the rules of SAMPLE",
    "skip": "`{0}` belongs to the rules of SKIP and MASK_EVENT_MODEL",
    "source": "`{0}` belongs to a source",
}


UNLIKE_ANY = "take it out; the reference lists the options"
"""The hint for a key that is like none of many options."""


def check_strays(
    table: Mapping[Any, Any], known: Mapping[str, Option], place: Place, problems: Problems
) -> bool:
    """Report every key of a table that is none of its options.

    Args:
        table: The table as written.
        known: The options it may have.
        place: Where it was written.
        problems: Collects what is wrong.

    Returns:
        True where a stray key looks like a misspelled selector or target, so that a second
        complaint about a missing one would only confuse.
    """
    misspelled = False
    for key in table:
        if key in known:
            continue
        meant = nearest(key, known)
        misspelled = misspelled or meant in selectors() or meant in targets()
        if home := _home(key, known):
            problems.error("misplaced-option", place.at(key), "does not belong here", home)
        else:
            hint = f"did you mean `{meant}`?" if meant else _listing(known)
            problems.error("unknown-option", place.at(key), "is no option here", hint)
    return misspelled


def _home(key: Any, known: Mapping[str, Option]) -> str | None:
    if key == "when" and known.keys() >= {"_when"}:
        return "write `_when` to guard a table"
    if key == "_when" and "when" in known:
        return "write `when` in a source"
    for document, home in _HOMES.items():
        if key in options(document):
            hint = home.format(key)
            return hint if document != "condition" or "when" in known else hint.split(":")[0]
    if key in _below():
        return f"`{key}` belongs in `{_below()[key]}`"
    if key in options("settings"):
        return f"`{key}` is a setting of its own, beside the others"
    return None


@cache
def _below() -> dict[str, str]:
    """Options of fixed tables inside sources and tests, with the table they stand in."""
    owners = [*language("source").values(), *language("test").values()]
    return {name: owner.name for owner in owners for name in owner.below}


def _listing(known: Mapping[str, Option]) -> str:
    shown = list(known)
    return f"there are {', '.join(shown)}" if len(shown) <= 12 else UNLIKE_ANY
