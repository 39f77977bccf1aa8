"""The secrets that the demo sends, and the proof that none of them arrived.

Flows in: the documents that a collector kept. Flows out: which secrets stand in them, in
whatever form.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from moesif_declarative.selftest.absence import forms_in

# Shorter ones, like a card's check digits, may stand in any number by chance: they count only
# as a whole value.
_SEARCHED_INSIDE: Final = 6


def _token(claims: Mapping[str, Any], signature: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join((*(part.decode().rstrip("=") for part in encoded), signature))


SECRETS: Final[Mapping[str, str]] = {
    "login password": "correct horse battery",
    "issued token": _token({"sub": "ada@example.com"}, "ISSUED-ykzWnBo3uQ1rXvTfL8sJdA"),
    "card number": "4111111111111111",
    "card check digits": "737",
    "form password": "swordfish & chips=42",
    "query token": "qt-9f86d081884c7d65",
    "password in gzip": "pa55-in-gzip-1b4f0e98",
    "password in multipart": "pa55-in-multipart-60303ae2",
    "password in a JSON string": 'pa55 "in" a string',
    "API key": "sk_live_fd61a03af4f77d870fc21e05",
    "session cookie": "sess-a4e624d686e03ed2767c0abd",
    "bearer token": _token({"sub": "grace", "name": "Grace Hopper"}, "BEARER-7Wd3hQmXo5ZcP1uN"),
    "basic password": "linus-basic-4b227777d4dd1fc6",
}
"""What it is, and the secret itself. All are made up."""


def reached(documents: Iterable[str], secrets: Mapping[str, str]) -> set[str]:
    """Say which secrets stand in documents.

    Args:
        documents: JSON texts. Their strings are read as they are, percent-decoded, from
            base64 (compressed too) and as JSON within.
        secrets: What it is, and the secret.

    Returns:
        The names of the secrets that were found.
    """
    found: set[str] = set()
    for document in documents:
        for value in forms_in(json.loads(document)):
            for name, secret in secrets.items():
                inside = len(secret) >= _SEARCHED_INSIDE and secret in value
                if inside or secret == value:
                    found.add(name)
    return found
