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
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_address_comes_from_the_headers_that_are_believed(case: Case) -> None:
    found = client_address(case.only, case.trusted)(case.headers, case.peer)
    assert found == case.expected


@given(st.text(), st.text())
def test_any_header_gives_an_address_or_none(value: str, peer: str) -> None:
    headers = dict.fromkeys(("X-Forwarded-For", "Forwarded"), value)
    for trusted in ((), ("0.0.0.0/0",)):
        client_address((), trusted)(headers, peer)
