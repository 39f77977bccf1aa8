"""The shadow of a text: a byte for each character, and ASCII twins for what looks like ASCII."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.mask.text.shadow import shadow


def test_every_decimal_digit_of_unicode_has_its_twin() -> None:
    digits = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isdecimal()]
    assert shadow("".join(digits)).decode() == "".join(
        str(unicodedata.decimal(digit)) for digit in digits
    )


def test_every_space_of_unicode_is_a_space() -> None:
    spaces = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Zs"]
    assert shadow("".join(spaces)) == b" " * len(spaces)


def test_what_has_no_twin_is_a_question_mark_and_a_question_mark_is_not() -> None:
    assert shadow("a?é中\U0001f600\ud800\0－Ａ") == b"a\0????\0-A"  # noqa: RUF001


@given(st.text(st.characters()))
def test_a_shadow_has_a_byte_for_each_character_and_keeps_ascii(text: str) -> None:
    seen = shadow(text)
    assert len(seen) == len(text)
    assert all(
        chr(byte) == char
        for byte, char in zip(seen, text, strict=True)
        if char.isascii() and char != "?"
    )
