"""IP networks of the settings, and addresses of calls.

Flows in: networks in CIDR form. Flows out: a test on text that may be an address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeAlias

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def compile_networks(
    texts: str | Sequence[str], place: Place, scope: Scope
) -> Callable[[str], bool] | None:
    """Compile one network or several.

    Args:
        texts: ``10.0.0.0/8``, ``fd00::/8``, or a single address.
        place: Where they were written.
        scope: Collects what is wrong.

    Returns:
        A test: is this text an address in any of the networks? An IPv4 address in IPv6 form
        (``::ffff:10.0.0.1``) counts as the IPv4 address; an address with a port is none. The
        test never raises. None after a problem was added.
    """
    if isinstance(texts, str):
        read = [_network(texts, place, scope)]
    else:
        read = [_network(text, place.at(at), scope) for at, text in enumerate(texts)]
    networks = tuple(network for network in read if network is not None)
    if len(networks) < len(read):
        return None

    def holds(text: str) -> bool:
        address = address_of(text)
        return address is not None and any(address in network for network in networks)

    return holds


def address_of(text: str) -> Address | None:
    """Read an IP address, IPv4 out of its IPv6 form; None where the text is none."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(text: str, place: Place, scope: Scope) -> Network | None:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        hint = 'write "10.0.0.0/8", "fd00::/8" or a single address'
        scope.problems.error("bad-network", place, f"{text!r} is no IP network", hint)
        return None
    written = text.strip().partition("/")
    if written[1] and ipaddress.ip_address(written[0]) != network.network_address:
        message = f"{text!r} has bits beyond its mask set; it stands for {network}"
        scope.problems.warning("network-host-bits", place, message, f'write "{network}"')
    return _unmapped(network)


def _unmapped(network: Network) -> Network:
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):  # type: ignore[arg-type]
        base = network.network_address.ipv4_mapped
        return ipaddress.ip_network((int(base or 0), network.prefixlen - 96))
    return network
