"""A look at the settings files every so often, in a thread of its own.

Flows in: which files, and how often. Flows out: a call when one of them has changed, appeared
or gone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

_log = logging.getLogger(__name__)

_COMPANIONS = (".secrets.toml", "settings.local.toml", ".env")

Signature: TypeAlias = frozenset[tuple[str, int, int]]


class Watch:
    """Looks at files, from the first `begin` to `end`.

    Args:
        interval_s: Seconds between looks; 0: never.
        files: Gives the files that were read last.
        changed: Called, in the watch's thread, after a change.
    """

    def __init__(
        self, interval_s: float, files: Callable[[], Sequence[str]], changed: Callable[[], object]
    ) -> None:
        self._interval_s = interval_s
        self._files = files
        self._changed = changed
        self._seen = signature(files()) if interval_s else frozenset()
        self._ended = threading.Event()
        self._process: int | None = None

    def begin(self) -> None:
        """Start looking, in the process that calls this first; again after a fork."""
        if not self._interval_s or self._process == os.getpid() or self._ended.is_set():
            return
        self._process = os.getpid()
        threading.Thread(target=self._run, name="moesif-reload", daemon=True).start()

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()

    def look(self) -> bool:
        """Look once; call `changed` and return true when something is not as it was."""
        now = signature(self._files())
        if now == self._seen:
            return False
        self._changed()
        self._seen = signature(self._files())
        return True

    def _run(self) -> None:
        while not self._ended.wait(self._interval_s):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the watch goes on whatever one look brings
                _log.exception("a look at the settings files failed")


def signature(files: Sequence[str]) -> Signature:
    """Tell the files and those beside them by name, time and size."""
    folders = {Path(file).parent for file in files}
    candidates = {Path(file) for file in files}
    candidates |= {folder / name for folder in folders for name in _COMPANIONS}
    found = set()
    for path in candidates:
        try:
            about = path.stat()
        except OSError:
            continue
        found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)
