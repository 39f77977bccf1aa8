"""A whole HAR file.

Flows in: its bytes. Flows out: its entries, or a `HarError` that says why it is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moesif_declarative.har.error import HarError


def read_entries(raw: bytes) -> list[Mapping[str, Any]]:
    """Read the entries of a HAR 1.2 file.

    Args:
        raw: The file, in UTF-8 or UTF-16, with a byte order mark or without.

    Raises:
        HarError: It is no JSON, or has no list of objects in ``log.entries``.
    """
    try:
        entries = json.loads(raw)["log"]["entries"]
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HarError(f"no JSON at {where}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise HarError(f"neither UTF-8 nor UTF-16 at byte {error.start}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HarError("it has no log.entries in JSON") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise HarError("log.entries is no list of objects")
    return entries
