"""A process's own folder in the spool, and the folders that dead processes left.

Flows in: the spool's folder. Flows out: claims: a folder with a lock that the system lets go when
the process ends, however it ends. So what is not locked belongs to nobody, and exactly one other
process can claim it.

The lock file also says how many bytes its folder holds: all processes together keep to one bound
without looking at each other's files.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no spool there
    fcntl = None  # type: ignore[assignment]

LOCK = "lock"

_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
_TRIES = 20

# A forked child has its parent's descriptors, and with them its parent's locks: those would live
# on when the parent dies. It closes them; a fork waits for one that is just being opened.
_opening = threading.Lock()
_descriptors: set[int] = set()


def _in_child() -> None:
    for descriptor in _descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _descriptors.clear()
    _opening.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_in_child
    )


@dataclass(slots=True, eq=False)
class Claim:
    """A folder that is this process's alone until it is released.

    Attributes:
        folder: The folder.
        descriptor: The locked file in it.
    """

    folder: Path
    descriptor: int

    def say(self, size: int) -> None:
        """Tell the others how many bytes the folder holds."""
        os.pwrite(self.descriptor, b"%020d\n" % size, 0)

    def release(self) -> None:
        """Let go of the folder, and remove it if nothing is left in it."""
        with contextlib.suppress(OSError):
            if {entry.name for entry in os.scandir(self.folder)} <= {LOCK}:
                (self.folder / LOCK).unlink()
                self.folder.rmdir()
        with _opening:
            _descriptors.discard(self.descriptor)
            os.close(self.descriptor)


def claim_new(parent: Path, owner: str) -> Claim:
    """Make a folder for this process.

    Args:
        parent: The spool's folder; it is made, for its owner alone, if it is not there.
        owner: What the new folder's name begins with.

    Raises:
        OSError: It cannot be made or locked.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for _ in range(_TRIES):
        folder = parent / f"{owner}-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        # Another process may take it for a dead one's before it is locked, and remove it.
        with contextlib.suppress(FileNotFoundError):
            claim = _lock(folder)
            if claim is not None:
                return claim
    raise OSError("no folder of its own could be locked")


def claim_dead(parent: Path, owner: str) -> Iterator[Claim]:
    """Claim the folders whose processes are dead, one after the other.

    Args:
        parent: The spool's folder.
        owner: What their names begin with; others are left alone.
    """
    for entry in sorted(os.scandir(parent), key=lambda entry: entry.name):
        claim = None
        # Another process may be faster, and remove the folder meanwhile.
        with contextlib.suppress(OSError):
            if entry.name.startswith(f"{owner}-") and _is_ours(entry):
                claim = _lock(Path(entry.path))
        if claim is not None:
            yield claim


def sizes(parent: Path, but: Path) -> int:
    """Add up what the other folders say they hold, and the files beside them.

    Args:
        parent: The spool's folder.
        but: The folder that is not counted.
    """
    total = 0
    for entry in os.scandir(parent):
        with contextlib.suppress(OSError, ValueError):
            if not entry.is_dir(follow_symlinks=False):
                total += entry.stat(follow_symlinks=False).st_size
            elif entry.name != but.name:
                total += int(Path(entry.path, LOCK).read_bytes() or b"0")
    return total


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder that no other user can have put there."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    return not hasattr(os, "geteuid") or entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def _lock(folder: Path) -> Claim | None:
    if fcntl is None:
        raise OSError("this system has no file locks that a spool could rely on")
    path = folder / LOCK
    with _opening:
        descriptor = os.open(path, _OPEN, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have removed it between our opening and our locking it.
            gone = os.fstat(descriptor).st_nlink == 0
        except OSError:
            gone = True
        if gone:
            os.close(descriptor)
            return None
        _descriptors.add(descriptor)
    return Claim(folder, descriptor)
