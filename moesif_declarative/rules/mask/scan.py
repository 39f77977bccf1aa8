r"""One look at many texts: whether a detector may find anything in any of them.

Flows in, at startup: a detector and the rule it was compiled from. Flows out: a `Scan`, which
looks at all texts at once, joined. It may say yes for nothing, but never no for something: most
bodies hold nothing to mask, and are done after one look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from moesif_declarative.rules.mask.text import Detector
from moesif_declarative.rules.pattern import Pattern, PatternError, compile_pattern

Scan: TypeAlias = Callable[[Sequence[str]], bool]

# No detector takes a NUL for a part of what it looks for, nor for a line break.
_BETWEEN: Final = "\x00\n"
# The ends of a text, and what may take back that "^" and "$" are those of a line.
_TEXT_ENDS: Final = re.compile(r"\\[AzZ]|\(\?[A-Za-z]*-")


def scan_texts(detector: Detector) -> Scan:
    """Make a scan of a detector that does not ask where a text begins and ends."""
    replace = detector.replace
    return lambda texts: replace(_BETWEEN.join(texts), lambda _: "")[1] > 0


def scan_regex(table: Mapping[str, Any]) -> Scan | None:
    """Make a scan of a regex rule: the pattern, over lines.

    Args:
        table: The rule's table, which compiled.

    Returns:
        The scan; None for a pattern that joined texts could hide something from.
    """
    sources = table["regex"] if isinstance(table["regex"], list | tuple) else [table["regex"]]
    if table.get("engine", "re2") != "re2" or any(map(_TEXT_ENDS.search, sources)):
        return None
    patterns: list[Pattern] = []
    for source in sources:
        try:
            patterns.append(
                compile_pattern(f"(?m){source}", ignore_case=bool(table.get("ignore_case")))
            )
        except PatternError:
            return None
    return lambda texts: _found(patterns, "\n".join(texts))


def _found(patterns: Sequence[Pattern], text: str) -> bool:
    return any(pattern.found(text) for pattern in patterns)


def scan_userinfo(texts: Sequence[str]) -> bool:
    """Look for what every URL with user information has."""
    return any("@" in text and "//" in text for text in texts)


def may_find(scans: Sequence[Scan | None], texts: Sequence[str]) -> bool:
    """Whether any of the scans finds something; True where one of them is missing."""
    if not texts:
        return False
    return any(scan is None for scan in scans) or any(scan(texts) for scan in scans if scan)
