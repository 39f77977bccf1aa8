"""Folders, files, bounds and owners of the spool."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.delivery.entry import Stored
from moesif_declarative.delivery.spool import Spool, SpoolFullError, UnreadableError
from moesif_declarative.delivery.spool_file import pack

EVENTS = [b'{"a":1}', b'{"b":22}']
SIZE = len(pack(EVENTS))


def spool(folder: Path, max_bytes: int = 10_000, owner: str = "me") -> Spool:
    return Spool(folder / "spool", max_bytes, owner)


def files(folder: Path, pattern: str = "*/*.events") -> list[Path]:
    return sorted((folder / "spool").glob(pattern))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_batch_is_on_disk_until_it_is_removed(tmp_path: Path) -> None:
    one = spool(tmp_path)
    stored = one.write(EVENTS)
    (path,) = files(tmp_path)
    assert (stored.name, stored.size, stored.count, stored.left) == (path.name, SIZE, 2, 2)
    assert path.stat().st_size == SIZE
    assert one.read(stored) == EVENTS
    one.remove(stored)
    one.remove(stored)
    assert files(tmp_path) == []


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        spool(tmp_path).write(EVENTS)
    finally:
        os.umask(before)
    (path,) = files(tmp_path)
    assert (mode(path), mode(path.with_name("lock"))) == (0o600, 0o600)
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)


def test_nothing_is_made_before_the_first_use(tmp_path: Path) -> None:
    spool(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_closing_removes_a_folder_that_is_empty_and_leaves_one_that_is_not(tmp_path: Path) -> None:
    empty, full = spool(tmp_path), spool(tmp_path)
    empty.remove(empty.write(EVENTS))
    full.write(EVENTS)
    empty.close()
    full.close()
    assert len(files(tmp_path, "*")) == 1
    with pytest.raises(OSError, match="closed"):
        full.write(EVENTS)


def test_what_is_left_is_taken_over_oldest_first_and_only_by_one(tmp_path: Path) -> None:
    left = spool(tmp_path)
    names = [left.write(EVENTS).name for _ in range(5)]
    first, second = spool(tmp_path), spool(tmp_path)
    assert first.adopt().batches == []
    left.close()
    found = first.adopt().batches
    assert [stored.name for stored in found] == names
    assert all(stored.recovered and stored.count == 2 for stored in found)
    assert second.adopt().batches == []
    assert [first.read(stored) for stored in found] == [EVENTS] * 5
    assert len(files(tmp_path, "*")) == 2


LEFT = pack(EVENTS)


@pytest.mark.parametrize("length", range(len(LEFT) + 1))
def test_at_whatever_byte_a_kill_comes_nothing_looks_damaged_and_the_count_is_right(
    tmp_path: Path, length: int
) -> None:
    dead = spool(tmp_path)
    whole = dead.write(EVENTS)
    (path,) = files(tmp_path)
    name = f"{'0' * 19}1-{'a' * 12}-2.events"
    path.with_name(f"{name}.part").write_bytes(LEFT[:length])
    dead.close()
    heir = spool(tmp_path)
    left = heir.adopt()
    finished = length == len(LEFT)
    assert left.unfinished == (0 if finished else 2)
    assert [stored.name for stored in left.batches] == [name, whole.name][not finished :]
    assert [heir.read(stored) for stored in left.batches] == [EVENTS] * (2 if finished else 1)
    # Only a file that holds something is worth a look.
    aside = [f"{name}.unfinished"] if 0 < length < len(LEFT) else []
    assert [found.name for found in files(tmp_path, "*") if found.is_file()] == aside
    assert files(tmp_path, "*/*.part") == []


def test_a_batch_has_its_name_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def write(descriptor: int, data: Any) -> int:
        seen.append([found.name.rpartition(".")[2] for found in files(tmp_path, "*/*-*")])
        return real_write(descriptor, data[:40])

    real_write = os.write
    monkeypatch.setattr(os, "write", write)
    spool(tmp_path).write(EVENTS)
    assert (len(seen) > 1, {*map(tuple, seen)}) == (True, {("part",)})
    assert [path.read_bytes() for path in files(tmp_path)] == [LEFT]


def test_a_living_process_keeps_its_folder_and_a_dead_one_loses_it(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from moesif_declarative.delivery.spool import Spool
Spool(Path(sys.argv[1]) / "spool", 10_000, "me").write([b"1"])
print("written", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        heir = spool(tmp_path)
        assert heir.adopt().batches == []
        process.kill()
        process.wait()
    assert [stored.count for stored in heir.adopt().batches] == [1]


def test_a_forked_child_does_not_keep_its_parents_folder_from_others(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from moesif_declarative.delivery.spool import Spool
spool = Spool(Path(sys.argv[1]) / "spool", 10_000, "me")
spool.write([b"1"])
if not os.fork():
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
os._exit(0)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"forked\n"
        process.wait()  # the parent; its child lives on
        assert [stored.count for stored in spool(tmp_path).adopt().batches] == [1]


def test_many_heirs_share_out_what_is_left_and_none_gets_it_twice(tmp_path: Path) -> None:
    for _ in range(10):
        left = spool(tmp_path)
        left.write(EVENTS)
        left.close()
    found: list[Stored] = []

    def inherit(heir: Spool) -> None:
        found.extend(heir.adopt().batches)

    threads = [threading.Thread(target=inherit, args=(spool(tmp_path),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len({stored.name for stored in found}) == 10


def test_what_another_application_left_is_not_touched(tmp_path: Path) -> None:
    left = spool(tmp_path, owner="another")
    left.write(EVENTS)
    left.close()
    assert spool(tmp_path).adopt().batches == []
    assert len(files(tmp_path)) == 1


def test_strange_files_and_links_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    root = tmp_path / "spool"
    (root / "me-empty").mkdir(parents=True)
    (root / "me-file").write_bytes(b"")
    (root / "me-strange").mkdir()
    (root / "me-strange" / "notes.txt").write_bytes(b"keep me")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{1:020d}-{'a' * 12}-1.events").write_bytes(pack([b"1"]))
    (root / "me-link").symlink_to(tmp_path / "elsewhere")
    assert spool(tmp_path).adopt().batches == []
    assert not (root / "me-empty").exists()
    assert (root / "me-strange" / "notes.txt").read_bytes() == b"keep me"
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"", "corrupt"),
        (pack(EVENTS)[:-5], "corrupt"),
        (bytes(100), "corrupt"),
        (b"moesif-spool 2 a format of the future", "newer"),
    ],
    ids=["empty", "half_written", "zeros", "newer"],
)
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, data: bytes, ending: str) -> None:
    one = spool(tmp_path)
    good, bad = one.write(EVENTS), one.write(EVENTS)
    files(tmp_path)[1].write_bytes(data)
    with pytest.raises(UnreadableError, match=rf"set aside as \*\.{ending}"):
        one.read(bad)
    (aside,) = files(tmp_path, f"*.{ending}")
    assert aside.read_bytes() == data
    assert one.read(good) == EVENTS


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    one = spool(tmp_path)
    stored = one.write(EVENTS)
    files(tmp_path)[0].unlink()
    with pytest.raises(UnreadableError, match="is gone"):
        one.read(stored)


def test_a_folder_that_was_removed_is_made_again(tmp_path: Path) -> None:
    one = spool(tmp_path)
    one.write(EVENTS)
    (path,) = files(tmp_path)
    for name in path.parent.iterdir():
        name.unlink()
    path.parent.rmdir()
    with pytest.raises(FileNotFoundError):
        one.write(EVENTS)
    assert one.read(one.write(EVENTS)) == EVENTS


def test_the_bound_holds_for_all_processes_together(tmp_path: Path) -> None:
    one, another = spool(tmp_path, 5 * SIZE), spool(tmp_path, 5 * SIZE)
    stored = [one.write(EVENTS) for _ in range(3)]
    for _ in range(2):
        another.write(EVENTS)
    for full in (one, another):
        with pytest.raises(SpoolFullError):
            full.write(EVENTS)
    assert sum(path.stat().st_size for path in files(tmp_path)) == 5 * SIZE
    one.remove(stored[0])
    another.write(EVENTS)
    with pytest.raises(SpoolFullError):
        one.write(EVENTS)


def test_what_dead_processes_left_counts_before_and_after_it_is_taken_over(tmp_path: Path) -> None:
    left = spool(tmp_path, 5 * SIZE)
    for _ in range(4):
        left.write(EVENTS)
    left.close()
    one = spool(tmp_path, 5 * SIZE)
    one.write(EVENTS)
    with pytest.raises(SpoolFullError):
        one.write(EVENTS)
    (first, *_) = one.adopt().batches
    with pytest.raises(SpoolFullError):
        one.write(EVENTS)
    one.remove(first)
    one.write(EVENTS)


def test_what_was_set_aside_makes_room_when_there_is_none(tmp_path: Path) -> None:
    one = spool(tmp_path, 2 * SIZE + 5)
    bad = one.write(EVENTS)
    files(tmp_path)[0].write_bytes(bytes(SIZE))
    with pytest.raises(UnreadableError):
        one.read(bad)
    one.write(EVENTS)
    assert len(files(tmp_path, "*.corrupt")) == 1
    one.write(EVENTS)
    assert files(tmp_path, "*.corrupt") == []


def test_nothing_is_left_of_a_batch_that_could_not_be_written_whole(tmp_path: Path) -> None:
    """The bound on a file's size stands for a disk that is full."""
    code = """
import resource, signal, sys
from pathlib import Path
from moesif_declarative.delivery.spool import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
spool = Spool(Path(sys.argv[1]) / "spool", 100_000, "me")
spool.write([b"1"])
try:
    spool.write([b"x" * 5000])
except OSError as error:
    print(error.errno)
spool.write([b"2"])
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert int(done.stdout) == errno.EFBIG
    assert [stored.count for stored in spool(tmp_path).adopt().batches] == [1, 1]


@pytest.mark.parametrize("make", ["file", "missing_parent_is_a_file"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    where = path if make == "file" else path / "deeper"
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        Spool(where, 1000, "me").write(EVENTS)
