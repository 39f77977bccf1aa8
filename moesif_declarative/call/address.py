"""The client's address: which of a call's headers say it, and which of them are believed.

Flows in: request headers and the peer's address. Flows out: one IP address as text.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
ClientAddress: TypeAlias = Callable[[Mapping[str, str], str], str | None]

USUAL_HEADERS = (
    "X-Client-Ip",
    "X-Forwarded-For",
    "Cf-Connecting-Ip",
    "True-Client-Ip",
    "X-Real-Ip",
    "X-Cluster-Client-Ip",
    "X-Forwarded",
    "Forwarded-For",
    "Forwarded",
)
"""The original package's order, names as Tornado spells them."""

_LONGEST_REMEMBERED = 200  # no address is longer, zone and port included

_MOST_HOPS = 100  # a longer way is no way, but an attempt to keep the server busy
_SIGN = re.compile(r'["\\,;]')
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*")


def parse_address(text: str) -> IPAddress | None:
    """Read an address as proxies write it: with a port, in brackets, with a zone.

    Returns:
        The address; None for ``unknown``, an obfuscated name, or garbage.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    if len(text) > _LONGEST_REMEMBERED or not _ADDRESS.fullmatch(text):
        return None  # without the cost of an exception: a header may hold thousands of these
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def client_address(headers: Sequence[str] = (), trusted: Sequence[str] = ()) -> ClientAddress:
    """Choose how the client's address is found, once.

    Args:
        headers: ``CLIENT_IP_HEADERS``: only these count, in this order.
        trusted: ``TRUSTED_PROXIES``: networks whose forwarding headers are believed. Alone,
            only ``Forwarded`` and ``X-Forwarded-For`` count, walked from the right.

    Returns:
        A function of the request headers (names as Tornado spells them) and the peer.
    """
    if trusted:
        networks = [ipaddress.ip_network(network, strict=False) for network in trusted]
        walked = headers or ("Forwarded", "X-Forwarded-For")
        names = _spelled(walked)
        return lambda sent, peer: _walk(names, networks, sent, peer)
    believed = _spelled(headers) or USUAL_HEADERS
    return lambda sent, peer: _first_valid(believed, sent, peer)


def _spelled(headers: Sequence[str]) -> tuple[str, ...]:
    return tuple("-".join(word.capitalize() for word in name.split("-")) for name in headers)


def _first_valid(names: Sequence[str], sent: Mapping[str, str], peer: str) -> str | None:
    for name in names:
        value = sent.get(name)
        if value:
            for hop in _hops(name, value)[:_MOST_HOPS]:
                address = parse_address(hop)
                if address is not None:
                    return _text(address)
    return _peer(peer)


def _walk(
    names: Sequence[str], networks: Sequence[IPNetwork], sent: Mapping[str, str], peer: str
) -> str | None:
    """Go from the peer leftwards through trusted hops to the first that is not trusted."""
    known = parse_address(peer)
    name = next((name for name in names if sent.get(name)), None)
    if known is None or name is None:
        return _peer(peer)
    hops = _hops(name, sent[name])[-_MOST_HOPS:]
    while hops and _trusted(known, networks):
        address = parse_address(hops.pop())
        if address is None:
            break  # nothing to the left of a hop that does not say its name is believed
        known = address
    return _text(known)


def _text(address: IPAddress) -> str:
    """Write an address; that of IPv4 inside IPv6, as a socket for both gives it, as IPv4."""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _trusted(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return any(address in network or (mapped and mapped in network) for network in networks)


def _hops(name: str, value: str) -> list[str]:
    if name != "Forwarded":
        return value.split(",")
    return [_for(pairs) for pairs in _elements(value)]


def _elements(value: str) -> Iterator[list[str]]:
    """Split a Forwarded header (RFC 7239 section 4) into hops, and those into their pairs."""
    pairs: list[str] = []
    start, quoted, passed = 0, False, 0
    for found in _SIGN.finditer(value):
        at, sign = found.start(), found[0]
        if at < passed:
            continue
        if sign == "\\":
            passed = at + 2 if quoted else at
        elif sign == '"':
            quoted = not quoted
        elif not quoted:
            pairs.append(value[start:at])
            start = at + 1
            if sign == ",":
                yield pairs
                pairs = []
    yield [*pairs, value[start:]]


def _for(pairs: list[str]) -> str:
    """The node that a hop came from; empty where the hop does not say it."""
    for pair in pairs:
        name, _, node = pair.partition("=")
        if name.strip().lower() == "for":
            node = node.strip()
            return node[1:-1] if len(node) > 1 and node[0] == node[-1] == '"' else node
    return ""


def _peer(peer: str) -> str | None:
    return _written(peer) if len(peer) <= _LONGEST_REMEMBERED else None


# The same peers come again and again: proxies above all.
@lru_cache(maxsize=1024)
def _written(text: str) -> str | None:
    address = parse_address(text)
    return None if address is None else _text(address)
