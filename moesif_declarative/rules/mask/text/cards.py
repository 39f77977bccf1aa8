"""Card numbers: 13 to 19 digits with single spaces or hyphens between them, Luhn-checked.

A number may stand in a longer row of numbers ("1 4111 1111 1111 1111"). So every window of
the row that begins and ends between two groups of digits is checked, and all that pass the
check are masked; those that overlap are one place, as nobody can tell which is the card. A
window never begins or ends inside a group: 4111111111111111 in 94111111111111111 is none.
The digits of a UUID are no row. Luhn's check is ISO/IEC 7812-1, annex B.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span, merge, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.text.uuids import without_uuids

_FEWEST: Final = 13
_MOST: Final = 19
_SEPARATORS: Final = b" -"
_ROW: Final = compile_ascii(rf"[0-9](?:[ -]?[0-9]){{{_FEWEST - 1},}}")

# A digit's share of the checksum: itself at every second place from the right, else doubled,
# the digits of the product added.
_PLAIN: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_NO_START: Final = 255


def card_spans(seen: bytes) -> list[Span]:
    """Find the card numbers in a shadow."""
    if _ROW.search(seen) is None:
        return []
    rows = _ROW.finditer(without_uuids(seen))
    return merge(chain.from_iterable(_windows(row.group(), row.start()) for row in rows))


def _windows(row: bytes, offset: int) -> Iterator[Span]:
    """Give every window of a row that passes Luhn's check; of those with one end, the longest.

    The checksum of a window is a difference of two running sums, so that a row takes time
    linear in its length: one sum doubles the digits at even places, one those at odd places.
    """
    digits = row.translate(None, _SEPARATORS)
    places = [at for at, byte in enumerate(row) if byte not in _SEPARATORS]
    count = len(digits)
    # Groups begin where a separator was passed over; the end of the row ends one, too.
    begins = [at for at in range(1, count) if places[at] - places[at - 1] > 1]
    sums = tuple(_running(digits, doubled) for doubled in (0, 1))
    starts = tuple(_only_at((0, *begins), running) for running in sums)
    for end in (*begins, count):
        if end < _FEWEST:
            continue
        # The last digit, at end - 1, is not doubled: the sum that doubles those at end's parity.
        parity = end % 2
        first = max(0, end - _MOST)
        start = starts[parity].find(sums[parity][end], first, end - _FEWEST + 1)
        if start >= 0:
            yield offset + places[start], offset + places[end - 1] + 1


def _running(digits: bytes, doubled: int) -> bytes:
    """Sum a row's digits, modulo 10, those at places of one parity doubled."""
    shares = bytearray(digits.translate(_PLAIN))
    shares[doubled::2] = digits[doubled::2].translate(_DOUBLED)
    return bytes(total % 10 for total in accumulate(shares, initial=0))


def _only_at(places: Iterable[int], running: bytes) -> bytes:
    kept = bytearray([_NO_START]) * len(running)
    for place in places:
        kept[place] = running[place]
    return bytes(kept)


_SIGN: Final = Sign(rf"[0-9](?:[ -]?[0-9]){{{_FEWEST - 1}}}", "shadow")
CREDIT_CARDS: Final = span_detector("credit_cards", lambda text: card_spans(shadow(text)), _SIGN)
