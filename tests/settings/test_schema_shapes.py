"""The loader with the outline of the real schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from moesif_declarative.errors import Problems
from moesif_declarative.schema.shapes import shapes
from moesif_declarative.settings import load

TEXT = """
[default]
TRUSTED_PROXIES = ["10.0.0.0/8"]
[default.IDENTIFY_USER.gateway]
header = "X-User-Id"
[default.IDENTIFY_USER.token]
jwt = "sub"
[default.SKIP.health]
path = ["/health", "/health/*"]
[default.MASK_EVENT_MODEL.card]
field = ["card_number", "cvv"]
action = "keep"
last = 4
[default.GET_METADATA]
datacenter = "westus"
Trace_Id = { header = "traceparent", regex = '^[0-9a-f]{2}-([0-9a-f]{32})-' }
[production.MASK_EVENT_MODEL.Card]
Action = "remove"
"""


@pytest.mark.parametrize("name", ["MOESIF_SKIP__health__enabled", "MOESIF_SKIP__HEALTH__ENABLED"])
def test_a_variable_changes_one_option_of_one_rule(tmp_path: Path, name: str) -> None:
    (tmp_path / "settings.toml").write_text(TEXT)
    problems = Problems()
    loaded = load(
        shapes=shapes(),
        problems=problems,
        environ={name: "false", "MOESIF_APPLICATION_ID": "12345", "MOESIF_ENV": "production"},
        directory=tmp_path,
    )
    assert list(problems) == []
    assert loaded.values == {
        "TRUSTED_PROXIES": ["10.0.0.0/8"],
        "IDENTIFY_USER": {"gateway": {"header": "X-User-Id"}, "token": {"jwt": "sub"}},
        "SKIP": {"health": {"path": ["/health", "/health/*"], "enabled": False}},
        "MASK_EVENT_MODEL": {
            "card": {"field": ["card_number", "cvv"], "action": "remove", "last": 4}
        },
        "GET_METADATA": {
            "datacenter": "westus",
            "Trace_Id": {"header": "traceparent", "regex": "^[0-9a-f]{2}-([0-9a-f]{32})-"},
        },
        "APPLICATION_ID": "12345",
    }


def test_every_key_can_be_set_by_a_variable(tmp_path: Path) -> None:
    for key in shapes().keys:
        problems = Problems()
        loaded = load(
            shapes=shapes(), problems=problems, environ={f"MOESIF_{key}": "1"}, directory=tmp_path
        )
        assert list(loaded.values) == [key]
        assert list(problems) == []
