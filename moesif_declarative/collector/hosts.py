"""Which Host headers the collector answers to, so that no web page can read it.

A page on the Internet may point its own name at 127.0.0.1 (DNS rebinding) and read what the
browser then fetches from here as its own. Such a request bears that page's name as its host.
"""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether a host name or address, without port, means this machine alone."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_allowed(host_header: str, bound_host: str) -> bool:
    """Say whether a request for this host may be answered.

    Bound to loopback, only loopback names are. Bound elsewhere on purpose, also IP addresses
    and names without a dot (a container's): nobody can own those in the public DNS.

    Args:
        host_header: The Host header, with or without port.
        bound_host: What the collector listens on.
    """
    name = _without_port(host_header)
    if is_loopback(name):
        return True
    if is_loopback(bound_host) or not name:
        return False
    if name.lower() == bound_host.lower() or ("." not in name.rstrip(".") and ":" not in name):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _without_port(host_header: str) -> str:
    if host_header.startswith("["):
        return host_header.partition("]")[0] + "]"
    return host_header.partition(":")[0]
