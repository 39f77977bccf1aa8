"""A delivery with a spool, in one thread and in a time of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.delivery import ACCEPTED, Answer, Delivery, DeliveryOptions
from moesif_declarative.delivery.spool import Spool
from moesif_declarative.delivery.spool_file import pack, unpack


def dead(*_: Any) -> Answer:
    return Answer(503)


def accept(*_: Any) -> Answer:
    return ACCEPTED


@pytest.fixture
def spooled(world: Any, tmp_path: Path) -> Callable[..., Delivery[str]]:
    def make(**options: Any) -> Delivery[str]:
        usual = {"batch_size": 2, "spool_dir": str(tmp_path / "spool"), "spool_owner": "me"}
        delivery: Delivery[str] = world.delivery(DeliveryOptions(**{**usual, **options}))
        return delivery

    return make


def put(delivery: Delivery[str], items: str) -> None:
    for item in items:
        delivery.put(item, 10)


def on_disk(tmp_path: Path) -> list[str]:
    paths = sorted((tmp_path / "spool").glob("*/*.events"))
    found = []
    for path in paths:
        count = int(path.stem.rpartition("-")[2])
        found.append(b"".join(unpack(path.read_bytes(), count)).decode())
    return found


def add_up(delivery: Delivery[str]) -> dict[str, Any]:
    stats = delivery.stats()
    assert stats["captured"] == (
        stats["skipped"]
        + stats["sampled_out"]
        + stats["queued"]
        + stats["spooled"]
        + stats["sent"]
        + sum(stats["dropped"].values())
    )
    recovered = stats["recovered"]
    assert recovered["found"] == (
        recovered["spooled"] + recovered["sent"] + sum(recovered["dropped"].values())
    )
    return stats


def test_a_batch_is_on_disk_when_it_is_sent_and_gone_when_it_has_arrived(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    seen = []

    def answer(_kind: str, _items: list[str]) -> Answer:
        seen.append(on_disk(tmp_path))
        return ACCEPTED

    world.sink.answer = answer
    delivery = spooled()
    put(delivery, "abc")
    assert delivery.flush(5)
    assert seen == [["ab"], ["c"]]
    assert on_disk(tmp_path) == []
    stats = add_up(delivery)
    assert (stats["sent"], stats["spooled"], stats["batches"], stats["bytes_sent"]) == (3, 0, 2, 3)
    assert delivery.close(5)
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_outage_puts_everything_on_disk_and_nothing_stays_in_memory(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = dead
    delivery = spooled()
    put(delivery, "abcdefghijklmno")
    assert not delivery.flush(1)
    stats = add_up(delivery)
    assert (stats["queued"], stats["spooled"], stats["queued_bytes"]) == (0, 15, 0)
    assert on_disk(tmp_path) == ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "o"]
    world.sink.answer = accept
    assert delivery.flush(60)
    assert sorted(world.sink.accepted) == list("abcdefghijklmno")
    assert on_disk(tmp_path) == []


def test_what_an_earlier_run_left_is_sent_first_and_counted_apart(
    world: Any,
    tmp_path: Path,
    spooled: Callable[..., Delivery[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world.sink.answer = dead
    first = spooled()
    put(first, "abcdefghijkl")
    assert not first.close(1)
    assert first.stats()["spooled"] == 12
    assert "closed: 12 captured, 0 sent, 0 skipped, 0 sampled out, 0 dropped, 12 left in the " in (
        caplog.text
    )
    world.sink.answer = accept
    world.sink.accepted.clear()
    second = spooled()
    put(second, "xyz")
    assert second.flush(5)
    assert "".join(world.sink.accepted) == "abcdefghijklxyz"
    stats = add_up(second)
    assert (stats["captured"], stats["sent"]) == (3, 3)
    assert stats["recovered"] == {"found": 12, "spooled": 0, "sent": 12, "dropped": {}}
    second.close(1)
    assert "12 events that were left in the spool are sent now" in caplog.text
    assert "of 12 that were left before, 12 sent" in caplog.text


def test_what_a_process_leaves_that_dies_later_is_found_within_a_minute(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    delivery = spooled()
    put(delivery, "a")
    assert delivery.flush(5)
    left = Spool(tmp_path / "spool", 1000, "me")
    left.write([b"x"])
    left.close()
    world.now += 60
    put(delivery, "b")
    assert delivery.flush(5)
    assert world.sink.accepted == ["a", "x", "b"]


@pytest.mark.parametrize(
    ("overflow", "left"),
    [("drop_oldest", ["ef", "gh", "ij"]), ("drop_newest", ["ab", "cd", "ef"])],
)
def test_what_overflow_names_goes_when_the_spool_is_full(
    world: Any,
    tmp_path: Path,
    spooled: Callable[..., Delivery[str]],
    overflow: str,
    left: list[str],
) -> None:
    world.sink.answer = dead
    delivery = spooled(spool_max_bytes=3 * len(pack([b"a", b"b"])), overflow=overflow)
    put(delivery, "abcdefghij")
    assert not delivery.flush(1)
    stats = add_up(delivery)
    assert on_disk(tmp_path) == left
    assert (stats["spooled"], stats["dropped"]) == (6, {"spool full": 4})


def test_a_batch_larger_than_the_whole_spool_waits_in_memory(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = dead
    delivery = spooled(spool_max_bytes=60, batch_size=1)
    delivery.put("a", 1)
    assert not delivery.flush(1)
    delivery.put("b" * 100, 100)
    assert not delivery.flush(1)
    assert on_disk(tmp_path) == ["a"]
    stats = add_up(delivery)
    assert (stats["queued"], stats["spooled"], stats["unspooled"]) == (1, 1, 1)


def test_a_folder_that_cannot_be_made_is_told_once_and_memory_serves(
    world: Any,
    tmp_path: Path,
    spooled: Callable[..., Delivery[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    delivery = spooled(spool_dir=str(tmp_path / "file"))
    for item in "abc":
        delivery.put(item, 1)
        world.now += 70
        assert delivery.flush(5)
    assert world.sink.accepted == ["a", "b", "c"]
    stats = add_up(delivery)
    assert (stats["sent"], stats["unspooled"]) == (3, 3)
    assert caplog.messages == [
        "the spool cannot be used (File exists): events wait in memory alone"
    ]


def test_a_spool_that_works_again_is_used_again(
    world: Any,
    tmp_path: Path,
    spooled: Callable[..., Delivery[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "spool").write_bytes(b"")
    world.sink.answer = dead
    delivery = spooled()
    put(delivery, "ab")
    assert not delivery.flush(1)
    (tmp_path / "spool").unlink()
    world.now += 61
    put(delivery, "cd")
    assert not delivery.flush(1)
    stats = add_up(delivery)
    assert (stats["queued"], stats["spooled"]) == (2, 2)
    assert on_disk(tmp_path) == ["cd"]
    world.now += 61
    assert not delivery.flush(1)
    assert "the spool can be written again" in caplog.text
    world.sink.answer = accept
    assert delivery.flush(60)
    assert sorted(world.sink.accepted) == list("abcd")


def test_a_damaged_file_costs_its_batch_alone_and_is_told(
    world: Any,
    tmp_path: Path,
    spooled: Callable[..., Delivery[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    left = Spool(tmp_path / "spool", 10_000, "me")
    for events in ([b"a"], [b"b", b"c"], [b"d"], [b"e", b"f", b"g"]):
        left.write(events)
    left.close()
    paths = sorted((tmp_path / "spool").glob("*/*.events"))
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    paths[3].write_bytes(b"moesif-spool 9 of tomorrow")
    delivery = spooled()
    put(delivery, "x")
    world.now += 3
    assert delivery.flush(5)
    assert world.sink.accepted == ["a", "d", "x"]
    assert add_up(delivery)["recovered"] == {
        "found": 7,
        "spooled": 0,
        "sent": 2,
        "dropped": {"unreadable in the spool": 5},
    }
    assert "was set aside as *.corrupt: it is cut off, or was changed" in caplog.text
    aside = {path.suffix for path in (tmp_path / "spool").iterdir() if path.is_file()}
    assert aside == {".corrupt", ".newer"}


def test_a_file_that_cannot_be_read_at_present_is_tried_again(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = dead
    delivery = spooled(batch_size=1)
    put(delivery, "abcdefgh")
    assert not delivery.flush(1)
    path = min((tmp_path / "spool").glob("*/*.events"))  # tried, so on disk alone
    data = path.read_bytes()
    path.unlink()
    path.mkdir()  # as an example of an error that is not for ever
    world.sink.answer = accept
    assert not delivery.flush(5)
    assert delivery.stats()["spooled"] == 1
    path.rmdir()
    path.write_bytes(data)
    assert delivery.flush(60)
    assert sorted(world.sink.accepted) == list("abcdefgh")
    assert add_up(delivery)["dropped"] == {}


def test_the_guilty_event_of_a_batch_on_disk_is_found_and_the_rest_arrives(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = lambda _, items: Answer(400) if "X" in items else ACCEPTED
    delivery = spooled(batch_size=8)
    put(delivery, "abcdXfgh")
    assert delivery.flush(5)
    assert sorted(world.sink.accepted) == list("abcdfgh")
    assert add_up(delivery)["dropped"] == {"refused with status 400": 1}
    assert on_disk(tmp_path) == []


def test_a_halved_batch_stays_on_disk_until_its_last_part_has_arrived(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    def answer(_: str, items: list[str]) -> Answer:
        if "X" in items and len(items) > 1:
            return Answer(400)
        return Answer(503) if "d" in items else ACCEPTED

    world.sink.answer = answer
    delivery = spooled(batch_size=4)
    put(delivery, "abXd")
    assert not delivery.flush(5)
    stats = add_up(delivery)
    assert (stats["sent"], stats["spooled"]) == (3, 1)
    assert on_disk(tmp_path) == ["abXd"]
    world.sink.answer = accept
    assert delivery.flush(60)
    assert world.sink.accepted == ["a", "b", "X", "d"]
    assert on_disk(tmp_path) == []


def test_a_refused_id_lets_the_close_wait_for_the_disk_alone(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = lambda *_: Answer(401)
    delivery = spooled()
    put(delivery, "abcde")
    begun = world.now
    assert not delivery.close(60)
    assert world.now == begun
    assert on_disk(tmp_path) == ["ab", "cd", "e"]
    assert add_up(delivery)["dropped"] == {}


def test_profiles_wait_in_memory(
    world: Any, tmp_path: Path, spooled: Callable[..., Delivery[str]]
) -> None:
    world.sink.answer = dead
    delivery = spooled()
    delivery.put_profile("user", {"user_id": "u"})
    assert not delivery.flush(1)
    assert (on_disk(tmp_path), delivery.stats()["profiles"]["queued"]) == ([], 1)
    world.sink.answer = accept
    assert delivery.flush(10)
    assert world.sink.accepted == [{"user_id": "u"}]
