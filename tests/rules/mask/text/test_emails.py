"""E-mail addresses in any script; what only looks like one stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("emails")


FOUND = [
    Case("alone", "a@b.co", "#"),
    Case("in a sentence", "Write to jane.doe@example.com.", "Write to #."),
    Case("with a tag", "jane+news@example.co.uk", "#"),
    Case("in angle brackets", "Jane <jane@example.com>", "Jane <#>"),
    Case("in json", '{"email":"jane@example.com"}', '{"email":"#"}'),
    Case("in a query", "?email=jane@example.com&x=1", "?email=#&x=1"),
    Case("after mailto", "mailto:jane@example.com?subject=x", "mailto:#?subject=x"),
    Case("in single quotes", "'jane@example.com'", "'#'"),
    Case("with an apostrophe", "o'brien@example.ie", "#"),
    Case("with a quoted local part", '"jane doe"@example.com', "#"),
    Case("with a literal address", "jane@[192.168.0.1]", "#"),
    Case("with a literal version 6 address", "jane@[IPv6:2001:db8::1]", "#"),
    Case("umlauts", "jürgen@müller.de", "#"),
    Case("cyrillic", "почта@пример.рф", "#"),
    Case("devanagari", "संपर्क@डाटामेल.भारत", "#"),
    Case("punycode", "a@xn--80akhbyknj4f.xn--p1ai", "#"),
    Case("ideographs with ideographic punctuation", "邮箱：ab@example.com。", "邮箱：#。"),  # noqa: RUF001
    Case("full-width sign", "jane＠example.com", "#"),  # noqa: RUF001
    Case("two", "a@b.co, c@d.org", "#, #"),
    Case("long top level domain", "a@b.photography", "#"),
    Case("upper case", "JANE@EXAMPLE.COM", "#"),
    Case("digits", "123@456.com", "#"),
    Case("signs before the at", "to=a=@b.co", "to=#"),
    Case("nothing but signs", "=!@b.co", "#"),
    Case("underscore and hyphen", "_a-b_@c-d.io", "#"),
    Case("beside a lone surrogate and NUL", "\ud800a@b.co\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "@",
        "a@b",
        "a@b.c",
        "@example.com",
        "a@",
        "a@.com",
        "a @b.co",
        "a@ b.co",
        "a@b..co",
        "root@localhost",
        "@types/node@18.2.0",
        "pkg@1.2.3",
        "user@10.0.0.1",
        "@jane said hi",
        '"@example.com"',
        "#[REDACTED]",
        "a@b,co",
        "decorators: @app.route",
        "x@@y",
        "price @ 3.50",
        "jane at example.com",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id))
def test_an_address_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


@given(before=st.text(), address=st.emails(), after=st.text())
def test_no_address_in_any_text_stays_whole(before: str, address: str, after: str) -> None:
    assert address not in masked(before + address + after)


@given(st.text().filter(lambda text: "@" not in text and "＠" not in text))  # noqa: RUF001
def test_a_text_without_the_sign_is_unchanged(text: str) -> None:
    assert masked(text) == text
