"""Networks and the addresses in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.network import address_of, compile_networks

CASES: list[tuple[str | list[str], str, bool]] = [
    ("10.0.0.0/8", "10.1.2.3", True),
    ("10.0.0.0/8", "11.1.2.3", False),
    ("10.0.0.0/8", " 10.1.2.3 ", True),
    ("10.0.0.0/8", "10.1.2.3:80", False),
    ("10.0.0.0/8", "::ffff:10.1.2.3", True),
    ("::ffff:10.0.0.0/104", "10.1.2.3", True),
    ("10.0.0.0/8", "2001:db8::1", False),
    ("2001:db8::/32", "2001:db8::1", True),
    ("2001:db8::/32", "10.1.2.3", False),
    ("fe80::/10", "fe80::1%eth0", True),
    ("203.0.113.9", "203.0.113.9", True),
    ("203.0.113.9", "203.0.113.8", False),
    (["10.0.0.0/8", "fd00::/8"], "fd00::1", True),
    (["10.0.0.0/8", "fd00::/8"], "8.8.8.8", False),
    ("0.0.0.0/0", "unknown", False),
    ("0.0.0.0/0", "", False),
    ("0.0.0.0/0", "010.0.0.1", False),
    ("0.0.0.0/0", "1", False),
]


@pytest.mark.parametrize(("networks", "address", "inside"), CASES)
def test_an_address_is_in_a_network_or_not(
    networks: Any, address: str, inside: bool, bench: Any
) -> None:
    holds = compile_networks(networks, bench.place, bench.scope)
    assert holds is not None
    assert holds(address) is inside
    assert bench.found == []


def test_every_wrong_network_is_told(bench: Any) -> None:
    wrong = ["10.0.0.0/33", "10.0.0.0/8", "here"]
    assert compile_networks(wrong, bench.place, bench.scope) is None
    assert bench.found == [("bad-network", "RULE[0]"), ("bad-network", "RULE[2]")]


def test_bits_beyond_the_mask_are_a_warning(bench: Any) -> None:
    holds = compile_networks("10.1.2.3/8", bench.place, bench.scope)
    assert holds is not None
    assert holds("10.9.9.9")
    [problem] = bench.problems
    assert (problem.severity, problem.hint) == ("warning", 'write "10.0.0.0/8"')


@given(st.text() | st.ip_addresses().map(str))
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = address_of(text)
    assert address is None or address_of(str(address)) == address
