"""The client's address: the header order, and which proxies are believed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call.address import client_address

PEER = "198.51.100.9"


@dataclass(frozen=True)
class Case:
    id: str
    headers: dict[str, str]
    expected: str
    only: tuple[str, ...] = field(default=())
    trusted: tuple[str, ...] = field(default=())
    peer: str = PEER


CASES = [
    Case("no header", {}, PEER),
    Case("the left-most of several", {"X-Forwarded-For": "1.2.3.4, 5.6.7.8"}, "1.2.3.4"),
    Case("unknown is passed over", {"X-Forwarded-For": "unknown, 5.6.7.8"}, "5.6.7.8"),
    Case("garbage is passed over", {"X-Real-Ip": "abcd"}, PEER),
    Case("a port is taken off", {"X-Forwarded-For": "1.2.3.4:5678"}, "1.2.3.4"),
    Case("IPv6", {"X-Forwarded-For": "2001:db8::1"}, "2001:db8::1"),
    Case("IPv6 with a port", {"X-Forwarded-For": "[2001:db8::1]:443"}, "2001:db8::1"),
    Case("IPv6 with a zone", {"X-Real-Ip": "fe80::1%eth0"}, "fe80::1"),
    Case("the order", {"X-Real-Ip": "9.9.9.9", "X-Client-Ip": "8.8.8.8"}, "8.8.8.8"),
    Case("Forwarded", {"Forwarded": 'proto=http;For="[2001:db8::2]:80", for=1.1.1.1'},
         "2001:db8::2"),
    Case("an obfuscated hop", {"Forwarded": "for=_hidden, for=1.1.1.1"}, "1.1.1.1"),
    Case("only the named header", {"X-Client-Ip": "8.8.8.8", "X-Edge": "7.7.7.7"}, "7.7.7.7",
         only=("x-edge",)),
    Case("trusted: from the right", {"X-Forwarded-For": "6.6.6.6, 1.2.3.4, 10.0.0.2"}, "1.2.3.4",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: the peer is not", {"X-Forwarded-For": "6.6.6.6"}, PEER,
         trusted=("10.0.0.0/8",)),
    Case("trusted: nothing left of unknown", {"X-Forwarded-For": "6.6.6.6, unknown, 10.0.0.2"},
         "10.0.0.2", trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: nothing left of a hop that says nothing",
         {"Forwarded": "for=6.6.6.6, proto=http, for=10.0.0.2"}, "10.0.0.2",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: nothing left of an open quote",
         {"Forwarded": 'for=6.6.6.6, for="1.2.3.4, for=10.0.0.2'}, "10.0.0.1",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: what is quoted is no hop",
         {"Forwarded": 'for=1.2.3.4;by="x;for=6.6.6.6, for=6.6.6.6", for=10.0.0.2'}, "1.2.3.4",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: no more hops than anyone has",
         {"X-Forwarded-For": "6.6.6.6" + ", 10.0.0.2" * 200}, "10.0.0.2",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("a long way that names nobody", {"X-Forwarded-For": "x," * 200 + "6.6.6.6"}, PEER),
    Case("trusted: other headers do not count", {"X-Client-Ip": "6.6.6.6"}, "10.0.0.1",
         trusted=("10.0.0.0/8",), peer="10.0.0.1"),
    Case("trusted: IPv4 inside IPv6", {"X-Forwarded-For": "1.2.3.4"}, "1.2.3.4",
         trusted=("10.0.0.0/8",), peer="::ffff:10.0.0.1"),
    Case("IPv4 inside IPv6 is written as IPv4", {}, "1.2.3.4", peer="::ffff:1.2.3.4"),
    Case("IPv4 inside IPv6 in a header too", {"X-Real-Ip": "::FFFF:0102:0304"}, "1.2.3.4"),
]  # fmt: skip

TRUSTED = ("10.0.0.0/8", "2001:db8:ffff::/48")
WALKED = [
    ("an IPv6 hop with a port", {"Forwarded": 'for="[2001:db8::1]:4711"'}, "2001:db8::1"),
    ("an IPv6 hop without quotes", {"Forwarded": "for=[2001:DB8::1]"}, "2001:db8::1"),
    ("names in any case", {"Forwarded": 'FOR=1.2.3.4;PROTO=https, For="10.0.0.9:81"'}, "1.2.3.4"),
    ("an obfuscated hop", {"Forwarded": "for=1.2.3.4, for=_hidden, for=10.0.0.2"}, "10.0.0.2"),
    ("an obfuscated port", {"Forwarded": 'for="1.2.3.4:_port"'}, "1.2.3.4"),
    ("unknown", {"Forwarded": "for=1.2.3.4, for=unknown, for=10.0.0.2"}, "10.0.0.2"),
    ("unknown with a port", {"Forwarded": 'for=1.2.3.4, for="unknown:80"'}, "10.0.0.1"),
    ("a comma in quotes", {"Forwarded": 'for=1.2.3.4;host="a,b;for=6.6.6.6"'}, "1.2.3.4"),
    ("an escaped quote", {"Forwarded": r'for=1.2.3.4;host="a\",for=6.6.6.6;x="'}, "1.2.3.4"),
    ("an escaped address", {"Forwarded": r'for="\1.2.3.4"'}, "10.0.0.1"),
    ("an empty hop", {"Forwarded": "for=6.6.6.6, , for=10.0.0.2"}, "10.0.0.2"),
    ("a comma at the end", {"Forwarded": "for=6.6.6.6,"}, "10.0.0.1"),
    ("several headers, joined", {"Forwarded": "for=6.6.6.6, for=1.2.3.4, for=10.0.0.3"},
     "1.2.3.4"),
    ("Forwarded before X-Forwarded-For",
     {"Forwarded": "for=1.2.3.4", "X-Forwarded-For": "6.6.6.6"}, "1.2.3.4"),
    ("a trusted IPv6 hop", {"X-Forwarded-For": "6.6.6.6, 1.2.3.4, [2001:db8:ffff::1]:80"},
     "1.2.3.4"),
    ("a trusted hop inside IPv6", {"X-Forwarded-For": "1.2.3.4, ::ffff:10.0.0.5"}, "1.2.3.4"),
    ("a client inside IPv6", {"X-Forwarded-For": "6.6.6.6, ::ffff:1.2.3.4"}, "1.2.3.4"),
    ("a zone", {"X-Forwarded-For": "6.6.6.6, fe80::1%eth0"}, "fe80::1"),
    ("no such number", {"X-Forwarded-For": "6.6.6.6, 10.0.0.256"}, "10.0.0.1"),
    ("leading zeros", {"X-Forwarded-For": "6.6.6.6, 010.0.0.5"}, "10.0.0.1"),
    ("quotes where none belong", {"X-Forwarded-For": '6.6.6.6, "1.2.3.4"'}, "10.0.0.1"),
    ("digits that are not ASCII", {"X-Forwarded-For": "6.6.6.6, \u0661.2.3.4"}, "10.0.0.1"),
    ("proxies alone", {"X-Forwarded-For": "10.0.0.3, 10.0.0.2"}, "10.0.0.3"),
    ("ten thousand hops", {"X-Forwarded-For": ",".join(["10.0.0.2"] * 10_000)}, "10.0.0.2"),
    ("ten thousand quoted hops", {"Forwarded": ",".join(['for="10.0.0.2"'] * 10_000)}, "10.0.0.2"),
    ("a hundred thousand backslashes", {"Forwarded": 'for="' + "\\" * 100_000}, "10.0.0.1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "expected"), [case[1:] for case in WALKED], ids=[case[0] for case in WALKED]
)
def test_trusted_proxies_are_walked_from_the_right(headers: dict[str, str], expected: str) -> None:
    assert client_address((), TRUSTED)(headers, "10.0.0.1") == expected
    assert client_address((), TRUSTED)(headers, PEER) == PEER


@pytest.mark.parametrize(
    ("peer", "expected"), [("10.0.0.1", "1.2.3.4"), (PEER, PEER), ("/run/socket", None)]
)
def test_named_headers_of_trusted_proxies_are_the_only_ones(
    peer: str, expected: str | None
) -> None:
    find = client_address(("X-Edge",), TRUSTED)
    assert find({"X-Edge": "1.2.3.4", "X-Forwarded-For": "6.6.6.6"}, peer) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_address_comes_from_the_headers_that_are_believed(case: Case) -> None:
    found = client_address(case.only, case.trusted)(case.headers, case.peer)
    assert found == case.expected


@given(st.text(), st.text())
def test_any_header_gives_an_address_or_none(value: str, peer: str) -> None:
    headers = dict.fromkeys(("X-Forwarded-For", "Forwarded"), value)
    for trusted in ((), ("0.0.0.0/0",)):
        client_address((), trusted)(headers, peer)
