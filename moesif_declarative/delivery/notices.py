"""What the delivery says in the log: at most one line a minute, whatever there is to say.

Flows in: what happened. Flows out: the line that is due. The first goes at once; what happens in
the minute after it is gathered: the latest of each kind, and losses counted by reason. No line
ever holds an event's content, the application id or the collector's address (which may hold a
password).
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from typing import Final, Literal, TypeAlias

from moesif_declarative.delivery.policy import Answer, Decision, Done, Drop, Hold, Retry

QUIET_S: Final = 60.0

GATHER_S: Final = 5.0
"""How long good news alone waits: bad news right after it would have to wait for a minute."""

NoticeKind: TypeAlias = Literal[
    "refused",
    "address",
    "encode",
    "unreadable",
    "unreachable",
    "spool",
    "lost",
    "adopted",
    "recovered",
]
Line: TypeAlias = tuple[int, str]

_LEVELS: Final[dict[NoticeKind, int]] = {
    "refused": logging.ERROR,
    "address": logging.ERROR,
    "encode": logging.ERROR,
    "unreadable": logging.ERROR,
    "unreachable": logging.WARNING,
    "spool": logging.WARNING,
    "lost": logging.WARNING,
    "adopted": logging.INFO,
    "recovered": logging.INFO,
}
"""In the order in which one line tells them."""


class Notices:
    """Keeps the latest notice of each kind until they may be told."""

    def __init__(self) -> None:
        self._pending: dict[NoticeKind, str] = {}
        self._quiet_until = -math.inf
        self._good_until = math.inf
        self._troubled = False
        self._trouble_told = False

    def note(self, kind: NoticeKind, text: str, now: float) -> None:
        """Remember a notice; it replaces an untold one of its kind.

        Args:
            kind: What it is about.
            text: What it says.
            now: Monotonic seconds.
        """
        self._pending[kind] = text
        if _LEVELS[kind] == logging.INFO:
            self._good_until = min(self._good_until, now + GATHER_S)

    def answered(self, answer: Answer, decision: Decision, held: int, now: float) -> None:
        """Remember what the log should say about an answer.

        Args:
            answer: The collector's answer.
            decision: What was decided on it.
            held: How many items wait, this batch's included.
            now: Monotonic seconds.
        """
        waiting = f"{answer.text}; {held} item{'' if held == 1 else 's'} waiting"
        match decision:
            case Done():
                self._recovered(now)
            case Hold():
                inactive = answer.status == 402
                why = "the subscription is inactive" if inactive else "check APPLICATION_ID"
                self._trouble("refused", f"the collector refuses events ({waiting}): {why}", now)
            case Drop() if answer.status is not None:
                text = f"the collector does not take events ({answer.text}): check BASE_URI"
                self._pending.pop("unreachable", None)  # those were the tries before
                self.note("address", text, now)
            case Retry():
                self._trouble("unreachable", f"a batch could not be delivered ({waiting})", now)

    def due(self, now: float, lost: Counter[str], *, at_last: bool = False) -> list[Line]:
        """Take the line that may be told now, if there is one.

        Args:
            now: Monotonic seconds.
            lost: Losses by reason that were not told yet; emptied when they are.
            at_last: Whether to tell what there is, however recent the last line is.
        """
        if not (at_last or now >= self.due_at(lost)):
            return []
        if lost:
            self._pending["lost"] = _losses(lost)
        told = [kind for kind in _LEVELS if kind in self._pending]
        if not told:
            return []
        self._trouble_told = self._troubled and (
            self._trouble_told or "refused" in told or "unreachable" in told
        )
        text = "; ".join(self._pending[kind] for kind in told)
        self._pending.clear()
        self._quiet_until, self._good_until = now + QUIET_S, math.inf
        return [(max(_LEVELS[kind] for kind in told), text)]

    def due_at(self, lost: Counter[str]) -> float:
        """When the next line is due, in monotonic seconds; infinity for never."""
        if lost or any(_LEVELS[kind] > logging.INFO for kind in self._pending):
            return self._quiet_until
        return max(self._quiet_until, self._good_until) if self._pending else math.inf

    def _trouble(self, kind: NoticeKind, text: str, now: float) -> None:
        self._troubled = True
        self._pending.pop("recovered", None)
        self.note(kind, text, now)

    def _recovered(self, now: float) -> None:
        self._pending.pop("unreachable", None)
        self._pending.pop("refused", None)
        # Only who heard of the trouble needs to hear of its end.
        if self._troubled and self._trouble_told:
            self.note("recovered", "events are taken again", now)
        self._troubled = False


def _losses(lost: Counter[str]) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items()))
    total = lost.total()
    lost.clear()
    return f"{total} item{'s were' if total != 1 else ' was'} not delivered: {reasons}"
