"""Processes of ours: the application, the collector.

Flows in: a module of this package and its arguments. Flows out: a `Process` that can be asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
_OTHERS_SETTINGS = ("MOESIF_", "OTEL_", "ELASTIC_", "SENTRY_")


@dataclass(frozen=True, slots=True)
class Process:
    """A served application in a process of its own."""

    port: int
    popen: subprocess.Popen[str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, command: str) -> Any:
        """Ask it something, and wait for the answer."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.write(command + "\n")
        self.popen.stdin.flush()
        line = self.popen.stdout.readline()
        if not line:
            sys.exit(f"{self.popen.args!r} ended while it was asked: {command}")
        return json.loads(line)


def clean_environment() -> dict[str, str]:
    """Copy the environment without what would change the candidates' settings."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_OTHERS_SETTINGS)
    }


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Process]:
    """Run ``tests.benchmarks.MODULE`` until the end of the block."""
    popen = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=clean_environment(),
    )
    with popen:
        assert popen.stdout is not None
        line = popen.stdout.readline()
        if not line:
            sys.exit(f"{module} {' '.join(arguments)} did not start")
        try:
            yield Process(int(line), popen)
        finally:
            popen.kill()
