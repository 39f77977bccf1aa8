"""Moesif's collector, or one that speaks its API, as a sink.

Flows in: batches. Flows out: answers. What does the work is imported with the first batch, in the
thread that sends it: moesifapi and its HTTP library take a quarter of a second to import.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.delivery.policy import Answer
from moesif_declarative.version import __version__

if TYPE_CHECKING:
    from moesif_declarative.delivery.sender import Sender


# A fork in the middle of an import would leave the child with a module whose lock nobody ever
# releases: a fork waits for the import to end.
importing = threading.Lock()
"""Whoever holds it may import what talks to the collector."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=importing.acquire,
        after_in_parent=importing.release,
        after_in_child=importing.release,
    )

USER_AGENT: Final = f"moesif-declarative/{__version__}"
"""What the collector is told of the client."""

OnAnswer: TypeAlias = Callable[[Mapping[str, str]], None]

_log = logging.getLogger("moesif_declarative.delivery")


class MoesifSink:
    """Sends batches over HTTP, each process over connections of its own.

    Args:
        base_uri: The collector's base address, without ``/v1``.
        application_id: The application id; kept out of every repr, log and error.
        timeout_s: Seconds that one request may take, from connecting to the answer's end.
        user_agent: What the collector is told of the client.
        on_answer: Given the headers of each answer to a post of events, names in lower case,
            whatever its status. It is called in the thread that has sent them, several threads
            at a time, and that thread sends nothing until it returns. It should not raise; if it
            does, the delivery goes on as if it had not.
    """

    def __init__(
        self,
        base_uri: str,
        application_id: str,
        timeout_s: float = 10.0,
        user_agent: str = USER_AGENT,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._base_uri = base_uri
        self._application_id = application_id
        self._timeout_s = timeout_s
        self._user_agent = user_agent
        self._on_answer = on_answer
        self._own: _Own | None = None

    def send(self, batch: Sequence[bytes]) -> Answer:
        """Post a batch of events."""
        answer = self._sender().send(batch)
        if self._on_answer is not None and answer.status is not None:
            try:
                self._on_answer(answer.headers)
            except Exception as error:  # noqa: BLE001 - whoever listens must not undo a delivery
                _log.debug("what listens to answers failed with %s", type(error).__name__)
        return answer

    def send_profiles(self, kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> Answer:
        """Post a batch of profiles."""
        return self._sender().send_profiles(kind, documents)

    def close(self) -> None:
        """Close the connections of this process."""
        own = self._own
        if own is not None and own.pid == os.getpid() and own.sender is not None:
            own.sender.close()

    def _sender(self) -> Sender:
        own = self._own
        if own is None or own.pid != os.getpid():
            # A forked child must not use its parent's connections, nor a lock that a thread of
            # the parent held. Two threads that come here at once: the last one's stays.
            own = self._own = _Own(os.getpid())
        with own.lock:
            if own.sender is None:
                with importing:
                    from moesif_declarative.delivery.sender import Sender
                own.sender = Sender(
                    self._base_uri, self._application_id, self._timeout_s, self._user_agent
                )
            return own.sender


class _Own:
    """What belongs to one process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.lock = threading.Lock()
        self.sender: Sender | None = None
