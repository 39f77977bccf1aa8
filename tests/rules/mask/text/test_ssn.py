"""US social security numbers; neighbours in shape stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("us_ssn")


FOUND = [
    Case("hyphens", "123-45-6789", "#"),
    Case("spaces", "123 45 6789", "#"),
    Case("mixed", "123-45 6789", "#"),
    Case("in a sentence", "SSN: 123-45-6789.", "SSN: #."),
    Case("between letters", "ssn123-45-6789x", "ssn#x"),
    Case("in json", '{"ssn":"078-05-1120"}', '{"ssn":"#"}'),
    Case("low area", "001-01-0001", "#"),
    Case("area before the forbidden one", "665-01-0001", "#"),
    Case("area after the forbidden one", "667-01-0001", "#"),
    Case("high area", "899-99-9999", "#"),
    Case("after a number and a space", "5 123 45 6789", "5 #"),
    Case("after a number and a hyphen", "12-123-45-6789", "12-#"),
    Case("before a number", "123-45-6789 1", "# 1"),
    Case("two", "123-45-6789,123-45-6788", "#,#"),
    Case("two with a space", "123-45-6789 123-45-6788", "# #"),
    Case("typographic hyphens", "123\u201145\u20116789", "#"),
    Case("no-break spaces", "123\u00a045\u00a06789", "#"),
    Case("full-width digits", "１２３-４５-６７８９", "#"),  # noqa: RUF001
    Case("in a query", "?ssn=123-45-6789&a=1", "?ssn=#&a=1"),
    Case("beside a lone surrogate and NUL", "\ud800123-45-6789\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "999-12-3456",
        "123-00-4567",
        "123-45-0000",
        "1123-45-6789",
        "123-45-67890",
        "123456789",
        "123.45.6789",
        "123/45/6789",
        "12-345-6789",
        "123-456-789",
        "123--45--6789",
        "123-4-56789",
        "2024-05-01",
        "415-555-2671",
        "978-3-16-148410-0",
        "***-**-6789",
        "[REDACTED]",
        "12-34-5678",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id))
def test_a_social_security_number_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


@given(st.text(), st.from_regex(r"[1-5][0-9]{2}[- ][1-9][0-9][- ][1-9][0-9]{3}", fullmatch=True))
def test_no_number_in_any_text_stays(around: str, number: str) -> None:
    if number.isascii() and not around[-1:].isdecimal() and not around[:1].isdecimal():
        assert number not in masked(around + number + around)
