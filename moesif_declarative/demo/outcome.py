"""What became of each of the demo's calls, and how it is shown.

Flows in: a call, the event that arrived for it if any, and the middleware's counters before and
after. Flows out: rows, and a table for people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from moesif_declarative.demo.traffic import DemoCall

_STYLES = {"sent": "green", "skipped": "cyan", "sampled out": "cyan", "lost": "bold red"}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one call.

    Attributes:
        call: Method and target, as they arrived; the path alone where nothing arrived.
        shows: What this call is there to show.
        status: The status that the client got.
        user: The user that was identified, ``""`` without one.
        company: The company, ``""`` without one.
        fate: What became of its event.
        rule: The rule that skipped it, ``""`` where none did.
        masked: Rule to how often it masked something.
    """

    call: str
    shows: str
    status: int
    user: str
    company: str
    fate: Literal["sent", "skipped", "sampled out", "lost"]
    rule: str
    masked: Mapping[str, int]


def make_row(
    call: DemoCall,
    status: int,
    event: Mapping[str, Any] | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Row:
    """Tell what became of a call.

    Args:
        call: What was sent.
        status: The status that the client got.
        event: The event that arrived, None if none did.
        before: The middleware's ``stats()`` before the call.
        after: The same after it was flushed.
    """
    if event is None:
        rule = _risen(before.get("skipped_by_rule"), after.get("skipped_by_rule"))
        is_sampled_out = after.get("sampled_out", 0) > before.get("sampled_out", 0)
        fate: Literal["skipped", "sampled out", "lost"] = (
            "skipped" if rule else "sampled out" if is_sampled_out else "lost"
        )
        path = call.target.partition("?")[0]
        return Row(f"{call.method} {path}", call.name, status, "", "", fate, rule, {})
    uri = str(event["request"]["uri"])
    target = "/" + uri.partition("://")[2].partition("/")[2]
    return Row(
        call=f"{call.method} {target}",
        shows=call.name,
        status=status,
        user=str(event.get("user_id") or ""),
        company=str(event.get("company_id") or ""),
        fate="sent",
        rule="",
        masked=(event.get("metadata") or {}).get("moesif_masked") or {},
    )


def render_rows(rows: Sequence[Row]) -> Table:
    """Put rows into a table."""
    table = Table(title="What reached the collector", title_justify="left", expand=True)
    for name, ratio in (("Call", 5), ("Shows", 4), ("User", 3), ("Company", 2)):
        table.add_column(name, ratio=ratio, overflow="fold")
    table.add_column("Status", justify="right", width=6)
    table.add_column("Event", ratio=3, overflow="fold")
    table.add_column("Masked, by rule", ratio=4, overflow="fold")
    for row in rows:
        fate = f"{row.fate} by {row.rule}" if row.rule else row.fate
        table.add_row(
            Text(row.call),
            Text(row.shows),
            Text(row.user or "-"),
            Text(row.company or "-"),
            Text(str(row.status), style=_status_style(row.status)),
            Text(fate, style=_STYLES[row.fate]),
            Text(", ".join(f"{rule} {count}" for rule, count in row.masked.items()) or "-"),
        )
    return table


def _risen(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> str:
    """Name the counter that rose, ``""`` where none did."""
    known = before or {}
    risen = (name for name, count in (after or {}).items() if count > known.get(name, 0))
    return next(risen, "")


def _status_style(status: int) -> str:
    return "green" if status < 400 else "yellow" if status < 500 else "red"
