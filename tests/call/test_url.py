"""What stands in an event as its URI is a URL, whatever came and whatever was masked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call.url import parsable


@dataclass(frozen=True)
class Case:
    id: str
    url: str
    parsable: str


CASES = [
    Case("a masked host", "http://[REDACTED]/a", "http://REDACTED/a"),
    Case("a port after it", "http://[REDACTED]:80/[x]", "http://REDACTED:80/[x]"),
    Case("a part of a name", "http://[REDACTED].nip.io?a=1", "http://REDACTED.nip.io?a=1"),
    Case("masked user information", "https://[REDACTED]@h/?a=[1]", "https://REDACTED@h/?a=[1]"),
    Case("both", "https://[REDACTED]@[REDACTED]#x", "https://REDACTED@REDACTED#x"),
    Case("an IPv6 address", "http://[::1]:80/[REDACTED]", "http://[::1]:80/[REDACTED]"),
    Case("masked before an IPv6 address", "http://[REDACTED]@[::1]/", "http://REDACTED@[::1]/"),
    Case("a masked IPv6 address", "http://[[REDACTED]]:80/", "http://%5BREDACTED%5D:80/"),
    Case("no IPv6 address", "http://[::zz]/", "http://%5B::zz%5D/"),
    Case("an open bracket", "http://[/a", "http://%5B/a"),
    Case("a closed bracket", "http://a]b", "http://a%5Db"),
    Case("another place", "http://h/[REDACTED]", "http://h/[REDACTED]"),
    Case("no authority", "[x]", "[x]"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_brackets_stay_around_ipv6_addresses_alone(case: Case) -> None:
    assert parsable(case.url) == case.parsable
    assert parsable(case.parsable) == case.parsable


@given(st.text("[]:@%/?#.a1f", max_size=20))
def test_any_authority_gives_a_url(rest: str) -> None:
    assert urlsplit(parsable(f"http://{rest}")).scheme == "http"
