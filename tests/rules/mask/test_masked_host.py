from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from moesif_declarative.rules.mask.text_places import _with_plain_host


@dataclass(frozen=True)
class Case:
    id: str
    masked: str
    uri: str


CASES = [
    Case("a masked host", "http://[REDACTED]/a", "http://REDACTED/a"),
    Case("a port after it", "http://[REDACTED]:80/[x]", "http://REDACTED:80/[x]"),
    Case("a part of a name", "http://[REDACTED].nip.io?a=1", "http://REDACTED.nip.io?a=1"),
    Case("an IPv6 address", "http://[::1]:80/[REDACTED]", "http://[::1]:80/[REDACTED]"),
    Case("a masked IPv6 address", "http://[[REDACTED]]:80/", "http://REDACTED:80/"),
    Case("another place", "http://h/[REDACTED]", "http://h/[REDACTED]"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_masked_host_leaves_a_url(case: Case) -> None:
    uri = _with_plain_host(case.masked)

    assert uri == case.uri
    assert urlsplit(uri).netloc
