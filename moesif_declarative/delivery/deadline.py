"""Sockets that end each of their steps at the deadline of a whole exchange.

Flows in: a deadline, and requests' steps: look-up, connecting, a proxy's tunnel, TLS, writing,
reading. Flows out: an adapter for requests whose connections give up in time.

requests knows no deadline for a whole exchange, only for each read: an answer that trickles in
byte by byte would never end. So the sockets here ask, before each step, how much time is left.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - else the first look-up of a host imports it, maybe amid a fork
import io
import socket
import time
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_WRITE_BYTES = 64 * 1024

_deadline: ContextVar[float] = ContextVar("_deadline")


def begin(timeout_s: float) -> None:
    """Begin an exchange in this thread: all its steps end within so many seconds from now."""
    _deadline.set(time.monotonic() + timeout_s)


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


class TimedAdapter(HTTPAdapter):
    """requests' adapter, with our connections in its pools, proxied or not."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools for connections without a proxy."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Make, or find, the pools for connections by a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
