"""US social security numbers: three, two and four digits, hyphens or spaces between them.

Areas 000, 666 and 900 to 999, group 00 and serial number 0000 were never given out
(https://www.ssa.gov/employer/randomization.html). Nine digits without separators are not
taken for one: any number of that length would be. Digits right before or after make it
something else; letters and separators do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign

_PATTERN: Final = r"[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}"
_SHAPE: Final = compile_ascii(_PATTERN)


def ssn_spans(seen: bytes) -> Iterator[Span]:
    """Find the social security numbers in a shadow."""
    for found in _SHAPE.finditer(seen):
        start, end = found.span()
        # A shape with digits around it cannot hide another number: its last group is too long
        # for a first one, and its second group too short.
        before, after = seen[max(0, start - 1) : start], seen[end : end + 1]
        if not (before.isdigit() or after.isdigit()) and _was_given_out(found.group()):
            yield start, end


def _was_given_out(number: bytes) -> bool:
    area, group, serial = number[:3], number[4:6], number[7:]
    return area not in {b"000", b"666"} and area < b"900" and group != b"00" and serial != b"0000"


_SIGN: Final = Sign(_PATTERN, "shadow")
US_SSN: Final = span_detector("us_ssn", lambda text: ssn_spans(shadow(text)), _SIGN)
