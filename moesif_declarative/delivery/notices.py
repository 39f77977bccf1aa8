"""What the delivery says in the log: at most one line a minute of each kind.

Flows in: what happened. Flows out: the lines that are due. No line ever holds an event's content,
the application id or the collector's address (which may hold a password).
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from typing import Literal, TypeAlias

from moesif_declarative.delivery.policy import Answer, Decision, Done, Drop, Hold, Retry

QUIET_S = 60.0

NoticeKind: TypeAlias = Literal[
    "encode",
    "refused",
    "unreachable",
    "address",
    "spool",
    "unreadable",
    "adopted",
    "lost",
    "recovered",
    "closed",
]
Line: TypeAlias = tuple[int, str]

_LEVELS: dict[NoticeKind, int] = {
    "encode": logging.ERROR,
    "refused": logging.ERROR,
    "unreachable": logging.WARNING,
    "address": logging.ERROR,
    "spool": logging.WARNING,
    "unreadable": logging.ERROR,
    "adopted": logging.INFO,
    "lost": logging.WARNING,
    "recovered": logging.INFO,
    "closed": logging.INFO,
}


class Notices:
    """Keeps the latest notice of each kind until it may be told."""

    def __init__(self) -> None:
        self._pending: dict[NoticeKind, str] = {}
        self._told: dict[NoticeKind, float] = {}
        self._troubled = False

    def note(self, kind: NoticeKind, text: str) -> None:
        """Remember a notice; it replaces an untold one of its kind."""
        self._pending[kind] = text

    def answered(self, answer: Answer, decision: Decision, held: int) -> None:
        """Remember what the log should say about an answer.

        Args:
            answer: The collector's answer.
            decision: What was decided on it.
            held: How many items wait, this batch's included.
        """
        match decision:
            case Done():
                self._recovered()
            case Hold():
                self._troubled = True
                inactive = answer.status == 402
                why = "the subscription is inactive" if inactive else "check APPLICATION_ID"
                text = f"the collector refuses events ({answer.text}): {why}; {held} items wait"
                self.note("refused", text)
            case Drop() if answer.status is not None:
                text = f"the collector does not take events ({answer.text}): check BASE_URI"
                self.note("address", text)
            case Retry():
                self._troubled = True
                text = f"a batch could not be delivered ({answer.text}); {held} items wait"
                self.note("unreachable", text)

    def _recovered(self) -> None:
        self._pending.pop("unreachable", None)
        self._pending.pop("refused", None)
        # Only who heard of the trouble needs to hear of its end.
        if self._troubled and ("unreachable" in self._told or "refused" in self._told):
            self.note("recovered", "events are taken again")
        self._troubled = False

    def due(self, now: float, lost: Counter[str], *, all_of_them: bool = False) -> list[Line]:
        """Take the lines that may be told now.

        Args:
            now: Monotonic seconds.
            lost: Losses by reason that were not told yet; emptied when they are.
            all_of_them: Whether to tell them all, however recent the last ones are.
        """
        ready = [
            kind
            for kind in self._kinds(lost)
            if all_of_them or now >= self._told.get(kind, -math.inf) + QUIET_S
        ]
        lines = []
        for kind in ready:
            self._told[kind] = now
            lines.append((_LEVELS[kind], _losses(lost) if kind == "lost" else self._pending[kind]))
            self._pending.pop(kind, None)
        return lines

    def due_at(self, lost: Counter[str]) -> float:
        """When the next line is due, in monotonic seconds; infinity for never."""
        return min(
            (self._told.get(kind, -math.inf) + QUIET_S for kind in self._kinds(lost)),
            default=math.inf,
        )

    def _kinds(self, lost: Counter[str]) -> list[NoticeKind]:
        return [*self._pending, *(("lost",) if lost else ())]


def _losses(lost: Counter[str]) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items()))
    total = lost.total()
    lost.clear()
    return f"{total} item{'s were' if total != 1 else ' was'} not delivered: {reasons}"
