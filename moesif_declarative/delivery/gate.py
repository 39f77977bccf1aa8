"""Whether anything may be sent at all: closed while the collector refuses, throttles or fails.

Flows in: the decisions on batches. Flows out: whether another batch may go. A closed gate lets
one batch through when its time is over, as a probe; what becomes of that one opens it or not.
"""

from __future__ import annotations

from dataclasses import dataclass

from moesif_declarative.delivery.policy import Decision, Hold, Retry


@dataclass(slots=True)
class Gate:
    """Open, or closed until a time.

    Attributes:
        patience: How many batches in a row may fail before the trouble is the collector's and
            not theirs.
        closed: Whether only probes may pass.
        until: When the next probe may go, in monotonic seconds.
        asked: Whether the collector asked for that wait.
        refused: Whether it refuses us, whatever we send.
        probing: Whether a probe is on its way.
        failures: How many batches in a row have failed.
    """

    patience: int = 1
    closed: bool = False
    until: float = 0.0
    asked: bool = False
    refused: bool = False
    probing: bool = False
    failures: int = 0

    @property
    def failing(self) -> bool:
        """Whether it is closed because batch after batch failed."""
        return self.closed and not self.asked and not self.refused

    def admits(self, now: float) -> bool:
        """Whether a batch may be sent now."""
        return not self.closed or (now >= self.until and not self.probing)

    def holds(self, now: float) -> bool:
        """Whether the collector refuses everyone, and a probe is neither due nor on its way."""
        return self.closed and self.refused and not self.probing and now < self.until

    def sent(self) -> bool:
        """Note that a batch is being sent.

        Returns:
            Whether it is a probe.
        """
        self.probing = self.closed
        return self.closed

    def answered(self, decision: Decision, now: float, *, probe: bool) -> None:
        """Note what was decided on a batch.

        Args:
            decision: The decision.
            now: Monotonic seconds.
            probe: Whether the batch was a probe.
        """
        if probe:
            self.probing = False
        match decision:
            case Hold(after_s):
                self._close(now + after_s, refused=True)
            case Retry(after_s, asked=True):
                self._close(now + after_s, asked=True)
            case Retry(after_s):
                self.failures += 1
                if probe or (self.failures >= self.patience and not self.closed):
                    self._close(now + after_s)
            case _:
                self.failures = 0
                # An answer to a batch that was on its way already says nothing about a wait that
                # the collector asks for.
                if probe or not self.asked:
                    self.closed = self.asked = self.refused = False

    def gave_up(self, *, probe: bool) -> None:
        """Note that a batch was not sent after all."""
        if probe:
            self.probing = False

    def hasten(self, now: float) -> None:
        """Let a probe pass at once, unless the collector asked for the wait."""
        if not self.asked:
            self.until = min(self.until, now)

    def _close(self, until: float, *, asked: bool = False, refused: bool = False) -> None:
        self.closed, self.until, self.asked, self.refused = True, until, asked, refused
