"""Credentials in headers: bearer tokens, JWT claims, Basic user names. Nothing is verified here.

Flows in: text that a client sent, which may be anything. Flows out: claims, a user name, or
None. Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moesif_declarative.call import json_text
from moesif_declarative.rules.transform import decode_base64

_MOST_CREDENTIALS = 32  # more than anyone sends, and few enough to try them all
_LONGEST_REMEMBERED = 4096  # characters of a payload


def credentials(header: str) -> list[str]:
    """Split a header into its credentials; repeated headers stand in one, joined by commas."""
    if "," not in header:
        only = header.strip()
        return [only] if only else []
    parts = header.split(",", _MOST_CREDENTIALS)[:_MOST_CREDENTIALS]
    return [piece for part in parts if (piece := part.strip())]


def bearer_token(text: str) -> str:
    """Return the token of ``Bearer <token>``, in any case; a text without the scheme as it is."""
    return after_scheme(text, "bearer") or text.strip()


def after_scheme(text: str, scheme: str) -> str | None:
    """Return what follows an authentication scheme (RFC 9110 section 11.4).

    Args:
        text: A credential.
        scheme: The scheme, lower case.

    Returns:
        The rest, without white space around it; None where the scheme is another or alone.
    """
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) == 2 and words[0].lower() == scheme else None


def claims_of(token: str) -> Mapping[str, Any] | None:
    """Read the claims of a JWT (RFC 7519) without verifying it.

    Args:
        token: ``header.payload.signature``; the signature may be missing.

    Returns:
        The payload if it is a JSON object, else None.
    """
    parts = token.split(".", 3)
    return json_object(parts[1]) if len(parts) in {2, 3} else None


def json_object(encoded: str) -> Mapping[str, Any] | None:
    """Read a JSON object in base64url, padded or not; None where it is none.

    It is shared by all who ask for it, and so must not be changed.
    """
    if len(encoded) <= _LONGEST_REMEMBERED:
        return _remembered_object(encoded)
    return _read_object(encoded)


def _read_object(encoded: str) -> Mapping[str, Any] | None:
    content = decode_base64(encoded)
    if not content:
        return None
    try:
        value = json_text.parse(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


# A client sends the same token with each of its calls. Claims alone are remembered: the signature
# that makes a credential of them is not, and no verdict on it.
_remembered_object = lru_cache(maxsize=256)(_read_object)


def claim(claims: Mapping[str, Any], name: str, *, ignore_case: bool = False) -> Any:
    """Look a claim up by name: as written first, then, if wanted, in any case.

    Returns:
        Its value; None without one.
    """
    if name in claims:
        return claims[name]
    if not ignore_case:
        return None
    folded = name.casefold()
    return next((value for key, value in claims.items() if key.casefold() == folded), None)


def basic_username(text: str) -> str | None:
    """Read the user name of HTTP Basic credentials (RFC 7617).

    Args:
        text: ``Basic <base64>``, the scheme in any case.

    Returns:
        What stands before the first colon, decoded as UTF-8, else as Latin-1. None for another
        scheme, for what is no base64, and for a name with control characters in it.
    """
    encoded = after_scheme(text, "basic")
    content = None if encoded is None else decode_base64(encoded)
    if not content:
        return None
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        decoded = content.decode("latin-1")
    username = decoded.partition(":")[0].strip()
    return username if username and username.isprintable() else None
