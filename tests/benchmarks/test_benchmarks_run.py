"""Every benchmark runs and prints its table, in a setting too small to measure anything."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Case:
    """A benchmark, and the names that the rows of its tables must have."""

    id: str
    arguments: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[str, ...]


CASES = [
    Case(
        "event",
        ("--rounds", "1", "--events", "2", "--stages"),
        ("case", "stage: realistic, nothing masked in bodies"),
        ("realistic, a masked name in one body", "all presets", "document", "encoded"),
    ),
    Case(
        "walk",
        ("--rounds", "1"),
        ("rules",),
        ("plain walk", "field, 20 rules", "$..name, 20 rules", "both, 20 rules"),
    ),
    Case(
        "startup",
        ("--rounds", "1", "--no-warm-up"),
        ("start",),
        ("import the mandatory packages", "check on the example"),
    ),
    Case("memory", ("--minutes", "0.002", "--connections", "2"), ("collector",), ("there", "away")),
]


def run(benchmark: str, *arguments: str) -> str:
    """Run a benchmark; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def table_of(output: str) -> dict[str, list[str]]:
    """Read the Markdown tables: the first cell of every row, and its other cells."""
    lines = [line.strip("| ") for line in output.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return {first: others for first, *others in cells}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_benchmark_prints_a_table_with_a_figure_in_every_row(case: Case) -> None:
    table = table_of(run(case.id, *case.arguments))
    assert set(case.heads) <= set(table)
    for name in case.rows:
        assert any(any(map(str.isdigit, cell)) for cell in table[name]), table[name]


def test_throughput_measures_the_chosen_candidates_and_keeps_their_figures(
    tmp_path: Path,
) -> None:
    path = tmp_path / "figures.json"
    arguments = ("--rounds", "1", "--seconds", "0.2", "--only", "ours", "--json", str(path))
    table = table_of(run("throughput", *arguments))
    figures = json.loads(path.read_text("utf-8"))
    assert set(figures) == {"machine", "versions", "plan", "runs"}
    assert {name: len(runs) for name, runs in figures["runs"].items()} == {"bare": 1, "ours": 1}
    assert figures["runs"]["ours"][0]["sent"] == 1.0
    assert [table["bare"][-1], table["ours"][-1]] == ["-", "100.0%"]


def test_throughput_names_the_candidates_when_one_is_unknown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.throughput", "--only", "nobody"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "there is no candidate 'nobody'; there are: bare, capture alone, ours" in done.stderr
