"""The proof that no secret arrived finds a secret in every form it may take."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from moesif_declarative.demo.secret import SECRETS, reached
from moesif_declarative.demo.traffic import CALLS

SECRET = 'pa55 "in" & out'
FORMS: dict[str, Callable[[str], Any]] = {
    "itself": lambda secret: secret,
    "a key": lambda secret: {secret: 1},
    "within text": lambda secret: f"x{secret}y",
    "in a list": lambda secret: [[{"a": [secret]}]],
    "percent-encoded": lambda secret: "a=" + quote(secret),
    "base64": lambda secret: base64.b64encode(f"x{secret}".encode()).decode(),
    "base64 within text": lambda secret: "Basic " + base64.b64encode(secret.encode()).decode(),
    "url-safe base64": lambda secret: (
        base64.urlsafe_b64encode(f"??>>{secret}\u00ff\u00ff".encode()).decode().rstrip("=")
    ),
    "gzip in base64": lambda secret: base64.b64encode(gzip.compress(secret.encode())).decode(),
    "JSON in a string": lambda secret: json.dumps({"password": secret}),
    "JSON in base64": lambda secret: base64.b64encode(json.dumps([secret]).encode()).decode(),
    "JSON in JSON in a string": lambda secret: json.dumps([json.dumps([secret])]),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    documents = [json.dumps({"body": FORMS[form](SECRET)})]
    assert reached(documents, {"it": SECRET, "another": "not there at all"}) == {"it"}


@pytest.mark.parametrize(
    ("value", "found"),
    [(737, {"cvv"}), ("737", {"cvv"}), ("17370", set()), (True, set()), (None, set())],
)
def test_a_short_secret_counts_as_a_whole_value_only(value: Any, found: set[str]) -> None:
    assert reached([json.dumps({"cvv": value})], {"cvv": "737"}) == found


@pytest.mark.parametrize(
    "text", ["", "====", "%", "%zz", "[", "[" * 5000, "YQ==", "H4sIAAAAAAAA", "a" * 9999, "\ud800"]
)
def test_any_text_can_be_searched(text: str) -> None:
    assert reached([json.dumps([text])], {"it": SECRET}) == set()


def test_every_secret_is_different_and_no_part_of_another() -> None:
    secrets = list(SECRETS.values())
    assert [a for a in secrets for b in secrets if a != b and a in b] == []
    assert len(set(secrets)) == len(secrets)


def test_every_kind_of_call_is_made() -> None:
    calls = {f"{call.method} {call.target.partition('?')[0]}" for call in CALLS}
    assert calls == {
        "GET /health", "GET /items", "POST /items", "POST /login", "POST /payments",
        "GET /users/42", "GET /users/grace", "POST /form", "POST /upload", "POST /webhook",
        "GET /search", "GET /admin/fail", "GET /no/such/path",
    }  # fmt: skip
