"""The realistic rules as the original package takes them: Python functions.

Flows out: its settings dictionary, but for the application id.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any, Final

from tests.benchmarks.realistic import HEALTH, MASKED_FIELDS

_HEADERS: Final = re.compile(
    r"(?i)^(?:(?:proxy-)?authorization|cookie|set-cookie|(?:x-)?api-key|.*-token|.*-secret)$"
)
_FIELDS: Final = re.compile(
    r"(?i)^(?:.*password.*|passwd|pwd|passphrase|.*secret|api_?key|(?:access|refresh|id|auth)_token"
    rf"|private_key|cvv|cvc|{'|'.join(MASKED_FIELDS)})$"
)
REDACTED: Final = "[REDACTED]"


def identify_user(handler: Any) -> str | None:
    """Read the token's subject."""
    claims = handler.request.headers.get("Authorization", "").split(".")
    if len(claims) != 3:
        return None
    padded = claims[1] + "=" * (-len(claims[1]) % 4)
    subject = json.loads(base64.urlsafe_b64decode(padded)).get("sub")
    return None if subject is None else str(subject)


def identify_company(handler: Any) -> Any:
    """Read the company's header."""
    return handler.request.headers.get("X-Company-Id")


def skip(handler: Any) -> bool:
    """Skip health checks and OPTIONS."""
    return handler.request.path in {HEALTH, "/ping"} or handler.request.method == "OPTIONS"


def metadata(handler: Any) -> dict[str, Any]:
    """Give the request's id and a constant."""
    return {"request_id": handler.request.headers.get("X-Request-Id"), "region": "eu-1"}


def mask(event: Any) -> Any:
    """Redact headers and fields by their names."""
    for message in (event.request, event.response):
        headers = message.headers or {}
        message.headers = {
            name: REDACTED if _HEADERS.match(name) else value for name, value in headers.items()
        }
        _redact(message.body)
    return event


def _redact(value: Any) -> None:
    if isinstance(value, list):
        for element in value:
            _redact(element)
    elif isinstance(value, dict):
        for name, member in value.items():
            if _FIELDS.match(name):
                value[name] = REDACTED
            else:
                _redact(member)


def original_settings() -> dict[str, Callable[..., Any]]:
    """Give the hooks under the original package's names."""
    return {
        "IDENTIFY_USER": identify_user,
        "IDENTIFY_COMPANY": identify_company,
        "SKIP": skip,
        "GET_METADATA": metadata,
        "MASK_EVENT_MODEL": mask,
    }
