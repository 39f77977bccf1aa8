"""Checks of single values that Cerberus' own rules cannot make.

Flows in: a value of the right type. Flows out: what is wrong with it, and how to mend it.
"""

from __future__ import annotations

import ipaddress
import math
import re
from typing import Any
from urllib.parse import urlsplit

from moesif_declarative.schema.documents import options
from moesif_declarative.schema.patterns import bounds, pattern
from moesif_declarative.settings.suggestion import did_you_mean

Complaint = tuple[str, str]
"""A message and a hint."""


def transform(value: str) -> Complaint | None:
    """Check one step of ``transform``: a word, or a word with a count after a colon."""
    meta = options("source")["transform"].meta
    name, colon, count = (part.strip() for part in value.partition(":"))
    if name in meta["counted"]:
        if re.fullmatch("[1-9][0-9]{0,8}", count):
            return None
        return "needs a number of characters above 0", f'write "{name}:8"'
    if name in meta["values"]:
        return ("takes no number", f'write "{name}"') if colon else None
    steps = [*meta["values"], *(f"{counted}:N" for counted in meta["counted"])]
    return (
        f"is no transform; there are {', '.join(steps)}",
        did_you_mean(name, steps) or 'write `["strip", "lower"]`, say',
    )


def status(value: int | str) -> Complaint | None:
    """Check a status pattern: 404, ``5xx``, ``200-299``, ``>=500``."""
    hint = 'write 404, "5xx", "200-299" or ">=500"'
    if isinstance(value, int):
        least, most = bounds("status") or (value, value)
        return None if least <= value <= most else ("is no HTTP status", hint)
    if not pattern("status").fullmatch(value):
        return "is no status, class, range or comparison", hint
    ends = [int(number) for number in re.findall("[0-9]{3}", value)]
    return ("is a range that ends before it begins", hint) if ends != sorted(ends) else None


def finite(value: float) -> Complaint | None:
    """Refuse infinity and NaN, which TOML can write."""
    is_finite = isinstance(value, int) or math.isfinite(value)
    return None if is_finite else ("must be a finite number", "write a number of seconds")


def application_id(value: str) -> Complaint | None:
    """Refuse an id that cannot stand in an HTTP header; the message never shows it."""
    if pattern("application_id").fullmatch(value):
        return None
    return (
        "must be printable ASCII, without spaces around it",
        "copy the id from Moesif's API keys page",
    )


def base_uri(value: str) -> Complaint | None:
    """Check an http or https address with a host, without query and fragment."""
    hint = "write an address such as https://api.moesif.net"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no valid URL", hint
    if parts.scheme not in {"http", "https"} or not host or not value.isprintable() or " " in value:
        return "must be an http or https URL with a host", hint
    if parts.query or parts.fragment:
        return "must have no query and no fragment", hint
    return None if pattern("base_uri").fullmatch(value) else ("is no valid URL", hint)


def header_name(value: str) -> Complaint | None:
    """Check the name of a header (RFC 9110, 5.1); any other would silently match nothing."""
    if pattern("header_name").fullmatch(value):
        return None
    return "is no name of a header", _as_header(value)


def header_names(value: str) -> Complaint | None:
    """Check the names of headers, parted by commas; an empty text names none."""
    wrong = [name for name in value.split(",") if name.strip() and header_name(name)]
    if not wrong:
        return None
    return f"names no header by {', '.join(wrong)}", _as_header(wrong[0])


def header_glob(value: str) -> Complaint | None:
    """Check the name of a header in which ``*`` and ``?`` may stand."""
    if pattern("header_glob").fullmatch(value):
        return None
    return "is no name of a header", _as_header(value)


def _as_header(value: str) -> str:
    words = re.sub(r"[\s_]+", "-", value.partition(":")[0].strip())
    return (
        f"write `{words}`" if pattern("header_glob").fullmatch(words) else 'write "X-User-Id", say'
    )


def network(value: str) -> Complaint | None:
    """Check a network or a single address."""
    try:
        ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return "is no IP network", 'write "10.0.0.0/8", "fd00::/8" or a single address'
    return None


CHECKS: dict[str, Any] = {
    check.__name__: check
    for check in (
        transform,
        status,
        finite,
        application_id,
        base_uri,
        header_name,
        header_names,
        header_glob,
        network,
    )
}
"""The checks by the name that ``check_with`` in the documents calls them."""
