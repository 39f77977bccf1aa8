"""Reading what Moesif serves: ``/v1/config`` and ``/v1/rules``. Never through the queue.

Flows in: the settings' account, a path, the tag of what is known already. Flows out: status,
headers and body.

It goes the way that batches go: ``BASE_URI`` with its credentials, ``APPLICATION_ID``,
``REQUEST_TIMEOUT`` for the whole exchange, proxies and CA bundles by the usual variables, the
same user agent, no redirects. It blocks for so long: call it in a thread, never on the loop, and
never at startup's expense. Each call opens a connection of its own and closes it: nothing is
kept, so nothing is shared with a forked child, and any number of threads may call it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from moesif_declarative.delivery.address import split_address
from moesif_declarative.delivery.moesif import USER_AGENT, importing
from moesif_declarative.delivery.reply import NoAnswerError
from moesif_declarative.schema.settings import Settings

__all__ = ["Fetched", "NoAnswerError", "fetch"]

_MOST_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the collector answered to a read.

    Attributes:
        status: The HTTP status, whatever it is: 200 with a body, 304 when what is known already
            is the latest, 401 for an application id that is not accepted, …
        headers: The headers, names in lower case: the tags are ``x-moesif-config-etag``,
            ``x-moesif-rules-tag`` (some collectors say ``x-moesif-rules-etag``) and ``etag``.
        body: The body, decompressed; not checked to be JSON.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(settings: Settings, path: str, etag: str | None = None) -> Fetched:
    """Read something from the collector, once: whoever calls decides when to try again.

    Args:
        settings: Whose account; ``ENABLED`` and ``SINK`` are not looked at.
        path: Behind the base address, such as ``/v1/config``.
        etag: The tag of what is known already, sent byte for byte as ``If-None-Match``.

    Returns:
        The answer, with any status.

    Raises:
        NoAnswerError: There was no whole answer in time, or it has more than 16 MiB. The message
            says why in a few words (``timeout``, ``connection refused``, ``host not found``,
            ``TLS failed``, …), without address, id or content; it may be logged.
    """
    with importing:
        from moesif_declarative.delivery.connection import Connection

    address, credentials = split_address(settings.base_uri)
    headers = {
        "X-Moesif-Application-Id": settings.application_id,
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
    }
    if etag is not None:
        headers["If-None-Match"] = etag
    connection = Connection(settings.request_timeout, credentials)
    try:
        reply = connection.exchange("GET", address + path, headers, keep_bytes=_MOST_BYTES)
    finally:
        connection.close()
    return Fetched(reply.status, reply.headers, reply.body)
