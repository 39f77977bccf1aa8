"""HTTP to one collector, over connections that are kept, with a deadline for the whole exchange.

Flows in: a request. Flows out: the answer's status and headers, or in a few words why there is
none; its body is read and thrown away.

requests does the work: proxies and CA bundles by the usual variables, TLS verified. It knows no
deadline for a whole exchange, only for each read: an answer that trickles in byte by byte would
never end. So the sockets here ask, before each step, how much time is left.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - else the first look-up of a host imports it, maybe amid a fork
import io
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_POOL_SIZE = 8
_BODY_MOST_BYTES = 64 * 1024
_WRITE_BYTES = 64 * 1024

_TIMEOUTS = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)

_deadline: ContextVar[float] = ContextVar("_deadline")


class NoAnswerError(Exception):
    """There was no whole answer; the message says why, without addresses or content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the collector answered.

    Attributes:
        status: The HTTP status.
        headers: The headers, names in lower case.
    """

    status: int
    headers: Mapping[str, str]


class Connection:
    """Exchanges requests for answers; threads may share it.

    Args:
        timeout_s: Seconds that one exchange may take.
        credentials: User and password for HTTP Basic, or None.
    """

    def __init__(self, timeout_s: float, credentials: tuple[str, str] | None = None) -> None:
        self._timeout_s = timeout_s
        session = requests.Session()
        session.headers.clear()
        # Without this, requests would look for credentials in a .netrc file with each request.
        session.auth = HTTPBasicAuth(*credentials) if credentials else _NoCredentials()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", _Adapter(pool_maxsize=_POOL_SIZE, max_retries=0))
        session.mount("https://", _Adapter(pool_maxsize=_POOL_SIZE, max_retries=0))
        self._session = session

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """Send a request and read its answer. Redirects are not followed.

        Raises:
            NoAnswerError: There was no whole answer in time.
        """
        _deadline.set(time.monotonic() + self._timeout_s)
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            )
            with response:
                _read_away(response.raw)
                return Reply(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # Without the cause: its message holds the address, which may hold a password.
            raise NoAnswerError(_reason(error)) from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _read_away(raw: urllib3.HTTPResponse) -> None:
    """Read the body, so that the connection can be used again; a long one is cut off."""
    left = _BODY_MOST_BYTES
    while left > 0:
        data = raw.read(min(left, 8192), decode_content=False)
        if not data:
            return
        left -= len(data)


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


def _left_s() -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _TimedSocket:
    """A socket whose every step ends at the deadline of the exchange."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def fileno(self) -> int:
        return self._inner.fileno()

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data).cast("B")
        while rest:
            self._inner.settimeout(_left_s())
            self._inner.sendall(rest[:_WRITE_BYTES])
            rest = rest[_WRITE_BYTES:]

    def makefile(self, *_mode: Any, **_options: Any) -> io.BufferedReader:
        raw = self._inner.makefile("rb", buffering=0)
        return io.BufferedReader(_TimedReader(self._inner, raw))


class _TimedReader(io.RawIOBase):
    """Reads one answer; tells one that ends within its headers from a whole one."""

    def __init__(self, inner: socket.socket, raw: Any) -> None:
        self._inner = inner
        self._raw = raw
        self._tail = b""
        self._headers_read = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(_left_s())
        count: int = self._raw.readinto(buffer)
        if not self._headers_read:
            if not count and self._tail:
                raise ConnectionResetError("the answer ends within its headers")
            self._tail += bytes(buffer[:count])
            self._headers_read = b"\r\n\r\n" in self._tail or b"\n\n" in self._tail
            self._tail = self._tail[-3:]
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSteps:
    """The steps of a connection before its first request, each within the exchange's deadline.

    Only the look-up of a host's name keeps to a limit of its own, that of the system.
    """

    _dns_host: str
    port: int
    socket_options: Any
    sock: Any

    def _new_conn(self) -> socket.socket:
        found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        for left, (family, kind, protocol, _, address) in zip(
            range(len(found), 0, -1), found, strict=True
        ):
            connecting = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    connecting.setsockopt(*option)
                # An address that does not answer leaves time for the ones behind it.
                connecting.settimeout(_left_s() / left)
                connecting.connect(address)
                connecting.settimeout(_left_s())  # the TLS handshake ends within this, as a whole
            except OSError:
                connecting.close()
                if left == 1:
                    raise
            else:
                return connecting
        raise OSError("the host has no address")

    def _tunnel(self) -> None:
        """Ask a proxy for a tunnel."""
        plain, self.sock = self.sock, _TimedSocket(self.sock)
        super()._tunnel()  # type: ignore[misc]  # urllib3's connection stands behind us
        plain.settimeout(_left_s())
        self.sock = plain

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock = _TimedSocket(self.sock)


class _PlainConnection(_TimedSteps, HTTPConnection):
    pass


class _SecureConnection(_TimedSteps, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """requests' adapter, with our connections in its pools, proxied or not."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
