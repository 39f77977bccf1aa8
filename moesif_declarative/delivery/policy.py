"""What to do about the collector's answer to one batch; pure.

Flows in: the answer, how often the batch was tried, the time of day and a random number. Flows
out: a decision. What Moesif means by its statuses: https://www.moesif.com/docs/api.

| answer | decision |
| --- | --- |
| 2xx | done |
| no answer, 408, 425, 429, 5xx | again, after a backoff with full jitter or ``Retry-After`` |
| 400, 406, 413, 422 | halve the batch; an event refused alone is dropped |
| 401, 402, 403 | stop sending, keep everything, try again slowly |
| any other | again twice (a proxy may be restarting), then drop the batch |
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeAlias

BACKOFF_FIRST_S = 0.5
BACKOFF_MOST_S = 30.0
RETRY_AFTER_MOST_S = 300.0
HOLD_S = 30.0
TRIES_ELSEWHERE = 3

SINK_CLOSED = "sink closed"
"""The error of a sink that will never take anything again, such as a closed pipe."""

_AGAIN = frozenset({408, 425, 429})
_GUILTY = frozenset({400, 406, 413, 422})
_REFUSED = frozenset({401, 402, 403})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sink says to one batch.

    Attributes:
        status: The HTTP status; None where there was no whole answer.
        error: Why there was none, in a few words without any content; ``""`` with a status.
        headers: The answer's headers, names in lower case.
    """

    status: int | None
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer in a few words, for counts and logs."""
        return self.error if self.status is None else f"status {self.status}"

    @property
    def accepted(self) -> bool:
        """Whether the batch has arrived."""
        return self.status is not None and 200 <= self.status <= 299


ACCEPTED = Answer(201)


@dataclass(frozen=True, slots=True)
class Done:
    """The batch has arrived."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same bytes again.

    Attributes:
        after_s: Seconds to wait first.
        asked: Whether the collector asked for that wait; then nobody cuts it short, and no
            other batch is sent meanwhile.
    """

    after_s: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """Some event in the batch is refused: find it by halving.

    Attributes:
        reason: What an event that is refused alone is counted under.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing will be taken for now: keep all, send nothing, try again slowly.

    Attributes:
        after_s: Seconds until the next try.
    """

    after_s: float


@dataclass(frozen=True, slots=True)
class Drop:
    """The batch is lost.

    Attributes:
        reason: What its events are counted under.
    """

    reason: str


Decision: TypeAlias = Done | Retry | Split | Hold | Drop


def decide(
    answer: Answer, attempt: int, *, now: datetime.datetime, random: float, failures: int = 0
) -> Decision:
    """Decide what becomes of a batch.

    Args:
        answer: The sink's answer.
        attempt: Which try it answers, from 1.
        now: The time of day, aware; ``Retry-After`` may be a date.
        random: A random number in [0, 1), for the jitter.
        failures: How often in a row other batches have failed before: a new batch does not
            hurry a collector that is down.
    """
    status = answer.status
    tries = max(attempt, failures + 1)
    if status is None:
        return Drop(SINK_CLOSED) if answer.error == SINK_CLOSED else _backoff(tries, random)
    if answer.accepted:
        return Done()
    if status in _GUILTY:
        return Split(f"refused with status {status}")
    if status in _REFUSED:
        return Hold(HOLD_S)
    if status in _AGAIN or 500 <= status <= 599:
        asked_s = retry_after_s(answer.headers.get("retry-after", ""), now)
        if asked_s is not None:
            return Retry(asked_s, asked=True)
        return _backoff(tries, random)
    if attempt < TRIES_ELSEWHERE:
        return _backoff(tries, random)
    return Drop(f"refused with status {status}")


def _backoff(attempt: int, random: float) -> Retry:
    # 2.0**60 is past any cap: a batch that is tried for weeks must not overflow the power.
    ceiling = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(attempt - 1, 60))
    return Retry(ceiling * random)


def retry_after_s(text: str, now: datetime.datetime) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110, section 10.2.3).

    Args:
        text: The header's value: seconds, or an HTTP date.
        now: The time of day, aware.

    Returns:
        Seconds from now, at least 0 and capped; None when there is none that can be read.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return RETRY_AFTER_MOST_S if len(text) > 9 else min(float(text), RETRY_AFTER_MOST_S)
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=datetime.UTC)
        wait_s = (date - now).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(wait_s, 0.0), RETRY_AFTER_MOST_S)
