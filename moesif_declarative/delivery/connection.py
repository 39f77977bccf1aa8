"""HTTP to one collector, over connections that are kept, with a deadline for the whole exchange.

Flows in: a request. Flows out: the answer, or in a few words why there is none.

requests does the work: proxies and CA bundles by the usual variables, TLS verified; `deadline`
sees that it ends in time.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.auth import AuthBase, HTTPBasicAuth

from moesif_declarative.delivery.address import Credentials
from moesif_declarative.delivery.deadline import TimedAdapter, begin
from moesif_declarative.delivery.reply import NoAnswerError, Reply

_POOL_SIZE = 8
_UNWANTED_BYTES = 64 * 1024
_STEP_BYTES = 64 * 1024

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")

_TIMEOUTS = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)


class Connection:
    """Exchanges requests for answers; threads may share it.

    Args:
        timeout_s: Seconds that one exchange may take.
        credentials: User and password for HTTP Basic, or None.
    """

    def __init__(self, timeout_s: float, credentials: Credentials | None = None) -> None:
        self._timeout_s = timeout_s
        session = requests.Session()
        session.headers.clear()
        # requests would read all of the environment, and a .netrc file, with each request: the
        # variables are read here, once.
        session.trust_env = False
        session.auth = HTTPBasicAuth(*credentials) if credentials else _NoCredentials()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", TimedAdapter(pool_maxsize=_POOL_SIZE, max_retries=0))
        session.mount("https://", TimedAdapter(pool_maxsize=_POOL_SIZE, max_retries=0))
        self._session = session
        self._proxies: dict[str, str] | None = None

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        keep_bytes: int = 0,
    ) -> Reply:
        """Send a request and read its answer. Redirects are not followed.

        Args:
            method: The request's method.
            url: Its whole address, without credentials.
            headers: Its headers.
            body: Its body.
            keep_bytes: How many bytes of the answer's body are wanted at most; 0 for none.

        Raises:
            NoAnswerError: There was no whole answer in time, or it was longer than is wanted.
        """
        begin(self._timeout_s)
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
                verify=_bundle() if url.startswith("https:") else True,
                proxies=self._ways(url),
            )
            with response:
                content = _read(response.raw, keep_bytes)
                lowered = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, lowered, content)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # Without the cause: its message holds the address, which may hold a password.
            raise NoAnswerError(_reason(error)) from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ways(self, url: str) -> dict[str, str]:
        """The proxies on the way to the collector, by scheme."""
        if self._proxies is None:
            self._proxies = dict(requests.utils.get_environ_proxies(url, no_proxy=None))
        return self._proxies


def _bundle() -> str | bool:
    """Which authorities vouch for certificates: requests itself reads the first two names only.

    Returns:
        A file or a folder that a variable names; True for those that come with requests.
    """
    named = next(filter(None, map(os.environ.get, _BUNDLES)), None)
    if named is None:
        return True
    if not Path(named).exists():
        raise NoAnswerError("CA bundle not found")
    return named


def _read(raw: urllib3.HTTPResponse, keep_bytes: int) -> bytes:
    """Read the body to its end, so that the connection can be used again."""
    if not keep_bytes:  # of what nobody wants, a long rest costs more than another connection
        left = _UNWANTED_BYTES
        while left > 0 and (data := raw.read(min(left, 8192), decode_content=False)):
            left -= len(data)
        return b""
    parts: list[bytes] = []
    while data := raw.read(_STEP_BYTES, decode_content=True):
        parts.append(data)
        keep_bytes -= len(data)
        if keep_bytes < 0:
            raise NoAnswerError("answer too long")
    return b"".join(parts)


def _reason(error: BaseException) -> str:
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "host not found"
        if isinstance(cause, ConnectionError) and cause.strerror:
            return cause.strerror.lower()
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return "TLS failed"
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return "timeout"
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy failed"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "connection failed"
    return type(error).__name__


def _causes(error: BaseException) -> list[BaseException]:
    """The errors that an error is made of; requests and urllib3 nest them in various places."""
    found: list[BaseException] = []
    todo: list[Any] = [error]
    while todo and len(found) < 20:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            todo += [cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
            todo += cause.args
    return found


class _NoCredentials(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
