"""Which Host headers are answered."""

from __future__ import annotations

import pytest

from moesif_declarative.collector.hosts import is_allowed

ON_LOOPBACK = [
    ("localhost", True),
    ("LOCALHOST:9500", True),
    ("localhost.", True),
    ("a.localhost:1", True),
    ("127.0.0.1:9500", True),
    ("127.9.9.9", True),
    ("[::1]:9500", True),
    ("", False),
    ("evil.example.com", False),
    ("localhost.example.com", False),
    ("127.0.0.1.example.com", False),
    ("10.0.0.1", False),
    ("collector", False),
    ("[::1", True),
    ("[::1].example.com", True),  # what follows the bracket is no part of the name
    ("127.0.0.1@evil.com", False),
]
ELSEWHERE = [
    ("localhost", True),
    ("10.0.0.1:9500", True),
    ("[fe80::1]:9500", True),
    ("collector:9500", True),
    ("evil.example.com", False),
    ("", False),
]


@pytest.mark.parametrize(("host", "allowed"), ON_LOOPBACK)
def test_on_loopback_only_loopback_names_are_answered(host: str, allowed: bool) -> None:
    assert is_allowed(host, "127.0.0.1") is allowed


@pytest.mark.parametrize(("host", "allowed"), ELSEWHERE)
def test_elsewhere_addresses_and_container_names_are_answered_too(host: str, allowed: bool) -> None:
    assert is_allowed(host, "0.0.0.0") is allowed


def test_the_name_that_it_listens_on_is_answered() -> None:
    assert is_allowed("dev.example.com:9500", "dev.example.com")
