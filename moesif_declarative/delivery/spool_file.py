"""How a batch of events lies in a file; pure.

Flows in: encoded events. Flows out: the file's bytes, and from such bytes the events again, or
why they cannot be had.

A file is one line of its own, then every event on a line::

    moesif-spool 1 0a1b2c3d 27,31
    {"request":{"verb":"GET"}}
    {"request":{"verb":"DELETE"}}

The line names the format's version, the CRC-32 of all that follows the checksum, and the events'
sizes in bytes. A file that was cut off, or changed, does not match it.
"""

from __future__ import annotations

from collections.abc import Sequence

try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

VERSION = 1

_NAME = b"moesif-spool"


class CorruptError(Exception):
    """The bytes are no whole file of ours."""


class NewerError(Exception):
    """The bytes are of a version that this package does not know."""


def pack(events: Sequence[bytes]) -> bytes:
    """Lay out a batch.

    Args:
        events: JSON texts in UTF-8.
    """
    sizes = ",".join(str(len(event)) for event in events).encode()
    rest = b"\n".join([sizes, *events, b""])
    return b"%s %d %08x %s" % (_NAME, VERSION, crc32(rest), rest)


def unpack(data: bytes, count: int) -> list[bytes]:
    """Read a batch.

    Args:
        data: A whole file.
        count: How many events it has.

    Returns:
        Its events, byte for byte as they were packed.

    Raises:
        NewerError: A later version of this package wrote it.
        CorruptError: It is not what was written.
    """
    try:
        name, version, checksum, rest = data.split(b" ", 3)
        if name != _NAME:
            raise CorruptError("it does not begin as a file of the spool")
        if int(version) > VERSION:
            raise NewerError(f"its version is {int(version)}")
        if int(checksum, 16) != crc32(rest):
            raise CorruptError("it is cut off, or was changed")
        events = _events(rest)
    except ValueError as error:
        raise CorruptError("it does not begin as a file of the spool") from error
    if len(events) != count:
        raise CorruptError("it holds another number of events than its name says")
    return events


def _events(rest: bytes) -> list[bytes]:
    line, _, body = rest.partition(b"\n")
    events = []
    start = 0
    for size in map(int, line.split(b",")):
        events.append(body[start : start + size])
        start += size + 1
    if start != len(body):
        raise CorruptError("its sizes do not add up")
    return events
