"""Messages between the application and its helper, over a socket.

Flows in: a kind and a value of plain types. Flows out: the same, on the other side. Both sides are
the same interpreter, so that `marshal` is safe between them, and by far the quickest.
"""

from __future__ import annotations

import marshal
import socket
import struct
from typing import Any, TypeAlias

Message: TypeAlias = tuple[str, Any]

_LENGTH = struct.Struct("!Q")


def send(channel: socket.socket, kind: str, value: Any) -> None:
    """Write one message.

    Args:
        channel: A connected stream socket; one thread at a time may write.
        kind: What the message is.
        value: None, numbers, texts, bytes, lists, tuples and dicts of these.

    Raises:
        OSError: The other side is gone.
        ValueError: The value holds another type; nothing was written.
    """
    data = marshal.dumps((kind, value))
    channel.sendall(_LENGTH.pack(len(data)) + data)


def receive(channel: socket.socket) -> Message | None:
    """Read one message; None when the other side has closed the channel or is gone."""
    try:
        head = _exactly(channel, _LENGTH.size)
        data = None if head is None else _exactly(channel, _LENGTH.unpack(head)[0])
    except OSError:
        return None
    if data is None:
        return None
    message: Message = marshal.loads(data)  # noqa: S302 - written by our own process
    return message


def _exactly(channel: socket.socket, size: int) -> bytearray | None:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        count = channel.recv_into(rest)
        if not count:
            return None
        rest = rest[count:]
    return data
