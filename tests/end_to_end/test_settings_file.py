"""The way of this package: settings.toml, a production section, an override by variable."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SETTINGS = """
[default]
BATCH_SIZE = 2

[default.IDENTIFY_USER.gateway]
header = "X-User-Id"
[default.IDENTIFY_USER.token]
jwt = "sub"

[default.IDENTIFY_COMPANY.tenant]
header = "X-Tenant"

[default.SKIP.health]
path = ["/status/200"]
[default.SKIP.teapots]
status = 418

[default.GET_METADATA]
datacenter = "westus"
big = 12
[default.GET_METADATA.call]
route = { request = "route" }
name = { path_arg = "name" }

[default.MASK_EVENT_MODEL.card]
field = ["card_number", "cvv"]
action = "keep"
last = 4

[production.GET_METADATA]
datacenter = "eastus"
[production.MASK_EVENT_MODEL.names]
jsonpath = "$.request.body.name"
action = "remove"
"""


def token(claims: dict[str, Any]) -> str:
    parts = [json.dumps({"alg": "none"}), json.dumps(claims), "signature"]
    return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts)


@pytest.fixture
def production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: Any, start_api: Callable[..., Any]
) -> Any:
    (tmp_path / "settings.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / ".secrets.toml").write_text('[default]\nAPPLICATION_ID = "secret-id"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOESIF_ENV", "production")
    monkeypatch.setenv("MOESIF_BASE_URI", collector.url)
    monkeypatch.setenv("MOESIF_SKIP__teapots__enabled", "false")
    monkeypatch.setenv("ENV_FOR_DYNACONF", "development")
    return start_api("settings.toml")


def test_calls_are_identified_filtered_enriched_and_masked(production: Any) -> None:
    payment = {"name": "Ann", "card_number": "4111111111111111", "cvv": 123, "note": "ok"}
    headers = {
        "Content_Type": "application/json",
        "Authorization": "Bearer " + token({"sub": "ann"}),
        "X_Tenant": "acme",
    }
    production.call("POST", "/echo", json.dumps(payment), **headers)
    production.call("GET", "/status/200")
    production.call("GET", "/status/418")
    production.call("GET", "/finishes/bob", X_User_Id="bob")

    paid, teapot, named = production.events(3)
    masked = {"card_number": "************1111", "cvv": "***", "note": "ok"}
    assert paid["request"]["body"] == masked
    assert paid["response"]["body"] == {"name": "Ann", **masked}
    assert paid["request"]["headers"]["Authorization"] == "[REDACTED]"
    assert (paid["user_id"], paid["company_id"]) == ("ann", "acme")
    assert paid["metadata"] == {"datacenter": "eastus", "big": 12, "call": {"route": "/echo"}}
    assert teapot["response"]["status"] == 418
    assert named["user_id"] == "bob"
    assert named["metadata"]["call"] == {"route": "/finishes/(?P<name>[a-z]+)", "name": "bob"}
    stats = production.moesif.stats()
    assert (stats["skipped"], stats["skipped_by_rule"]) == (1, {"health": 1})
    assert production.collector.records()[0]["application_id"] == "secret-id"


def test_nothing_of_the_secret_id_stands_in_the_middleware(production: Any) -> None:
    assert "secret-id" not in repr(production.moesif)


def test_two_middlewares_in_one_process_keep_their_ids_and_rules_apart(
    start_api: Callable[..., Any], collector: Any
) -> None:
    one = start_api(
        {"APPLICATION_ID": "first-id", "BASE_URI": collector.url, "IDENTIFY_USER": {"value": "1"}}
    )
    two = start_api(
        {"APPLICATION_ID": "second-id", "BASE_URI": collector.url, "IDENTIFY_USER": {"value": "2"}}
    )
    one.call("GET", "/echo")
    one.events(1)
    two.call("GET", "/echo")
    two.events(2)
    found = [(row["application_id"], row["document"]["user_id"]) for row in collector.records()]
    assert found == [("first-id", "1"), ("second-id", "2")]
