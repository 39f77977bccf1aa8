"""Produced against received, by transaction id, with the real collector in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PRODUCER = Path(__file__).with_name("producer.py")
WAIT_S = 30.0


@pytest.fixture
def real(collector_process: Any) -> Iterator[Any]:
    """The real collector, empty and well-behaved."""
    collector_process.clear()
    yield collector_process
    collector_process.clear()


def produce(real: Any, count: int, end: str, spool_dir: Path | None = None) -> tuple[int, set[str]]:
    """Run the producer; gives its exit status and the ids that it has put."""
    status, lines = run(real, count, end, spool_dir)
    # A line that a kill has cut off was not put.
    return status, {line for line in lines if len(line) == 36}


def run(real: Any, count: int, end: str, spool_dir: Path | None = None) -> tuple[int, list[str]]:
    """Run the producer; gives its exit status and what it has printed."""
    arguments = [real.url, str(count), end, *([str(spool_dir)] if spool_dir else [])]
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(PRODUCER), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@dataclass(frozen=True)
class Chaos:
    id: str
    mode: str
    options: dict[str, Any] = field(default_factory=dict)
    repeats: bool = False


CHAOS = [
    Chaos("500", "500", {"times": 4}),
    Chaos("503_half_of_the_time", "503", {"rate": 0.5, "seed": 1, "times": 20}),
    Chaos("429_with_retry_after", "429", {"times": 2, "retry_after": "1"}),
    Chaos("401_for_a_while", "401", {"times": 1}),
    Chaos("reset", "reset", {"times": 4}),
    Chaos("hang", "hang", {"times": 2, "seconds": 3}),
    Chaos("slow", "slow", {"times": 3, "seconds": 0.3}),
    Chaos("half_an_answer", "half", {"times": 3}, repeats=True),
    Chaos("413", "413", {"over_bytes": 2_000, "times": 40}),
    Chaos("random", "random", {"rate": 0.3, "seed": 2, "seconds": 0.2, "times": 15}, repeats=True),
]


@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
@pytest.mark.parametrize("case", CHAOS, ids=lambda case: case.id)
def test_under_chaos_every_event_arrives(
    real: Any, tmp_path: Path, made: Callable[..., Any], case: Chaos, spooled: bool
) -> None:
    real.put_chaos(case.mode, on="posts", **case.options)
    delivery, put = made(real.url, tmp_path / "spool" if spooled else None)
    produced = put(120)
    while not delivery.flush(1):
        pass
    assert delivery.close(WAIT_S)
    received = real.transactions()
    assert received.keys() == produced
    assert case.repeats or max(received.values()) == 1
    stats = delivery.stats()
    assert (stats["captured"], stats["sent"], stats["dropped"]) == (120, 120, {})
    assert not spooled or list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_marked_events_are_refused_and_counted_and_the_others_arrive(
    real: Any, tmp_path: Path, made: Callable[..., Any], spooled: bool
) -> None:
    delivery, put = made(real.url, tmp_path / "spool" if spooled else None)
    bad = "00000000-0000-4000-8000-000000000bad"
    real.put_chaos("400", mark=bad, on="posts")
    produced = put(40)
    delivery.put(bad, 500)
    produced |= put(40)
    assert delivery.close(WAIT_S)
    assert real.transactions() == dict.fromkeys(produced, 1)
    assert delivery.stats()["dropped"] == {"refused with status 400": 1}


ENDS = ["return", "sys.exit", "close", "stop the loop", "handled SIGTERM"]


@pytest.mark.parametrize("end", ENDS)
def test_at_every_normal_end_everything_arrives_under_chaos(real: Any, end: str) -> None:
    real.put_chaos("random", on="posts", rate=0.5, seed=5, seconds=0.1, times=6)
    status, produced = produce(real, 80, end)
    assert (status, len(produced)) == (0, 80)
    assert real.transactions().keys() == produced


@pytest.mark.parametrize("end", ["fork_processes", "HTTPServer.start"])
@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_forked_children_send_their_own_and_nothing_twice(
    real: Any, tmp_path: Path, end: str, spooled: bool
) -> None:
    status, produced = produce(real, 60, end, tmp_path / "spool" if spooled else None)
    assert (status, len(produced)) == (0, {"fork_processes": 180, "HTTPServer.start": 120}[end])
    assert real.transactions() == dict.fromkeys(produced, 1)
    assert not spooled or list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "end", "status"),
    [
        *((mode, "SIGKILL", -9) for mode in ("503", "reset", "hang", "429", "401")),
        ("503", "SIGTERM", -15),
    ],
)
def test_a_kill_in_an_outage_and_a_restart_lose_nothing(
    real: Any, tmp_path: Path, made: Callable[..., Any], mode: str, end: str, status: int
) -> None:
    real.put_chaos(mode, on="posts")
    spool_dir = tmp_path / "spool"
    killed, produced = produce(real, 80, end, spool_dir)
    assert (killed, len(produced), real.transactions()) == (status, 80, {})
    real.put_chaos("off")
    delivery, put = made(real.url, spool_dir)
    later = put(10)
    assert delivery.close(WAIT_S)
    assert real.transactions() == dict.fromkeys(produced | later, 1)
    assert delivery.stats()["recovered"] == {"found": 80, "spooled": 0, "sent": 80, "dropped": {}}
    assert list(spool_dir.iterdir()) == []


def test_what_a_kill_interrupts_arrives_at_least_once(
    real: Any, tmp_path: Path, made: Callable[..., Any]
) -> None:
    """Events may be repeated, with the same id; those that are not on disk yet are lost."""
    real.put_chaos("random", on="posts", rate=0.5, seed=3, seconds=0.1)
    spool_dir = tmp_path / "spool"
    status, lines = run(real, 20_000, "SIGKILL in the middle", spool_dir)
    assert status == -9
    produced = {line for line in lines if len(line) == 36}
    (safe,) = (int(line.removeprefix("safe ")) for line in lines if line.startswith("safe "))
    real.put_chaos("off")
    delivery, put = made(real.url, spool_dir)
    put(1)
    assert delivery.close(WAIT_S)
    received = real.transactions().keys() - put.everything
    assert received <= produced
    assert len(received) >= safe >= 500
    recovered = delivery.stats()["recovered"]
    # Whatever was being written is the only thing that the kill can have spoilt: at most as many
    # batches as are written at once.
    lost = recovered["dropped"].pop("half-written when a process was killed", 0)
    assert recovered == {
        "found": recovered["sent"] + lost,
        "spooled": 0,
        "sent": recovered["sent"],
        "dropped": {},
    }
    assert lost <= 2 * 25
    assert {path.suffix for path in spool_dir.iterdir()} <= {".unfinished"}


def test_a_file_that_the_kill_has_cut_off_is_set_aside_and_the_rest_arrives(
    real: Any, tmp_path: Path, made: Callable[..., Any]
) -> None:
    real.put_chaos("503", on="posts")
    _, produced = produce(real, 80, "SIGKILL", tmp_path / "spool")
    files = sorted((tmp_path / "spool").glob("*/*.events"))
    files[1].write_bytes(files[1].read_bytes()[:-1])
    lost = int(files[1].stem.rpartition("-")[2])
    real.put_chaos("off")
    delivery, put = made(real.url, tmp_path / "spool")
    put(1)
    assert delivery.close(WAIT_S)
    assert len(real.transactions().keys() & produced) == 80 - lost
    assert delivery.stats()["recovered"]["dropped"] == {"unreadable in the spool": lost}
    assert len(list((tmp_path / "spool").glob("*.corrupt"))) == 1


def test_a_sibling_takes_over_what_a_killed_process_left(
    real: Any, tmp_path: Path, made: Callable[..., Any]
) -> None:
    real.put_chaos("503", on="posts")
    alive, put = made(real.url, tmp_path / "spool")
    own = put(30)
    killed = [produce(real, 40, "SIGKILL", tmp_path / "spool")[1] for _ in range(2)]
    real.put_chaos("off")
    assert alive.flush(WAIT_S)
    heirs = [made(real.url, tmp_path / "spool") for _ in range(2)]
    for _, put_more in heirs:
        own |= put_more(5)
    for heir, _ in heirs:
        assert heir.close(WAIT_S)
    assert alive.close(WAIT_S)
    assert real.transactions() == dict.fromkeys(own.union(*killed), 1)
    assert sum(heir.stats()["recovered"]["sent"] for heir, _ in heirs) == 80
