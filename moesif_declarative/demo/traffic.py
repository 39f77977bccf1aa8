"""The calls that the demo makes, with a secret in most of them."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from moesif_declarative.demo.secret import SECRETS

_TIMEOUT_S: Final = 30
_BOUNDARY: Final = "demo-boundary"


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One call of the demo's API.

    Attributes:
        name: What it shows.
        method: The method.
        target: Path and query.
        headers: Request headers.
        body: The body, None without one.
    """

    name: str
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def make_call(port: int, call: DemoCall) -> int:
    """Make a call at 127.0.0.1, on a connection of its own.

    Returns:
        The status of the answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request(call.method, call.target, call.body, dict(call.headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _post_json(
    name: str, path: str, value: Any, headers: Mapping[str, str] | None = None
) -> DemoCall:
    types = {"Content-Type": "application/json"}
    return DemoCall(name, "POST", path, {**types, **(headers or {})}, json.dumps(value).encode())


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _multipart(fields: Mapping[str, str], filename: str, content: str) -> bytes:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--{_BOUNDARY}--\r\n"
    )
    return "".join(parts).encode()


CALLS: Final[tuple[DemoCall, ...]] = (
    DemoCall("health check", "GET", "/health"),
    DemoCall("a list", "GET", "/items", {"X-User-Id": "ada", "X-Tenant": "acme"}),
    _post_json("JSON", "/items", {"name": "Vase", "price": 12.5}, {"X-User-Id": "ada"}),
    _post_json(
        "password in JSON",
        "/login",
        {"email": "ada@example.com", "password": SECRETS["login password"]},
        {"X-Tenant": "acme"},
    ),
    _post_json(
        "card in JSON",
        "/payments",
        {
            "amount": 49,
            "card_number": SECRETS["card number"],
            "cvv": SECRETS["card check digits"],
        },
        {"X-User-Id": "ada", "X-Tenant": "acme"},
    ),
    DemoCall("user in the path", "GET", "/users/42"),
    DemoCall(
        "bearer token",
        "GET",
        "/users/grace",
        {"Authorization": f"Bearer {SECRETS['bearer token']}", "X-Tenant": "navy"},
    ),
    DemoCall(
        "basic credentials",
        "GET",
        "/items",
        {"Authorization": _basic("linus", SECRETS["basic password"])},
    ),
    DemoCall(
        "password in a form",
        "POST",
        "/form",
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode({"name": "Ada", "password": SECRETS["form password"]}).encode(),
    ),
    DemoCall(
        "token in the query",
        "GET",
        f"/search?q=lamp&token={quote(SECRETS['query token'])}",
        {"X-User-Id": "ada"},
    ),
    _post_json(
        "password in a JSON string",
        "/webhook",
        {"payload": json.dumps({"user": "ada", "password": SECRETS["password in a JSON string"]})},
    ),
    DemoCall(
        "password in gzip",
        "POST",
        "/items",
        {"Content-Type": "application/json", "Content-Encoding": "gzip", "X-User-Id": "grace"},
        gzip.compress(
            json.dumps({"name": "Chair", "password": SECRETS["password in gzip"]}).encode()
        ),
    ),
    DemoCall(
        "password in multipart",
        "POST",
        "/upload",
        {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "X-User-Id": "grace"},
        _multipart({"password": SECRETS["password in multipart"]}, "items.csv", "id,name\n1,Lamp"),
    ),
    DemoCall("API key", "GET", "/items", {"X-Api-Key": SECRETS["API key"], "X-Tenant": "acme"}),
    DemoCall(
        "cookies",
        "GET",
        "/items",
        {"Cookie": f"theme=dark; session={SECRETS['session cookie']}", "X-User-Id": "ada"},
    ),
    DemoCall("server error", "GET", "/admin/fail", {"X-User-Id": "ada"}),
    DemoCall("unknown path", "GET", "/no/such/path"),
    DemoCall("health check", "GET", "/health"),
)
"""What the demo sends, in order."""
