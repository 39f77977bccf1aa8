r"""Phone numbers, by their shape: international, or national with separators.

International: a ``+``, then 7 to 15 digits (E.164) that begin with 1 to 9, with up to three of
``( ) . - /`` and space between them. Not right after a digit (1+1234567).

National, never inside a word or a longer row of digits with hyphens, dots or slashes:

- an area code in parentheses (2 to 5 digits, but no year), 7 to 15 digits in all:
  (415) 555-2671, 8 (495) 123-45-67;
- a leading zero and 9 to 15 digits in groups of two and more: 030 1234567, 06 12 34 56 78,
  0171/1234567, 020 7946 0958; with dots only in pairs (06.12.34.56.78);
- without a leading zero only the shapes that are phone numbers nearly everywhere they stand:
  415-555-2671 and 1-415-555-2671 (also with spaces or dots), 555-2671 (hyphen, 2 to 9 first),
  612 345 678 and 612 34 56 78 (5 to 9 first), 98765 43210 (6 to 9 first), 138 0013 8000
  (13 to 19 first), 55 1234 5678, 11 98765-4321, 495 123-45-67.

Digits in one piece without a plus are never a phone number; nor are dates, times, UUIDs, IP
addresses, versions and card numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from moesif_declarative.rules.mask.text.addresses import ip_spans
from moesif_declarative.rules.mask.text.cards import card_spans
from moesif_declarative.rules.mask.text.detector import Span, merge, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.text.uuids import without_uuids

_FEWEST: Final = 7
_FEWEST_AFTER_ZERO: Final = 9
_MOST: Final = 15
_MOST_AMERICAN: Final = 11

# Every repetition is bounded: a search then never reads far beyond what it finds.
_INTERNATIONAL_SHAPE: Final = r"\+[1-9](?:[ ./()-]{0,3}[0-9]){6}"
_INTERNATIONAL: Final = compile_ascii(r"\+[1-9](?:[ ./()-]{0,3}[0-9]){6,15}")
_AREA: Final = r"(?:[0-9]{1,3}[ .-]?)?\([0-9]{2,5}\)[ ./-]?[0-9]{2,13}(?:[ ./-][0-9]{2,13}){0,4}"
_TRUNK: Final = r"0[0-9]{1,14}(?:[ /-][0-9]{2,15}){1,7}|0[0-9](?:\.[0-9]{2}){4}"
_SHAPES: Final = (
    r"(?:1[ .-])?[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{4}",
    r"[2-9][0-9]{2}-[0-9]{4}",
    r"[5-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{3}",
    r"[5-9][0-9]{2}[ -][0-9]{2}[ -][0-9]{2}[ -][0-9]{2}",
    r"[6-9][0-9]{4}[ -][0-9]{5}",
    r"1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}",
    r"[1-9][0-9] [0-9]{4,5}[ -][0-9]{4}",
    r"(?:8[ -])?[0-9]{3}[ -][0-9]{3}[ -][0-9]{2}[ -][0-9]{2}",
)
_NATIONAL_SHAPE: Final = rf"{_AREA}|{_TRUNK}|{'|'.join(_SHAPES)}"
_NATIONAL: Final = compile_ascii(_NATIONAL_SHAPE)
_YEAR_IN_BRACKETS: Final = re.compile(rb"\((?:19|20)\d\d\)")
_SEPARATOR: Final = re.compile(rb"[ ./()-]+")
_IN_ROW: Final = (b" ", b"-")
_JOINTS: Final = (b"-", b".", b"/")

_DATE: Final = compile_ascii(
    r"(?:19|20)[0-9]{2}(?:-[01]?[0-9]-[0-3]?[0-9]|/[01]?[0-9]/[0-3]?[0-9]|\.[01]?[0-9]\.[0-3]?[0-9])"
    r"|[0-3]?[0-9](?:-[0-3]?[0-9]-|/[0-3]?[0-9]/|\.[0-3]?[0-9]\.)(?:19|20)[0-9]{2}"
)
_TIME: Final = compile_ascii(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?")


def phone_spans(seen: bytes) -> list[Span]:
    """Find the phone numbers in a shadow."""
    international = b"+" in seen and _INTERNATIONAL.search(seen) is not None
    if not international and _NATIONAL.search(seen) is None:
        return []
    seen = _without_dates(without_uuids(seen))
    found = list(_international(seen)) if international else []
    seen = _blotted(seen, found)
    seen = _blotted(seen, ip_spans(seen))
    seen = _blotted(seen, [span for span in card_spans(seen) if _is_card(seen, *span)])
    return merge((*found, *_national(seen)))


def _is_card(seen: bytes, start: int, end: int) -> bool:
    """Tell whether a card number is no chance find in a row of phone numbers."""
    before, after = seen[max(0, start - 2) : start], seen[end : end + 2]
    in_row = (before[:1].isdigit() and before[1:] in _IN_ROW) or (
        after[1:].isdigit() and after[:1] in _IN_ROW
    )
    return not in_row and seen[start] != ord("0")


def _international(seen: bytes) -> Iterator[Span]:
    for match in _INTERNATIONAL.finditer(seen):
        start = match.start()
        end = _end_of_number(match.group())
        if end and not seen[max(0, start - 1) : start].isdigit():
            yield start, start + end


def _end_of_number(number: bytes) -> int:
    """Return where a number ends that may run into another one; 0 if it is too long for one."""
    most = _MOST_AMERICAN if number.startswith(b"+1") else _MOST
    digits = end = 0
    for group in re.finditer(rb"\d+", number):
        digits += len(group[0])
        if digits > most:
            break
        end = group.end() if digits >= _FEWEST else 0
    return end


def _national(seen: bytes) -> Iterator[Span]:
    at = 0
    while (match := _NATIONAL.search(seen, at)) is not None:
        start, end = match.span()
        end = start + _trimmed(match.group())
        if end > start and _stands_alone(seen, start, end):
            yield start, end
            at = end
        else:
            # Whatever begins in the same group of digits is as little alone.
            at = start + _first_group(match.group())


def _first_group(number: bytes) -> int:
    separator = _SEPARATOR.search(number, 1)
    return separator.end() if separator else len(number)


def _trimmed(number: bytes) -> int:
    """Return the length of the phone number that a shape begins with; 0 for none."""
    if b"(" in number:
        digits = len(_SEPARATOR.sub(b"", number))
        fits = _FEWEST <= digits <= _MOST and _YEAR_IN_BRACKETS.search(number) is None
        return len(number) if fits else 0
    if not number.startswith(b"0"):
        return len(number)
    return _trunk_length(number)


def _trunk_length(number: bytes) -> int:
    """Cut a row of groups after a leading zero: at 15 digits, and where the next number begins."""
    digits = end = 0
    for group in re.finditer(rb"\d+", number):
        another = digits >= _FEWEST_AFTER_ZERO and group[0].startswith(b"0")
        if another or digits + len(group[0]) > _MOST:
            break
        digits += len(group[0])
        end = group.end()
    return end if digits >= _FEWEST_AFTER_ZERO else 0


def _stands_alone(seen: bytes, start: int, end: int) -> bool:
    before, after = seen[max(0, start - 2) : start], seen[end : end + 2]
    if before[-1:].isalnum() or before[-1:] == b"_" or after[:1].isdigit():
        return False
    joined_before = before[:1].isdigit() and before[1:] in _JOINTS
    joined_after = after[1:].isdigit() and after[:1] in _JOINTS
    return not (joined_before or joined_after)


def _without_dates(seen: bytes) -> bytes:
    spans = [found.span() for scanner in (_DATE, _TIME) for found in scanner.finditer(seen)]
    return _blotted(seen, merge(spans))


def _blotted(seen: bytes, spans: list[Span]) -> bytes:
    """Put letters in the place of what is no phone number."""
    if not spans:
        return seen
    blotted = bytearray(seen)
    for start, end in spans:
        blotted[start:end] = b"x" * (end - start)
    return bytes(blotted)


_SIGN: Final = Sign(rf"{_INTERNATIONAL_SHAPE}|{_NATIONAL_SHAPE}", "shadow")
PHONE_NUMBERS: Final = span_detector("phone_numbers", lambda text: phone_spans(shadow(text)), _SIGN)
