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
        ``queued`` (held in memory, in flight or not), ``spooled`` (held on disk, in flight or
        not), ``sent``, ``retried`` (how often something was sent again), ``dropped`` by reason,
        ``unspooled`` (how often the disk could not take one that it should have). Of both events
        and profiles: ``in_flight`` (in batches being sent or waiting for another try),
        ``queued_bytes``, ``batches`` and ``bytes_sent`` (arrived; JSON before compression),
        ``oldest_age_s`` (0.0 when nothing is held), ``last_error``; ``profiles``, the same for
        profiles; and ``recovered``, the same for events that an earlier run, or a process that
        has died, left in the spool: they were captured there, and count nowhere else here.
    """
    ledger, backlog = schedule.ledger, schedule.backlog
    with ledger.lock:
        events, profiles, recovered = ledger.events, ledger.profiles, ledger.recovered
        times = [ledger.oldest_put_at(), backlog.oldest_put_at()]
        oldest = min((time for time in times if time is not None), default=now)
        return {
            "captured": events.captured,
            "skipped": events.skipped.total(),
            "skipped_by_rule": dict(events.skipped),
            "sampled_out": events.sampled_out,
            "queued": events.queued,
            "spooled": events.spooled,
            "sent": events.sent,
            "retried": schedule.retried,
            "dropped": dict(events.dropped),
            "unspooled": schedule.unspooled,
            "in_flight": backlog.in_flight(),
            "queued_bytes": ledger.held_bytes,
            "batches": schedule.batches_sent,
            "bytes_sent": schedule.bytes_sent,
            "oldest_age_s": max(now - oldest, 0.0),
            "last_error": last_error,
            "profiles": {
                "captured": profiles.captured,
                "queued": profiles.queued,
                "sent": profiles.sent,
                "dropped": dict(profiles.dropped),
            },
            "recovered": {
                "found": recovered.captured,
                "spooled": recovered.spooled,
                "sent": recovered.sent,
                "dropped": dict(recovered.dropped),
            },
        }


def summary(schedule: Schedule[T]) -> str:
    """Sum up the counts of events in one line, for the log."""
    ledger = schedule.ledger
    with ledger.lock:
        events, recovered = ledger.events, ledger.recovered
        text = (
            f"closed: {events.captured} captured, {events.sent} sent, "
            f"{events.skipped.total()} skipped, {events.sampled_out} sampled out, "
            f"{events.dropped.total()} dropped"
        )
        if events.spooled:
            text += f", {events.spooled} left in the spool"
        if recovered.captured:
            text += f"; of {recovered.captured} that were left before, {recovered.sent} sent"
        return text
