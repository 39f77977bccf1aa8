"""The client's address: which of a call's headers say it, and which of them are believed.

Flows in: request headers and the peer's address. Flows out: one IP address as text.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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

_FORWARDED_FOR = re.compile(r'(?:^|[;,\s])for\s*=\s*(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)


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
    try:
        return ipaddress.ip_address(text.partition("%")[0])
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
        return lambda sent, peer: _walk(_spelled(walked), networks, sent, peer)
    return lambda sent, peer: _first_valid(_spelled(headers) or USUAL_HEADERS, sent, peer)


def _spelled(headers: Sequence[str]) -> tuple[str, ...]:
    return tuple("-".join(word.capitalize() for word in name.split("-")) for name in headers)


def _first_valid(names: Sequence[str], sent: Mapping[str, str], peer: str) -> str | None:
    for name in names:
        value = sent.get(name)
        if value:
            for hop in _hops(name, value):
                address = parse_address(hop)
                if address is not None:
                    return str(address)
    return _peer(peer)


def _walk(
    names: Sequence[str], networks: Sequence[IPNetwork], sent: Mapping[str, str], peer: str
) -> str | None:
    """Go from the peer leftwards through trusted hops to the first that is not trusted."""
    known = parse_address(peer)
    name = next((name for name in names if sent.get(name)), None)
    if known is None or name is None:
        return _peer(peer)
    hops = list(_hops(name, sent[name]))
    while hops and _trusted(known, networks):
        address = parse_address(hops.pop())
        if address is None:
            break  # nothing to the left of a hop that does not say its name is believed
        known = address
    return str(known)


def _trusted(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return any(address in network or (mapped and mapped in network) for network in networks)


def _hops(name: str, value: str) -> Iterator[str]:
    if name == "Forwarded":
        return (quoted or bare for quoted, bare in _FORWARDED_FOR.findall(value))
    return iter(value.split(","))


def _peer(peer: str) -> str | None:
    address = parse_address(peer)
    return None if address is None else str(address)
