"""Elementary checks on JSON values, out of which the checks of whole documents are made.

Flows in: a value and the path it stands at. Flows out: a sentence naming the path and what is
wrong, or None.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any, str], str | None]
"""Takes a value and its path; gives the fault as a sentence, None where there is none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a JSON object.

    Attributes:
        name: Its key.
        check: What its value must pass; an optional field may also be null.
        required: Whether the object must have it, with a value other than null.
    """

    name: str
    check: Check
    required: bool = False


def table(*fields: Field) -> Check:
    """Return a check for an object with these fields; fields it does not know are fine."""

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, dict):
            return f"{path} must be an object"
        for field in fields:
            inner = value.get(field.name)
            inner_path = f"{path}.{field.name}"
            if inner is None:
                if field.required:
                    return f"{inner_path} is required"
                continue
            fault = field.check(inner, inner_path)
            if fault is not None:
                return fault
        return None

    return check


def text(value: Any, path: str) -> str | None:
    """Check for text."""
    return None if isinstance(value, str) else f"{path} must be text"


def filled_text(value: Any, path: str) -> str | None:
    """Check for text that is not empty."""
    return text(value, path) or (None if value else f"{path} must not be empty")


def integer(value: Any, path: str) -> str | None:
    """Check for a whole number; true and false are none."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return None if is_integer else f"{path} must be an integer"


def anything(value: Any, path: str) -> str | None:  # noqa: ARG001
    """Accept every JSON value."""
    return None


def one_of(words: Collection[str]) -> Check:
    """Return a check for one of these words."""

    def check(value: Any, path: str) -> str | None:
        known = isinstance(value, str) and value in words
        return None if known else f"{path} must be one of {', '.join(sorted(words))}"

    return check


def texts(value: Any, path: str) -> str | None:
    """Check for an object that maps text to text, as headers do."""
    if not isinstance(value, dict):
        return f"{path} must be an object"
    for name, inner in value.items():
        if not isinstance(inner, str):
            return f"{path}.{name} must be text"
    return None


def objects(check_item: Check) -> Check:
    """Return a check for a list whose items pass another check."""

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, list):
            return f"{path} must be a list"
        faults = (check_item(item, f"{path}[{at}]") for at, item in enumerate(value))
        return next((fault for fault in faults if fault is not None), None)

    return check


def moment(value: Any, path: str) -> str | None:
    """Check for a point in time as ISO 8601 text."""
    fault = text(value, path)
    if fault is not None:
        return fault
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return f"{path} must be a time in ISO 8601"
    return None


def ip_address(value: Any, path: str) -> str | None:
    """Check for an IPv4 or IPv6 address, without a port."""
    fault = text(value, path)
    if fault is not None:
        return fault
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return f"{path} must be an IP address"
    return None


def base64_text(value: Any, path: str) -> str | None:
    """Check for text in base64."""
    fault = text(value, path)
    if fault is not None:
        return fault
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return f"{path} must be base64, as its transfer_encoding says"
    return None
