"""The call and the rule set that the benchmarks measure: what an API with a token has.

Flows out: 1 KB of JSON in, 1 KB of JSON out, headers with a JWT, and the settings: two identity
sources, two skips, metadata, ``field`` masks, the ``credentials`` preset, bodies on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TOKEN: Final = ".".join(
    (
        _part({"alg": "HS256", "typ": "JWT"}),
        _part({"sub": "user-4711", "org": "company-12", "iat": 1714558830}),
        "c2lnbmF0dXJlIG9mIHRoaXJ0eS10d28gYnl0ZXMgaGVyZQ",
    )
)
MASKED_BODY: Final = json.dumps(
    {
        "order": {
            "customer": {"email": "kim@example.test", "name": "Kim Doe", "vip": True},
            "password": "hunter2",
            "items": [
                {"sku": f"SKU-{number:05d}", "quantity": number, "price": 12.5 + number}
                for number in range(12)
            ],
            "shipping": {"street": "1 Long Road", "city": "Town", "zip": "12345"},
            "note": "Please ring twice. " * 8,
        }
    }
).encode()
"""A request body that holds one masked name."""

CLEAN_BODY: Final = MASKED_BODY.replace(b"password", b"passages")
"""The same without it."""

RESPONSE_BODY: Final = json.dumps(
    {
        "id": "6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11",
        "status": "accepted",
        "lines": [
            {"sku": f"SKU-{number:05d}", "in_stock": True, "total": 25.5 * number}
            for number in range(12)
        ],
        "message": "Thank you for your order. " * 12,
    }
).encode()
MASKED_RESPONSE_BODY: Final = RESPONSE_BODY.replace(b'"message"', b'"api_key"')

REQUEST_BODIES: Final[Mapping[str, bytes]] = {"masked": MASKED_BODY, "clean": CLEAN_BODY}
"""What the servers are sent: a body with a masked name in it, or without any."""

ORDERS: Final = "/v1/orders?page=2&sort=name"
HEALTH: Final = "/health"

REQUEST_HEADERS: Final[Mapping[str, str]] = {
    "Host": "api.example.test",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Content-Type": "application/json",
    "Authorization": f"Bearer {TOKEN}",
    "X-Company-Id": "company-12",
    "X-Request-Id": "2f1c3c1e-8d57-4a1e-9f61-1d2f6e1f0a11",
}
RESPONSE_HEADERS: Final[Mapping[str, str]] = {
    "Server": "TornadoServer/6.5",
    "Content-Type": "application/json; charset=UTF-8",
    "Date": "Wed, 01 May 2024 10:20:30 GMT",
    "Content-Length": str(len(RESPONSE_BODY)),
}

MASKED_FIELDS: Final = ("password", "card_number", "ssn")
FIELD_MASKS: Final[Mapping[str, Any]] = {
    "fields": {"field": list(MASKED_FIELDS), "action": "redact"}
}
RULES: Final[Mapping[str, Any]] = {
    "IDENTIFY_USER": {"token": {"jwt": "sub"}},
    "IDENTIFY_COMPANY": {"by_header": {"header": "X-Company-Id"}},
    "SKIP": {"health": {"path": [HEALTH, "/ping"]}, "options": {"method": "OPTIONS"}},
    "GET_METADATA": {"request_id": {"header": "X-Request-Id"}, "region": {"value": "eu-1"}},
    "MASK_EVENT_MODEL": FIELD_MASKS,
    "MASK_PRESETS": ["credentials"],
}
APPLICATION_ID: Final = "an-application-id"


def request_bytes(target: str, body: bytes) -> bytes:
    """Write the request as a client sends it."""
    headers = {**REQUEST_HEADERS, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode() + body
