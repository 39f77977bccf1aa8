"""A surrounding in which nothing of the user's own settings has a say.

Flows in: nothing. Flows out: a settings file with the example in it, alone in a folder, and a
process environment without variables that would change it or the way to the collector.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from moesif_declarative.demo.example import read_example

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@contextmanager
def isolated_settings() -> Iterator[Path]:
    """Give a settings file with the example in it, for as long as the context lasts.

    Raises:
        FileNotFoundError: The example is missing.
    """
    example = read_example()
    with TemporaryDirectory(prefix="moesif-demo-") as folder, _clean_environment():
        # A `.env` beside the settings keeps the one in the working directory from being read.
        (Path(folder) / ".env").touch()
        path = Path(folder) / "settings.toml"
        path.write_text(example, encoding="utf-8")
        yield path


@contextmanager
def _clean_environment() -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name.upper().startswith("MOESIF_") or name.lower() in _PROXIES:
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(before)
