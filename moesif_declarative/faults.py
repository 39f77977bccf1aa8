"""What goes wrong in users' callables and masks: counted always, logged once a minute.

Flows in: a setting, the name of the rule, and the error. Flows out: counts and log lines, which
never hold the error's message: it may quote the very value that a mask was to hide.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable

_QUIET_S = 60.0


class Faults:
    """Counts faults by rule.

    Args:
        log: Where they are told.
        clock: Monotonic seconds.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told: dict[str, float] = {}

    def note(self, setting: str, rule: str, error: BaseException) -> None:
        """Count one fault, and tell it unless that rule's last was told within a minute."""
        name = f"{setting}.{rule}" if rule else setting
        now = self._clock()
        with self._lock:
            self._counts[name] += 1
            count = self._counts[name]
            due = now - self._told.get(name, -_QUIET_S) >= _QUIET_S
            if due:
                self._told[name] = now
        if due:
            cause = error.__cause__ or error
            self._log.warning(
                "%s failed with %s at %s (%d so far)",
                name,
                type(cause).__name__,
                _place(cause),
                count,
            )

    def note_all(self, faults: Iterable[tuple[str, str, BaseException]]) -> None:
        """Count several faults."""
        for setting, rule, error in faults:
            self.note(setting, rule, error)

    def counts(self) -> dict[str, int]:
        """Faults so far, by setting and rule."""
        with self._lock:
            return dict(self._counts)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
