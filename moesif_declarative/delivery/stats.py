"""The counts as users see them.

Flows in: a schedule, under its lock. Flows out: a plain dict.
"""

from __future__ import annotations

from typing import Any, TypeVar

from moesif_declarative.delivery.schedule import Schedule

T = TypeVar("T")


def snapshot(schedule: Schedule[T], now: float, last_error: str | None) -> dict[str, Any]:
    """Read the counts of one moment.

    Args:
        schedule: What is counted.
        now: Monotonic seconds.
        last_error: The last answer that was no success, in a few words.

    Returns:
        Counts of events: ``captured``, ``skipped`` (and ``skipped_by_rule``), ``sampled_out``,
        ``queued`` (all that is held, in flight or not), ``spooled``, ``sent``, ``retried`` (how
        often something was sent again), ``dropped`` by reason; of both events and profiles:
        ``in_flight`` (in batches being sent or waiting for another try), ``queued_bytes``,
        ``batches`` and ``bytes_sent`` (arrived; JSON before compression), ``oldest_age_s`` (0.0
        when nothing is held), ``last_error``; and ``profiles``, the same for profiles.
    """
    ledger = schedule.ledger
    events, profiles = ledger.events, ledger.profiles
    oldest = ledger.oldest_put_at()
    return {
        "captured": events.captured,
        "skipped": events.skipped.total(),
        "skipped_by_rule": dict(events.skipped),
        "sampled_out": events.sampled_out,
        "queued": events.queued,
        "spooled": 0,
        "sent": events.sent,
        "retried": schedule.retried,
        "dropped": dict(events.dropped),
        "in_flight": sum(len(batch.entries) for batch in schedule.batches),
        "queued_bytes": ledger.held_bytes,
        "batches": schedule.batches_sent,
        "bytes_sent": schedule.bytes_sent,
        "oldest_age_s": 0.0 if oldest is None else max(now - oldest, 0.0),
        "last_error": last_error,
        "profiles": {
            "captured": profiles.captured,
            "queued": profiles.queued,
            "sent": profiles.sent,
            "dropped": dict(profiles.dropped),
        },
    }


def summary(schedule: Schedule[T]) -> str:
    """Sum up the counts of events in one line, for the log."""
    events = schedule.ledger.events
    return (
        f"closed: {events.captured} captured, {events.sent} sent, "
        f"{events.skipped.total()} skipped, {events.sampled_out} sampled out, "
        f"{events.dropped.total()} dropped"
    )
