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
from typing import Final, TypeAlias

_log = logging.getLogger(__name__)

_COMPANIONS = (".secrets.toml", "settings.local.toml", ".env")

_SETTLING_S: Final = 0.1
_MOST_WAITS: Final = 50

Signature: TypeAlias = frozenset[tuple[str, int, int, int]]


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
        # As it was before the reading: a change in the meantime is one for the next look.
        self._seen = now
        self._changed()
        return True

    def _run(self) -> None:
        while not self._ended.wait(self._interval_s):
            try:
                self._settle()
                self.look()
            except Exception:  # noqa: BLE001 - the watch goes on whatever one look brings
                _log.exception("a look at the settings files failed")

    def _settle(self) -> None:
        """Wait until nobody writes any more: half a file may be valid, and without its masks."""
        before, now = self._seen, signature(self._files())
        for _ in range(_MOST_WAITS):
            if now in {before, self._seen} or self._ended.wait(_SETTLING_S):
                return
            before, now = now, signature(self._files())


def signature(files: Sequence[str]) -> Signature:
    """Tell the files and those beside them by name, inode, time and size.

    A file that is put in another's place, as Kubernetes does by a link, may be as old and as
    large.
    """
    folders = {Path(file).parent for file in files}
    candidates = {Path(file) for file in files}
    candidates |= {folder / name for folder in folders for name in _COMPANIONS}
    found = set()
    for path in candidates:
        try:
            about = path.stat()
        except OSError:
            continue
        found.add((str(path), about.st_ino, about.st_mtime_ns, about.st_size))
    return frozenset(found)
