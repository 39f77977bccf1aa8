"""Settings that this version validates and does not act on yet.

Flows in: typed settings. Flows out: a warning for each that is switched on.
"""

from __future__ import annotations

from moesif_declarative.errors import Problems
from moesif_declarative.schema.settings import Settings


def doubt_pending(settings: Settings, problems: Problems) -> None:
    """Warn of what is switched on and has no effect in this version."""
    pending = {
        "GOVERNANCE": settings.governance,
        "CAPTURE_OUTGOING_REQUESTS": settings.capture_outgoing_requests,
    }
    for key, switched_on in pending.items():
        if switched_on:
            place = settings.place.at(key)
            hint = "leave it out until a later version acts on it"
            problems.warning("not-in-effect", place, "has no effect in this version", hint)
