"""IBANs in any case and grouping; what fails country, length or check stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("iban")


FOUND = [
    Case("germany", "DE89370400440532013000", "#"),
    Case("germany in groups", "DE89 3704 0044 0532 0130 00", "#"),
    Case("germany with hyphens", "DE89-3704-0044-0532-0130-00", "#"),
    Case("united kingdom", "GB82 WEST 1234 5698 7654 32", "#"),
    Case("france", "FR1420041010050500013M02606", "#"),
    Case("netherlands", "NL91ABNA0417164300", "#"),
    Case("norway, the shortest", "NO9386011117947", "#"),
    Case("malta", "MT84MALT011000012345MTLCAST001S", "#"),
    Case("saint lucia", "LC55HEMM000100010012001200023015", "#"),
    Case("saudi arabia", "SA0380000000608010167519", "#"),
    Case("brazil", "BR1800360305000010009795493C1", "#"),
    Case("switzerland", "CH9300762011623852957", "#"),
    Case("poland", "PL61109010140000071219812874", "#"),
    Case("lower case", "de89 3704 0044 0532 0130 00", "#"),
    Case("mixed case", "Gb82West12345698765432", "#"),
    Case("odd groups", "DE 89 37040044 0532 0130 00", "#"),
    Case("in a sentence", "To DE89 3704 0044 0532 0130 00 please", "To # please"),
    Case("after a label", "IBAN:DE89370400440532013000,", "IBAN:#,"),
    Case("between letters", "xDE89370400440532013000y", "x#y"),
    Case("in json", '{"iban":"DE89370400440532013000"}', '{"iban":"#"}'),
    Case("two", "DE89370400440532013000 NL91ABNA0417164300", "# #"),
    Case("no-break spaces", "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "#"),
    Case("full-width", "ＤＥ89370400440532013000", "#"),  # noqa: RUF001
    Case("not the country's structure, alone", "GB25123456789012345678", "#"),
    Case("beside a lone surrogate and NUL", "\ud800NL91ABNA0417164300\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "DE88370400440532013000",
        "DE8937040044053201300",
        "ZZ89370400440532013000",
        "DE89370400440532013001",
        "DE89  3704  0044  0532  0130  00",
        "DE89_3704_0044_0532_0130_00",
        "GB82 WEST 1234 5698 7654 33",
        "89370400440532013000",
        "D E89370400440532013000",
        "xGB25123456789012345678",
        "GB25123456789012345678x",
        "at 10 am on the first floor of the house",
        "no 12 people came to the party last year",
        "[REDACTED]",
        "DE",
        "DE89",
        "AD11AD11AD11AD11AD11AD11AD11AD11",
        "1234567890123456789012",
        "is 14 a number or is it a word of letters",
        "/DE/89/370400440532013000",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id))
def test_an_iban_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country, digits = draw(st.sampled_from([("DE", 18), ("ES", 20), ("BE", 12), ("PL", 24)]))
    account = draw(st.text("0123456789", min_size=digits, max_size=digits))
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    iban = f"{country}{98 - number % 97:02}{account}"
    grouped = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    return draw(st.sampled_from([iban, iban.lower(), grouped, grouped.replace(" ", "-")]))


@given(before=st.text(), iban=ibans(), after=st.text())
def test_no_iban_in_any_text_stays(before: str, iban: str, after: str) -> None:
    assert iban not in masked(before + iban + after)
