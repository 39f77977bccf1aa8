"""The patterns of texts say what startup's own reading of them says."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.schema.checks import CHECKS
from moesif_declarative.schema.documents import document
from moesif_declarative.schema.patterns import pattern, pattern_text

GROUPS = st.from_regex("[0-9a-f]{1,4}", fullmatch=True)
NETWORKS = st.one_of(
    st.ip_addresses().map(str),
    st.builds("{}/{}".format, st.ip_addresses(), st.integers(0, 140)),
    st.builds("{}/{}".format, st.ip_addresses(v=4), st.integers(0, 40)),
    st.lists(st.integers(0, 300).map(str), min_size=3, max_size=5).map(".".join),
    st.lists(st.one_of(st.just(""), GROUPS), min_size=1, max_size=9).map(":".join),
    st.lists(st.one_of(st.just(""), GROUPS), min_size=1, max_size=8).map(
        lambda groups: ":".join([*groups, "192.0.2.1"])
    ),
    st.text("0123456789abcdef:./", max_size=20),
)


@given(NETWORKS)
def test_the_pattern_of_networks_is_what_python_reads(text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        right = False
    else:
        right = True
    masked = bool(re.search(r"/\d+\.", text))  # a mask with holes takes computing
    assert masked or bool(pattern("network").fullmatch(text)) == right


@dataclass(frozen=True)
class Address:
    """A text for BASE_URI, and whether it is one."""

    text: str
    right: bool


ADDRESSES = [
    Address("https://api.moesif.net", right=True),
    Address("http://localhost:9500/collector", right=True),
    Address("HTTP://LOCALHOST", right=True),
    Address("http://[::1]:9500", right=True),
    Address("https://user:p@ss@proxy.internal/", right=True),
    Address("https://bücher.example/", right=True),
    Address("http://a:", right=True),
    Address("http://a:065535", right=True),
    Address("https://", right=False),
    Address("https:///path", right=False),
    Address("https://user@", right=False),
    Address("http://a:65536", right=False),
    Address("http://a:b", right=False),
    Address("http://a/?b", right=False),
    Address("http://a/#b", right=False),
    Address("http://a b/", right=False),
    Address(" http://a", right=False),
    Address("http://a\n", right=False),
    Address("ws://a", right=False),
    Address("//a", right=False),
    Address("", right=False),
]


@pytest.mark.parametrize("case", ADDRESSES, ids=lambda case: case.text)
def test_the_pattern_of_addresses_is_what_startup_takes(case: Address) -> None:
    assert (CHECKS["base_uri"](case.text) is None) == case.right
    assert bool(pattern("base_uri").fullmatch(case.text)) == case.right


@pytest.mark.parametrize("name", document("patterns"))
def test_a_pattern_is_whole_and_read_alike_everywhere(name: str) -> None:
    text = pattern_text(name)
    assert "{{" not in text.replace(r"\{\{", "")
    # None of what Python, RE2 and ECMA 262 read differently or do not have.
    assert not re.search(r"\\[dwbAZz]|\(\?(?!:)|\(\?P", text)
