"""Base64 that was broken into lines, joined again.

Flows in: a text. Flows out: the text without the line breaks that stand in base64, and where
each of its places was before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow

# A line of base64 and its end: as it is, JSON-escaped or percent-encoded. Encoders break lines
# after 64 or 76 characters (RFC 7468, RFC 2045); what breaks them much sooner is no base64.
_LINE: Final = compile_ascii(
    r"[0-9A-Za-z+/_-]{16}((?:[\r\n]|\\+[rn]|%(?:25)*0[ADad])+[ \t]*)[0-9A-Za-z+/_-]"
)


@dataclass(frozen=True, slots=True)
class JoinedLines:
    """A text without its line breaks.

    Attributes:
        text: What is left.
        starts: Where, in ``text``, each piece after a line break begins.
        removed: How many characters were taken out before that piece, in all.
    """

    text: str
    starts: Sequence[int]
    removed: Sequence[int]

    def span_before(self, span: Span) -> Span:
        """Return where a span of ``text`` was in the text with its line breaks."""
        start, end = span
        return self._before(start), self._before(end - 1) + 1

    def _before(self, at: int) -> int:
        piece = bisect_right(self.starts, at)
        return at + (self.removed[piece - 1] if piece else 0)


def join_lines(text: str) -> JoinedLines | None:
    """Take the line breaks out of a text; None if it has none."""
    if not ("\n" in text or "\r" in text or "\\" in text or "%" in text):
        return None
    breaks = [found.span(1) for found in _LINE.finditer(shadow(text))]
    if not breaks:
        return None
    ends = [0, *(end for _, end in breaks)]
    begins = [*(start for start, _ in breaks), len(text)]
    pieces = [text[end:start] for end, start in zip(ends, begins, strict=True)]
    removed = list(accumulate(end - start for start, end in breaks))
    starts = [end - gone for (_, end), gone in zip(breaks, removed, strict=True)]
    return JoinedLines("".join(pieces), starts, removed)
