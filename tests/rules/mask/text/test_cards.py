"""Card numbers: found with separators, in rows and in any digits; nothing else touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.mask.text import PRESETS
from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("credit_cards")


FOUND = [
    Case("visa in one piece", "4111111111111111", "#"),
    Case("visa with spaces", "pay 4111 1111 1111 1111 now", "pay # now"),
    Case("visa with hyphens", "4111-1111-1111-1111", "#"),
    Case("mixed separators", "4111-1111 1111-1111", "#"),
    Case("odd groups", "41 111 1111-111-1-11 1", "#"),
    Case("thirteen digits", "4222222222222", "#"),
    Case("fourteen digits", "3056 930902 5904", "#"),
    Case("fifteen digits", "3782 822463 10005", "#"),
    Case("nineteen digits", "6304 0000 0000 0000 000", "#"),
    Case("mastercard", "5555555555554444", "#"),
    Case("discover", "6011000990139424", "#"),
    Case("between letters", "card4111111111111111x", "card#x"),
    Case("between underscores", "_4111111111111111_", "_#_"),
    Case("in quotes", '"4111111111111111"', '"#"'),
    Case("after a number and a space", "1 4111 1111 1111 1111", "1 #"),
    Case("after a number and a hyphen", "7-4111-1111-1111-1111", "7-#"),
    Case("before a number", "4111 1111 1111 1111 0", "# 0"),
    Case("two in a row with a space", "4111111111111111 5500005555555559", "# #"),
    Case("two with a comma", "4111111111111111,5500005555555559", "#,#"),
    Case("after two spaces", "1  4111 1111 1111 1111", "1  #"),
    Case("full-width digits", "４１１１１１１１１１１１１１１１", "#"),  # noqa: RUF001
    Case("arabic digits", "٤١١١ ١١١١ ١١١١ ١١١١", "#"),  # noqa: RUF001
    Case("mixed scripts", "é 4111 1111 1111 １１１１", "é #"),  # noqa: RUF001
    Case("no-break spaces", "4111\u00a01111\u00a01111\u00a01111", "#"),
    Case("typographic hyphens", "4111\u20101111\u20111111\u20131111", "#"),
    Case("beside a lone surrogate and NUL", "\ud8004111111111111111\0", "\ud800#\0"),
    Case("all zeros pass the check", "0000000000000000", "#"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "4111111111111112",
        "411111111111",
        "94111111111111111",
        "41111111111111111",
        "4111111111111111000000000",
        "4111.1111.1111.1111",
        "4111  1111  1111  1111",
        "4111--1111--1111--1111",
        "4111\n1111\n1111\n1111",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "123e4567-e89b-12d3-a456-426614174000",
        "4d4c5a1e-4111-4111-8111-111111111111",
        "[REDACTED]",
        "************1111",
        "2024-05-01T12:30:45Z",
        "1234567890123",
        "12345678901234567890123456",
        "no digits at all",
        "-- -- --",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id))
def test_a_card_number_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


def luhn(digits: str) -> bool:
    shares = [int(d) for d in digits[::-1]]
    return sum(s if n % 2 == 0 else s // 5 + s * 2 % 10 for n, s in enumerate(shares)) % 10 == 0


@st.composite
def cards(draw: st.DrawFn) -> str:
    body = draw(st.text("0123456789", min_size=12, max_size=18))
    digits = next(body + check for check in "0123456789" if luhn(body + check))
    return "".join(digit + draw(st.sampled_from(["", "", " ", "-"])) for digit in digits).strip(
        " -"
    )


@given(before=st.text(), card=cards(), after=st.text())
def test_a_card_number_in_any_text_is_masked(before: str, card: str, after: str) -> None:
    if before[-1:].isdecimal() or after[:1].isdecimal():
        return
    assert card not in masked(before + card + after)


@given(
    rest=st.lists(st.integers(0, 99999).map(str), max_size=8), card=cards(), at=st.integers(0, 8)
)
def test_a_card_number_in_a_row_of_numbers_is_masked(rest: list[str], card: str, at: int) -> None:
    assert card not in masked(" ".join([*rest[:at], card, *rest[at:]]))


@given(st.text("0123456789 -x", max_size=60))
def test_the_windows_found_are_those_of_a_plain_search(text: str) -> None:
    hit = masked(text) != text
    assert hit == any(
        luhn(digits)
        for start in range(len(text))
        for end in range(start + 13, len(text) + 1)
        if 13 <= len(digits := text[start:end].replace(" ", "").replace("-", "")) <= 19
        and digits.isdigit()
        and text[start].isdigit()
        and text[end - 1].isdigit()
        and not any(pair in text[start:end] for pair in ("  ", "--", " -", "- "))
        and not text[max(0, start - 1) : start].isdigit()
        and not text[end : end + 1].isdigit()
    )


def test_windows_that_overlap_are_one_place() -> None:
    row = "0 0000 0000 0000 0000 0"
    assert PRESETS["credit_cards"].replace(row, lambda match: f"<{match.text}>") == (f"<{row}>", 1)
