"""What one exchange gives: a reply, or why there is none.

Flows in: nothing. Flows out: two names for whoever talks to the collector; importing them costs
nothing, while what does the talking takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class NoAnswerError(Exception):
    """There was no whole answer; the message says why, without addresses or content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the collector answered.

    Attributes:
        status: The HTTP status.
        headers: The headers, names in lower case.
        body: The body, where it was asked for; else it was read and thrown away.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
