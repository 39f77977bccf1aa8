"""The output transform that sees every response on its way out.

Flows in: the head and the pieces of a response, before Tornado compresses them. Flows out: the
same, with the id of the call in a header; and a note of what was written.

At log time Tornado's write buffer is empty, so bodies are kept on their way out: by a transform
that stands first, before compression. It copies references and counts bytes; it never delays or
breaks a response.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform, RequestHandler

from moesif_declarative.call.transaction import (
    HEADER,
    fresh_transaction_id,
    is_transaction_id,
)
from moesif_declarative.capture.departure import watch
from moesif_declarative.capture.written import Written

_log = logging.getLogger("moesif_declarative.capture")


@dataclass(slots=True)
class Wishes:
    """What a capture is to keep and to add; it may be changed at any time.

    Attributes:
        max_body_bytes: Bodies up to this size are kept.
        transaction_ids: Whether ids are taken over from headers and told in them.
    """

    max_body_bytes: int
    transaction_ids: bool


def choose_transaction_id(
    request_headers: HTTPHeaders, response_headers: HTTPHeaders, *, from_headers: bool
) -> str:
    """Choose the id of a call.

    Args:
        request_headers: As Tornado read them.
        response_headers: As the handler has set them.
        from_headers: Whether an id in the headers counts.

    Returns:
        What the handler says; else what the client says; else a fresh one. What is no UUID
        does not count.
    """
    if from_headers:
        for headers in (response_headers, request_headers):
            # Asked this way, as a header that is not there costs Tornado an exception.
            if HEADER in headers and is_transaction_id(named := headers[HEADER]):
                return named
    return fresh_transaction_id()


def transform_class(
    attribute: str, wishes: Wishes, on_left: Callable[[RequestHandler], None]
) -> type[OutputTransform]:
    """Make the transform of one capture, as `Application.transforms` holds it.

    Args:
        attribute: The name under which a request bears its `Written`.
        wishes: What is kept and added.
        on_left: Called with the handler whose client has left.
    """

    class Transform(OutputTransform):
        """Notes a response on its way out, and names the call in its head."""

        def __init__(self, request: HTTPServerRequest) -> None:
            self._request = request
            self._written = Written()
            try:
                setattr(request, attribute, self._written)
                watch(request, on_left)
            except Exception:  # noqa: BLE001 - raising here would break the client's connection
                _log.exception("a request could not be watched")

        def transform_first_chunk(
            self,
            status_code: int,
            headers: HTTPHeaders,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002 - Tornado's signature
        ) -> tuple[int, HTTPHeaders, bytes]:
            try:
                self._written.encoding = headers.get("Content-Encoding", "")
                self._written.add(chunk, wishes.max_body_bytes)
                self._name(headers)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("a response could not be captured")
            return status_code, headers, chunk

        def transform_chunk(
            self,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002 - Tornado's signature
        ) -> bytes:
            try:
                self._written.add(chunk, wishes.max_body_bytes)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("a response body could not be captured")
            return chunk

        def _name(self, headers: HTTPHeaders) -> None:
            wanted = wishes.transaction_ids
            named = choose_transaction_id(self._request.headers, headers, from_headers=wanted)
            self._written.transaction_id = named
            if wanted and HEADER not in headers:
                headers[HEADER] = named

    return Transform
