"""The spool against SQLite and queues from PyPI, by what each costs for a batch.

``python -m tests.benchmarks.spool [FOLDER]`` measures in a folder of its own in FOLDER (the
default: where temporary files go): batches of 25 events of 2.8 KB are written, read and removed,
one sort after the other and each for its whole life, and 2,000 that an earlier process left are
taken over. The stores take turns; figures are medians of all rounds, ratios are to this package's
spool in the same round, with the least and the largest. A store whose package is not installed is
left out, and named.

Time is both elapsed and computed (CPU), which a busy machine or disk disturbs less. What is
measured is the work of the process: nothing is flushed to the disk itself, in no store
(persist-queue's files do once in a hundred batches, and cannot be told not to).
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks.machine import described
from tests.benchmarks.spool_stores import ONE_BY_ONE, PACKAGES, STORES, Store, events

Figures: TypeAlias = dict[str, float]

EVENTS = events(25, 2_800)
UNITS = {"restart, 2,000 batches": "ms", "disk held when drained": "KiB"}
LEFT = 2_000


def each_us(count: int, figure: str, act: Callable[[int], object]) -> Figures:
    """Do something so many times; gives microseconds for each, elapsed and computed."""
    begun, computed = time.perf_counter(), time.process_time()
    for number in range(count):
        act(number)
    computed, elapsed = time.process_time() - computed, time.perf_counter() - begun
    return {figure: elapsed / count * 1e6, f"{figure}, CPU": computed / count * 1e6}


def measure(name: str, folder: Path, count: int) -> Figures:
    """Measure one store, from an empty folder to an empty store."""
    make = STORES[name]
    store = make(folder)
    keys = [store.write(EVENTS) for _ in range(20)]
    for key in keys:  # what is made once is made by now
        store.read(key)
        store.remove(key)
    figures: Figures = {}
    keys = []
    figures |= each_us(count, "write", lambda _: keys.append(store.write(EVENTS)))
    if name in ONE_BY_ONE:
        for key in keys:
            store.read(key)
            store.remove(key)
    else:
        figures |= each_us(count, "read", lambda number: store.read(keys[number]))
        figures |= each_us(count, "remove", lambda number: store.remove(keys[number]))
        short = "write, remove"
        figures |= each_us(count, short, lambda _: store.remove(store.write(EVENTS)))
    figures |= each_us(count, "write, read, remove", lambda _: live(store))
    for _ in range(LEFT):
        store.write(EVENTS)
    store.close()
    begun = time.perf_counter()
    store = make(folder)
    left = store.left()
    figures["restart, 2,000 batches"] = (time.perf_counter() - begun) * 1e3
    if left != LEFT:
        raise AssertionError(f"{name} found {left} batches, not {LEFT}")
    store.close()
    return figures | {"disk held when drained": held_kib(make, folder)}


def live(store: Store) -> None:
    """Give a batch its whole life."""
    key = store.write(EVENTS)
    if store.read(key) != EVENTS:
        raise AssertionError("a batch is not what was written")
    store.remove(key)


def held_kib(make: Callable[[Path], Store], folder: Path) -> float:
    """Write and drain 512 batches in a folder of their own; gives what the disk then holds."""
    place = folder.with_name(f"{folder.name}-drained")
    store = make(place)
    keys = [store.write(EVENTS) for _ in range(512)]
    for key in keys:
        store.read(key)
        store.remove(key)
    held = sum(path.stat().st_blocks * 512 for path in place.rglob("*") if path.is_file())
    store.close()
    return held / 1024


def filesystem(folder: Path) -> str:
    """Say what sort of file system a folder is on."""
    best = ("", "unknown")
    mounts = Path("/proc/mounts")
    for line in mounts.read_text().splitlines() if mounts.exists() else ():
        _, mount, kind, *_ = line.split()
        if folder.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def installed() -> list[str]:
    """Name the stores that can be measured here; say how to get the others."""
    names = []
    for name in STORES:
        module, package = PACKAGES.get(name, ("sqlite3", ""))
        if importlib.util.find_spec(module) is None:
            sys.stdout.write(f"{name} is left out: pip install {package}\n")
        else:
            names.append(name)
    return names


def table(rounds: list[dict[str, Figures]]) -> None:
    """Print medians, and ratios with their spread."""
    ours = next(iter(STORES))
    for figure in rounds[0][ours]:
        unit = UNITS.get(figure, "us")
        sys.stdout.write(f"\n{figure} ({unit})\n")
        for name in rounds[0]:
            values = [one[name][figure] for one in rounds if figure in one[name]]
            if not values:
                sys.stdout.write(f"  {name:24} as part of the whole life only\n")
                continue
            sys.stdout.write(f"  {name:24}{statistics.median(values):10.1f}")
            base = [one[ours][figure] for one in rounds]
            if name != ours and all(base):
                ratios = [value / own for value, own in zip(values, base, strict=True)]
                spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
                sys.stdout.write(f"   x{statistics.median(ratios):.2f} ({spread})")
            sys.stdout.write("\n")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", type=int, default=500)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    sys.stdout.write(f"{described()}; {folder} on {filesystem(folder)}\n")
    names = installed()
    rounds = []
    for number in range(arguments.rounds):
        turn = names[number % len(names) :] + names[: number % len(names)]
        measured = {}
        for name in turn:
            with tempfile.TemporaryDirectory(dir=folder) as own:
                measured[name] = measure(name, Path(own) / "store", arguments.batches)
        rounds.append({name: measured[name] for name in names})
    table(rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
