"""Phone numbers by their shape; dates, times, ids, addresses, cards and integers stay."""

from __future__ import annotations

import pytest

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("phone_numbers")


FOUND = [
    Case("E.164", "+14155552671", "#"),
    Case("international with spaces", "+44 20 7946 0958", "#"),
    Case("international with everything", "+1 (415) 555-2671", "#"),
    Case("international with a trunk zero", "+49 (0)30 123456", "#"),
    Case("international with dots", "+33.6.12.34.56.78", "#"),
    Case("international and a date", "+49 30 123456 2024-05-01", "# 2024-05-01"),
    Case("american and a count", "+1 415 555 2671 5 times", "# 5 times"),
    Case("two international", "+14155552671,+442079460958", "#,#"),
    Case("brazil", "+55 21 2345-6789", "#"),
    Case("shortest international", "+6834000", "#"),
    Case("glued to a label", "tel:+14155552671", "tel:#"),
    Case("area code in parentheses", "(415) 555-2671", "#"),
    Case("area code in parentheses, tight", "call (415)555-2671.", "call #."),
    Case("brazilian mobile", "(11) 98765-4321", "#"),
    Case("russian", "8 (495) 123-45-67", "#"),
    Case("american hyphens", "415-555-2671", "#"),
    Case("american dots", "415.555.2671", "#"),
    Case("american spaces", "415 555 2671", "#"),
    Case("american with the one", "1-415-555-2671", "#"),
    Case("american local", "ring 555-2671", "ring #"),
    Case("in a list", "17,415-555-2671,5", "17,#,5"),
    Case("before a count", "415-555-2671 2 times", "# 2 times"),
    Case("german", "030 1234567", "#"),
    Case("german with a slash", "0171/1234567", "#"),
    Case("british", "020 7946 0958", "#"),
    Case("french", "06 12 34 56 78", "#"),
    Case("french dots", "06.12.34.56.78", "#"),
    Case("two french", "06 12 34 56 78 06 12 34 56 79", "# #"),
    Case("japanese", "03-1234-5678", "#"),
    Case("korean", "010-1234-5678", "#"),
    Case("international prefix", "0049 30 123456", "#"),
    Case("spanish", "612 345 678", "#"),
    Case("spanish pairs", "612 34 56 78", "#"),
    Case("indian", "98765 43210", "#"),
    Case("chinese", "138 0013 8000", "#"),
    Case("mexican", "55 1234 5678", "#"),
    Case("full-width", "＋１４１５５５５２６７１", "#"),  # noqa: RUF001
    Case("beside a lone surrogate and NUL", "\ud800+14155552671\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "12345678",
        "4155552671",
        "0123456789",
        "1234567890123456",
        "+12",
        "+123456",
        "+0123456789",
        "+12345678901234567890",
        "1+1234567",
        "2024-05-01",
        "2024-05-01 12:30:45",
        "2024-05-01T12:30:45.123456+02:00",
        "01.05.2024 12:30",
        "01/05/2024",
        "05-01-2024",
        "12:30:45",
        "192.168.100.200",
        "10.0.19041.1234",
        "1.2.3.4.5",
        "2001:db8::1234:5678",
        "123e4567-e89b-12d3-a456-426614174000",
        "12345678-1234-1234-1234-123456789012",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "123-45-6789",
        "12345-6789",
        "1 234 567",
        "1.234.567,89",
        "3.14159265358979",
        "0.123456789",
        "(2019) 1234-1240",
        "(1) 1234567",
        "SKU415-555-2671",
        "1-2-3-4-5-6-7-8",
        "100 200 300 400",
        "2020-2021",
        "-33.8688, 151.2093",
        "[REDACTED]",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id))
def test_a_phone_number_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked
