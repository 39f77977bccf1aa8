"""The ``MOESIF_*`` lines of a ``.env`` file.

Flows in: the file's text. Flows out: names with their values and lines. The syntax is the
usual one: ``NAME=value``, ``export NAME=value``, single quotes keep everything, double quotes
know escapes, both may span lines; `` #`` starts a comment. Nothing is interpolated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(
    r"[^\S\n]*(?:export[^\S\n]+)?(?P<name>[^\s=#'\"]+)[^\S\n]*=[^\S\n]*"
    r"(?:'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"|(?P<bare>[^\n]*))",
    re.DOTALL,
)
_COMMENT = re.compile(r"(?:^|\s+)#.*")
_ESCAPE = re.compile(r"\\([\\'\"abfnrtv])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, slots=True)
class DotenvLine:
    """One variable of a ``.env`` file.

    Attributes:
        value: Its value, unquoted.
        line: The line of its name, from 1.
        column: The column of its name, from 1.
    """

    value: str = field(repr=False)
    line: int
    column: int


def read_dotenv(text: str) -> dict[str, DotenvLine]:
    """Read the variables of this package from the text of a ``.env`` file.

    Args:
        text: The whole file. Lines that are no assignment are passed over.

    Returns:
        Name to value and position, for names that begin with ``MOESIF_``; of a name that
        stands there twice the last one.
    """
    text = text.replace("\r\n", "\n")
    found: dict[str, DotenvLine] = {}
    at, line = 0, 1
    while at < len(text):
        match = _LINE.match(text, at)
        if match and match["name"].startswith("MOESIF_"):
            column = match.start("name") - at + 1
            found.pop(match["name"], None)
            found[match["name"]] = DotenvLine(_value(match), line, column)
        end = text.find("\n", match.end() if match else at)
        end = len(text) if end < 0 else end + 1
        line += text.count("\n", at, end)
        at = end
    return found


def _value(match: re.Match[str]) -> str:
    if match["single"] is not None:
        return re.sub(r"\\([\\'])", r"\1", match["single"])
    if match["double"] is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), match["double"])
    return _COMMENT.sub("", match["bare"]).rstrip()
