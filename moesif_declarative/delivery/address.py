"""A base address apart from the credentials in it.

Flows in: ``BASE_URI``. Flows out: an address that may be shown, and user and password.
"""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import unquote, urlsplit

Credentials: TypeAlias = tuple[str, str]
"""User and password for HTTP Basic."""


def split_address(base_uri: str) -> tuple[str, Credentials | None]:
    """Take ``user:password@`` out of a base address, and the slash at its end.

    Returns:
        The address, which holds no secret, and the credentials, None where there are none.
    """
    parts = urlsplit(base_uri)
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    if parts.username is None:
        return address, None
    return address, (unquote(parts.username), unquote(parts.password or ""))
