"""The handler that answers for a governance rule, in place of the application's own.

Flows in: a blocked request and what the rule says. Flows out: the response.
"""

from __future__ import annotations

from typing import Any, Final

from tornado.web import RequestHandler, stream_request_body

from moesif_declarative.served.arrival import decoded
from moesif_declarative.served.governance import Blocking
from moesif_declarative.served.response import Header

_BODYLESS: Final = frozenset({204, 304})


# As a stream the body is never parsed: one that is malformed gets the rule's answer too.
@stream_request_body
class BlockedHandler(RequestHandler):
    """Answers as a rule says, whatever the method; nothing of the application's handler runs.

    Attributes:
        moesif_stands_for: The class of the handler that would have run.
    """

    moesif_stands_for: type

    def initialize(self, blocking: Blocking, headers: tuple[Header, ...], stands_for: type) -> None:
        """Take the answer.

        Args:
            blocking: Status and body.
            headers: The headers of all rules that match.
            stands_for: The class of the handler that would have run.
        """
        self.moesif_stands_for = stands_for
        self._blocking = blocking
        self._rule_headers = headers
        self.SUPPORTED_METHODS = (self.request.method or "",)

    def prepare(self) -> None:
        """Answer before anything else could."""
        self.set_status(self._blocking.status)
        self.set_header("Content-Type", self._blocking.content_type)
        for name, value in self._rule_headers:
            self.set_header(name, value)
        self.finish(None if self._blocking.status in _BODYLESS else self._blocking.body)

    def data_received(self, chunk: bytes) -> None:
        """Let the rest of the body go by."""

    def compute_etag(self) -> str | None:
        """Give none: a block is no version of the resource, and no 304."""
        return None

    def check_xsrf_cookie(self) -> None:
        """Let it pass: nothing is done here."""

    def check_trusted_origin(self, origin: str) -> bool:  # noqa: ARG002 - Tornado's signature
        """Trust all: nothing is done here."""
        return True

    def decode_argument(self, value: Any, name: str | None = None) -> Any:  # noqa: ARG002
        """Take what is no UTF-8 too; a group that took no part in the match stays None."""
        return decoded(value)
