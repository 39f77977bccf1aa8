"""IP addresses in all their text forms; versions, times and other rows stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("ip_addresses")


FOUND = [
    Case("version 4", "10.0.0.1", "#"),
    Case("version 4 in a sentence", "from 192.168.1.254.", "from #."),
    Case("version 4 with port", "10.0.0.1:8080", "#:8080"),
    Case("version 4 in a url", "http://10.0.0.1/x", "http://#/x"),
    Case("version 4 after a host name", "localhost/127.0.0.1:80", "localhost/#:80"),
    Case("version 4 with prefix length", "10.0.0.0/8", "#/8"),
    Case("version 4 padded", "010.001.000.255", "#"),
    Case("version 4 in a host name", "ip-10.0.0.1.example.com", "ip-#.example.com"),
    Case("version 4 between letters", "é10.0.0.1é", "é#é"),
    Case("list", "1.1.1.1, 8.8.8.8", "#, #"),
    Case("full-width", "１０.０.０.１", "#"),  # noqa: RUF001
    Case("loopback", "::1", "#"),
    Case("full version 6", "2001:0db8:0000:0000:0000:ff00:0042:8329", "#"),
    Case("compressed version 6", "2001:db8::ff00:42:8329", "#"),
    Case("upper case", "2001:DB8::A", "#"),
    Case("trailing colons", "2001:db8::", "#"),
    Case("embedded version 4", "::ffff:192.168.0.1", "#"),
    Case("embedded, compressed otherwise", "64:ff9b::192.0.2.33", "#"),
    Case("brackets", "[2001:db8::1]:443", "[#]:443"),
    Case("zone", "fe80::1%eth0 up", "# up"),
    Case("zone in a url", "http://[fe80::1%25en1]/", "http://[#]/"),
    Case("numbered zone", "fe80::1%12", "#"),
    Case("at the end of a sentence", "to 2001:db8::1.", "to #."),
    Case("before a colon", "2001:db8::1: refused", "#: refused"),
    Case("after a label", "addr:fe80::1", "addr:#"),
    Case("after a mail label", "IPv6:2001:db8::1", "IPv6:#"),
    Case("a label that might be a group", "2001:db8:0:0:0:0:0:1:443", "#"),
    Case("prefix length", "2001:db8::/32", "#/32"),
    Case("beside a lone surrogate and NUL", "\ud80010.0.0.1\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "1.2.3",
        "1.2.3.4.5",
        "1.3.6.1.4.1.311",
        "v1.2.3.4",
        "(v1.2.3.4)",
        "Chrome/120.0.0.0 Safari/537.36",
        "Edg/120.0.0.0",
        "256.1.1.1",
        "1.2.3.999",
        "1.2.3.4000",
        "12:30:45",
        "2024-05-01T12:30:45.123456+02:00",
        "::",
        "a::b::c",
        "std::vector<int>",
        "std::dead",
        "Foo::Bar",
        "p::before",
        "aa:bb:cc:dd:ee:ff",
        "12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:bc:de:f0:12:34:56:78",
        "1:2:3",
        "http://example.com:80",
        "key:value:other",
        "fffff::1",
        "1,2,3,4",
        "[REDACTED]",
        ":" * 200,
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id)[:60])
def test_an_ip_address_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


@given(address=st.ip_addresses(v=6), before=st.sampled_from(["", "ip=", '"', "(", "[", " ", "a "]))
def test_every_version_6_address_is_found_in_each_form(address: object, before: str) -> None:
    text = str(address)
    exploded = address.exploded  # type: ignore[attr-defined]
    if text != "::":
        assert masked(f"{before}{text}") == f"{before}#"
    assert masked(f"{before}{exploded}]") == f"{before}#]"


@given(address=st.ip_addresses(v=4), before=st.text(), after=st.text())
def test_no_version_4_address_in_any_text_stays(address: object, before: str, after: str) -> None:
    if before[-1:].isdecimal() or after[:1].isdecimal() or "." in before + after:
        return
    if before[-1:] in {"v", "V", "ｖ", "Ｖ", "．"} or after[:1] == "．":  # noqa: RUF001
        return
    assert str(address) not in masked(f"{before}{address}{after}")
