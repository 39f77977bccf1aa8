"""URLs that stay URLs, whatever a caller sends and a mask leaves.

Flows in: an absolute URL as text. Flows out: one that parsers take: Moesif refuses an event whose
URI is none, and a caller must not be able to keep a call out of the log by its Host header.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_AUTHORITY: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^/?#]*)")
_MARK: Final = re.compile(r"\[(\w+)\]")
_BRACKETED: Final = re.compile(r"\[([^\[\]]*)\]((?::[^\[\]]*)?)")


def parsable(url: str) -> str:
    """Take out of a URL's authority the brackets that no IPv6 address stands in.

    ``[REDACTED]`` there becomes ``REDACTED``, any other bracket is percent-encoded (RFC 3986,
    sections 2.1 and 3.2.2).

    Args:
        url: An absolute URL; what has no authority is given back as it is.
    """
    if "[" not in url and "]" not in url:
        return url
    found = _AUTHORITY.match(url)
    if found is None:
        return url
    before, at, host = found[2].rpartition("@")
    if not _is_ipv6(host):
        host = _plain(host)
    return f"{found[1]}{_plain(before)}{at}{host}{url[found.end() :]}"


def _plain(text: str) -> str:
    return _MARK.sub(r"\1", text).replace("[", "%5B").replace("]", "%5D")


def _is_ipv6(host: str) -> bool:
    found = _BRACKETED.fullmatch(host)
    if found is None:
        return False
    try:
        ipaddress.IPv6Address(found[1])
    except ValueError:
        return False
    return True
