"""One file of the spool: written whole, read, removed.

Flows in: a path and bytes. Flows out: a file that has its name only when it is whole, and bytes.

Paths are strings here, and what is called is the system: on 70 KB, pathlib takes as long as the
disk.
"""

# ruff: noqa: PTH104, PTH108

from __future__ import annotations

import contextlib
import os
from typing import Final

PART: Final = ".part"

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)


def write_whole(path: str, data: bytes) -> None:
    """Write a new file, readable by its owner alone.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    part = path + PART
    descriptor = os.open(part, _CREATE, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.rename(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    finally:
        os.close(descriptor)


def read_whole(path: str) -> bytes:
    """Read a file.

    Raises:
        OSError: It cannot be read, or is a link.
    """
    descriptor = os.open(path, _READ)
    try:
        parts = []
        while data := os.read(descriptor, os.fstat(descriptor).st_size + 1):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Remove a file; one that is gone already, or cannot be removed, is no fault."""
    with contextlib.suppress(OSError):
        os.unlink(path)
