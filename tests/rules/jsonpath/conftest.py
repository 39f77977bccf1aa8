"""The compliance suite of RFC 9535, and its figures in the summary of a test run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

_SUITE = Path(__file__).parents[3].parent / "shared" / "data" / "jsonpath-compliance.json"
_FIGURES = pytest.StashKey[Counter[str]]()


@pytest.fixture
def compliance() -> list[dict[str, Any]]:
    """The cases of the suite; without it the test is skipped."""
    if not _SUITE.is_file():
        pytest.skip(f"the RFC 9535 compliance suite is not there: {_SUITE.name}")
    cases: list[dict[str, Any]] = json.loads(_SUITE.read_text(encoding="utf-8"))["tests"]
    return cases


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> Counter[str]:
    """Counts verdicts; they stand in the summary."""
    return pytestconfig.stash.setdefault(_FIGURES, Counter())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash.get(_FIGURES, None)
    if figures:
        terminalreporter.section("RFC 9535 compliance suite")
        shown = ", ".join(f"{verdict}: {count}" for verdict, count in figures.items())
        terminalreporter.write_line(shown)
