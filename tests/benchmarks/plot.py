"""A picture of the throughput ratios, drawn by matplotlib.

Flows in: each candidate's ratio to the bare server. Flows out: a file, with the machine and the
date in it.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.spread import Spread

OURS: Final = "#2f6f9f"
OTHERS: Final = "#b5b5b5"


def plot(found: Mapping[str, Spread], path: Path, source: str) -> None:
    """Draw a bar for each candidate, with a line from its least ratio to its most.

    Args:
        found: Candidate to ratio, in the order from the top down.
        path: The file; its suffix says the format.
        source: What the figures were measured on.
    """
    figure, axes = _pyplot().subplots(figsize=(8, 1.4 + 0.4 * len(found)))
    _draw_bars(axes, found)
    axes.set_xlim(left=0)
    axes.set_title("Requests a second, one core, as a share of the bare server's")
    axes.spines[["top", "right"]].set_visible(False)
    wrapped = "\n".join(line for text in source.splitlines() for line in textwrap.wrap(text, 110))
    figure.supxlabel(wrapped, fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _pyplot() -> Any:
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ModuleNotFoundError:
        sys.exit("the plot is left out: matplotlib is not installed")
    matplotlib.use("agg")  # draws to files, needs no screen
    matplotlib.rcParams["svg.hashsalt"] = "throughput"
    return importlib.import_module("matplotlib.pyplot")


def _draw_bars(axes: Any, found: Mapping[str, Spread]) -> None:
    names, spreads = list(found), list(found.values())
    middles = [each.median for each in spreads]
    errors = [
        [each.median - each.low for each in spreads],
        [each.high - each.median for each in spreads],
    ]
    colours = [OURS if name.startswith("ours") else OTHERS for name in names]
    bars = axes.barh(names, middles, xerr=errors, color=colours, ecolor="#444444", capsize=2)
    axes.bar_label(bars, [f"{middle:.2f}" for middle in middles], label_type="center")
    axes.invert_yaxis()
