"""The compliance suite of RFC 9535."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

_SUITE = Path(__file__).parents[3].parent / "shared" / "data" / "jsonpath-compliance.json"


@pytest.fixture
def compliance() -> list[dict[str, Any]]:
    """The cases of the suite; without it the test is skipped."""
    if not _SUITE.is_file():
        pytest.skip(f"the RFC 9535 compliance suite is not there: {_SUITE.name}")
    cases: list[dict[str, Any]] = json.loads(_SUITE.read_text(encoding="utf-8"))["tests"]
    return cases
