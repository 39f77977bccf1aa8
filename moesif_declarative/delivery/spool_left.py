"""What a dead process left in its folder, taken over.

Flows in: its folder and one's own. Flows out: the batches, which are moved, and how many events
were lost because the process was killed while it wrote them.

A batch has its name only once it is whole. Until then its file is called ``*.part``: what a kill
has cut off is never taken for a damaged batch.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from moesif_declarative.delivery.entry import Stored
from moesif_declarative.delivery.spool_disk import PART, read_whole
from moesif_declarative.delivery.spool_file import CorruptError, NewerError, unpack

UNFINISHED: Final = ".unfinished"

_FILE: Final = re.compile(
    rf"([0-9]{{20}}-[0-9a-f]{{12}}-([0-9]{{1,9}})\.events)({re.escape(PART)})?"
)


@dataclass(slots=True)
class Left:
    """What dead processes left.

    Attributes:
        batches: Whole batches, which are in one's own folder now.
        unfinished: How many events were in batches that are not whole.
    """

    batches: list[Stored] = field(default_factory=list)
    unfinished: int = 0


def take_over(source: Path, target: Path, aside: Path, left: Left) -> None:
    """Move batches from one folder to another; what is no batch stays.

    Args:
        source: The dead process's folder.
        target: One's own.
        aside: Where half-written files go, as ``*.unfinished``; an empty one is removed.
        left: What was found is added to it.
    """
    for path in list(source.iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is None or path.is_symlink() or not path.is_file():
            continue
        name, count = match[1], int(match[2])
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            if match[3] and not _is_whole(path, count):
                _set_aside(path, size, aside / (name + UNFINISHED))
                left.unfinished += count
                continue
            path.rename(target / name)
            left.batches.append(Stored(name, size, count, count, recovered=True))


def _is_whole(path: Path, count: int) -> bool:
    """Whether the kill came between the last byte and the name."""
    try:
        unpack(read_whole(str(path)), count)
    except (CorruptError, NewerError):
        return False
    return True


def _set_aside(path: Path, size: int, target: Path) -> None:
    if size:
        path.rename(target)
    else:
        path.unlink()
