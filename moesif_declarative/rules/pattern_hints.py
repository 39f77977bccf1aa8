r"""What to write instead of what RE2 does not take, or takes otherwise than meant.

Flows in: a pattern and RE2's complaint. Flows out: a hint for the user.
"""

from __future__ import annotations

import re
from typing import Final

_PYTHON_ENGINE: Final = 'or set engine = "python" beside the pattern'

_HINTS: Final[tuple[tuple[str, str], ...]] = (
    (r"named capture", "write (?P<name>…) with letters, digits and _ in the name"),
    (
        r"\(\?(?:=|!|<=|<!)",
        f"RE2 has no look-around: match more and keep a group, {_PYTHON_ENGINE}",
    ),
    (r"\\[1-9]", f"RE2 has no back-references: write the part out again, {_PYTHON_ENGINE}"),
    (r"\(\?P$|\\k", f"RE2 has no named back-references: write the part again, {_PYTHON_ENGINE}"),
    (r"\\Z", r"write \z for the end of the text"),
    (r"\\[uU]", r"write \x{41} with the character's number in hexadecimal"),
    (r"\\N", r"write the character itself, or \x{2014} with its number in hexadecimal"),
    (r"\\x", r"write \x41 or \x{2014}: two hexadecimal digits, or any number of them in braces"),
    (r"\\R", r"write (?:\r\n|\n|\r)"),
    (r"\\h", r"write [ \t]"),
    (r"operator: .\+$", f"RE2 never backtracks: leave the second + out, {_PYTHON_ENGINE}"),
    (r"repetition operator", "put parentheses around the first repetition, or leave one out"),
    (r"\(\?>", f"RE2 never backtracks: write (?:…), {_PYTHON_ENGINE}"),
    (r"\(\?#", f"RE2 has no comments: leave it out, {_PYTHON_ENGINE}"),
    (r"\(\?\(", f"RE2 has no conditionals: write both ways with |, {_PYTHON_ENGINE}"),
    (r"\(\?[a-zA-Z]", f"RE2 knows the flags i, m, s and U, {_PYTHON_ENGINE}"),
    (r"repetition size", "RE2 repeats at most 1000 times, nested counts multiplied: use + or *"),
    (r"too large", "RE2 keeps a pattern within a few megabytes: make its counts smaller"),
    (r"\\p|\\P", r"write \p{L} for letters, \p{N} for numbers, \p{Greek} for a script"),
    (r"class range", r"write the smaller character first, and \- for a hyphen itself"),
    (r"missing \)|unexpected \)", r"close every parenthesis, or write \( or \) for the character"),
    (r"missing \]", r"close the bracket, or write \[ for the character itself"),
    (r"no argument", "put what is to be repeated before it, or a backslash for the character"),
    (r"trailing", r"write \\ for a backslash itself"),
    (r"invalid escape", "take the backslash away if the character itself is meant"),
)


def re2_hint(complaint: str, source: str) -> str:
    """Say how to mend a pattern that RE2 refused.

    Args:
        complaint: RE2's own words.
        source: The pattern.

    Returns:
        The hint, ``""`` where nothing helpful can be said.
    """
    if "operator: (?P" in complaint and "(?P=" not in source:
        return "write (?P<name>…) for a named group"
    return next((hint for sign, hint in _HINTS if re.search(sign, complaint)), "")


_TOKEN: Final = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\{,\d+\}|.", re.DOTALL
)


def re2_trap(source: str) -> tuple[str, str] | None:
    r"""Find what RE2 takes, but not as anyone means it.

    ``\C`` would cut characters apart; ``{,3}`` is the five characters, not a count.

    Returns:
        Message and hint, None if there is no such thing.
    """
    tokens = _TOKEN.findall(source)
    if r"\C" in tokens:
        return r"\C matches a single byte and would cut characters apart", "write (?s:.)"
    for token in tokens:
        if token.startswith("{,"):
            return (
                f"RE2 reads {token} as text, not as a count",
                f"write {{0{token[1:]} for the count, or \\{token} for the text",
            )
    return None
