"""IP addresses, version 4 and 6, in every text form that `ipaddress` knows.

Four numbers up to 255 are no address inside a longer row (the version 1.2.3.4.5), after a v
(v1.2.3.4) or as a browser's version (Chrome/120.0.0.0). Ports, prefix lengths and brackets
around an address stay; a zone (fe80::1%eth0) goes with it. ``::`` alone names no host and
stays, and so does a run of hex digits and colons that is no address as a whole, give or take
a label or a port at its ends: times, MAC addresses and fingerprints.
Text forms: RFC 4291, section 2.2, RFC 4007, section 11, RFC 6874.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span, merge, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign

_DOTTED: Final = compile_ascii(r"[0-9]+(?:\.[0-9]+){3,}")
# What stands right before a version number: a lone v, or a browser's name.
_BEFORE_VERSION: Final = compile_ascii(
    r"(?i)(?:\bv|\b(?:Headless)?Chrom(?:e|ium)/|\bCriOS/|\bEdg(?:e|A|iOS|)/|\bOP[RTX]/|\bOpera/"
    r"|\bVivaldi/|\bYaBrowser/|\bSamsungBrowser/|\bWhale/|\bElectron/|\bBrave/|\bDuckDuckGo/)$"
)
_LONGEST_BEFORE: Final = 16
_COLONS: Final = compile_ascii(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_ZONE: Final = compile_ascii(r"%(?:25)?(?:[A-Za-z][0-9A-Za-z._~-]*|[0-9]{1,3}\b)")
_LONGEST_V6: Final = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")
_LONGEST_RUN: Final = _LONGEST_V6 + len("abcd:") + len(":65535")


def ip_spans(seen: bytes) -> list[Span]:
    """Find the IP addresses in a shadow."""
    version_6 = _v6_spans(seen) if seen.count(b":") > 1 else ()
    version_4 = _v4_spans(seen) if seen.count(b".") > 2 else ()
    return merge((*version_6, *version_4))


def _v4_spans(seen: bytes) -> Iterator[Span]:
    for found in _DOTTED.finditer(seen):
        parts = found.group().split(b".")
        if len(parts) != 4 or any(len(part) > 3 or int(part) > 255 for part in parts):
            continue
        start, end = found.span()
        if _BEFORE_VERSION.search(seen[max(0, start - _LONGEST_BEFORE) : start]) is None:
            yield start, end


def _v6_spans(seen: bytes) -> Iterator[Span]:
    for found in _COLONS.finditer(seen):
        start, end = found.span()
        if end - start > _LONGEST_RUN:
            continue
        # In a word (std::dead) only what lies beyond the next colon can be an address.
        if _in_word(seen[max(0, start - 1) : start]):
            start = seen.index(b":", start) + 1
        if _in_word(seen[end : end + 1]):
            end = seen.rindex(b":", 0, end)
        span = _v6_within(seen, start, end)
        if span is not None:
            zone = _ZONE.match(seen, span[1])
            yield span[0], zone.end() if zone else span[1]


def _in_word(char: bytes) -> bool:
    return char.isalnum() or char == b"_"


def _v6_within(seen: bytes, start: int, end: int) -> Span | None:
    """Find the address in a run: the whole, or without a label before or a port behind it.

    Where either could be left out, nobody can tell which: nothing is.
    """
    run = seen[start:end].rstrip(b".")
    if _is_v6(run):
        return start, start + len(run)
    label, port = run.find(b":") + 1, run.rfind(b":")
    ends = ((label, len(run)), (0, port), (label, port))
    found = [(low, high) for low, high in ends if _is_v6(run[low:high])]
    if not found:
        return None
    return start + min(low for low, _ in found), start + max(high for _, high in found)


def _is_v6(text: bytes) -> bool:
    if not 2 < len(text) <= _LONGEST_V6:
        return False
    try:
        IPv6Address(text.decode("ascii"))
    except AddressValueError:
        return False
    return True


_SIGN: Final = Sign(r"[0-9]\.[0-9]+\.[0-9]+\.[0-9]|:[0-9A-Fa-f]*:", "shadow")
IP_ADDRESSES: Final = span_detector("ip_addresses", lambda text: ip_spans(shadow(text)), _SIGN)
