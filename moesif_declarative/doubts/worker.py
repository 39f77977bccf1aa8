"""Whether a helper process can do what the settings say.

Flows in: typed settings. Flows out: why events must be built by a thread of the application.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from moesif_declarative.errors import Problems
from moesif_declarative.schema.settings import Settings


def obstacle(settings: Settings) -> str | None:
    """Say why events are built by a thread; None: by a helper process."""
    if settings.worker != "process":
        return "WORKER says so"
    if os.name != "posix" or not sys.executable:
        return "this system has none"
    rules = [rule.table for group in settings.rules.values() for rule in group]
    if any(map(_calls, [*rules, settings.get_metadata, settings.get_metadata_outgoing])):
        return "a callable lives in the application"
    masks = settings.rules.get("MASK_EVENT_MODEL", ())
    if any(_has(rule.table, "handler") for rule in masks):
        return "a mask reads the Tornado handler"
    return None


def doubt_worker(settings: Settings, problems: Problems) -> None:
    """Warn when ``WORKER = "process"`` has no effect."""
    if settings.worker == "process" and (reason := obstacle(settings)) is not None:
        message = f"no helper process is used: {reason}"
        hint = 'leave it out, or write `WORKER = "thread"`'
        problems.warning("worker-thread", settings.place.at("WORKER"), message, hint)


def _calls(value: Any) -> bool:
    return callable(value) or _has(value, "callable")


def _has(value: Any, key: str) -> bool:
    if isinstance(value, Mapping):
        return key in value or any(_has(item, key) for item in value.values())
    return isinstance(value, list | tuple) and any(_has(item, key) for item in value)
