"""Rules that an earlier one leaves nothing.

Flows in: the rules of one setting, in order. Flows out: warnings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moesif_declarative.doubts.values import texts
from moesif_declarative.errors import Problems
from moesif_declarative.rules.glob import compile_globs
from moesif_declarative.schema.settings import RuleTable

_BESIDE: Final = frozenset({"action", "rate", "by"})
"""Options of SKIP and SAMPLE rules that are no part of their conditions."""
_GLOBS: Final = frozenset({"path", "host", "url", "method"})
_ANY_CASE: Final = frozenset({"host", "method"})
_MOST_RULES: Final = 500
"""Each rule is compared with all before it; the ones after these many are not looked at."""
_STATUSES: Final = range(100, 1000)
_COMPARED: Final = re.compile(r"(>=|<=|>|<)(\d{3})")


def doubt_conditions(rules: Sequence[RuleTable], problems: Problems) -> None:
    """Warn of a rule that an earlier one, which matches first, leaves nothing."""
    rules = rules[:_MOST_RULES]
    conditions = [_condition(rule) for rule in rules]
    for position, rule in enumerate(rules):
        for earlier, condition in zip(rules[:position], conditions, strict=False):
            if _covers(condition, conditions[position]):
                _unreachable(rule, earlier, "matches whatever this one matches", problems)
                break


def doubt_chain(rules: Sequence[RuleTable], problems: Problems) -> None:
    """Warn of a source after one that always has a value."""
    for position, rule in enumerate(rules[:-1]):
        if _always_gives(rule.table):
            for later in rules[position + 1 :]:
                _unreachable(later, rule, "always has a value", problems)
            return


def _unreachable(rule: RuleTable, earlier: RuleTable, why: str, problems: Problems) -> None:
    message = f"is never reached: `{earlier.place.key}` ({earlier.place.origin}) {why}"
    hint = "let it come first with `order = -1`, or take it out"
    problems.warning("rule-unreachable", rule.place, message, hint)


def _condition(rule: RuleTable) -> dict[str, Any]:
    return {key: value for key, value in rule.table.items() if key not in _BESIDE}


def _always_gives(table: Mapping[str, Any]) -> bool:
    if "when" in table:
        return False
    certain = table.get("default")
    if certain is None and table.keys() <= {"value"}:
        certain = table["value"]
    return certain is not None and certain != ""


def _covers(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Tell whether the one condition holds wherever the other does; False where in doubt."""
    if earlier.get("ignore_case") != later.get("ignore_case"):
        return False
    return all(key in later and _part_covers(key, earlier[key], later[key]) for key in earlier)


def _part_covers(key: str, earlier: Any, later: Any) -> bool:
    if earlier == later:
        return True
    if key == "status":
        return _statuses(later) <= _statuses(earlier)
    if key not in _GLOBS:
        return False
    globs = texts(earlier)
    return all(any(_glob_covers(key, glob, text) for glob in globs) for text in texts(later))


def _glob_covers(key: str, glob: str, text: str) -> bool:
    """Tell whether every text of the one glob is one of the other's."""
    if "*" not in glob and "?" not in glob:
        return glob == text or (key in _ANY_CASE and glob.lower() == text.lower())
    # A `*` may stand for any text, and no glob but one with a `*` at that place takes them all.
    matches = compile_globs(glob, ignore_case=key in _ANY_CASE)
    stands_for = ("", "a", "/", "a/b.c", "\N{PILE OF POO}?&=0" * 3)
    if "*" not in text and "?" not in text:
        return matches(text)
    return all(matches(text.replace("*", run).replace("?", run[:1] or "b")) for run in stands_for)


def _statuses(value: Any) -> set[int]:
    found: set[int] = set()
    for item in value if isinstance(value, list | tuple) else [value]:
        text = str(item).replace(" ", "").lower()
        if compared := _COMPARED.fullmatch(text):
            sign, bound = compared[1], int(compared[2])
            found |= {
                status
                for status in _STATUSES
                if (status > bound and ">" in sign)
                or (status < bound and "<" in sign)
                or (status == bound and "=" in sign)
            }
        elif text.endswith("xx"):
            found |= {status for status in _STATUSES if str(status)[0] == text[0]}
        else:
            low, _, high = text.partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    return found
