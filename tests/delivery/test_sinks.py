from __future__ import annotations

import io
import json
import os
import resource
import stat
import sys
import threading
from pathlib import Path

import pytest

from moesif_declarative.delivery import ACCEPTED, Answer, FileSink, NullSink, StdoutSink
from moesif_declarative.delivery.policy import SINK_CLOSED


def test_the_null_sink_takes_everything() -> None:
    sink = NullSink()
    assert sink.send([b"{}"]) == sink.send_profiles("user", [{}]) == ACCEPTED
    sink.close()


def test_the_file_gets_one_event_a_line_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path)
    assert sink.send([b'{"a":1}', '{"b":"ä"}'.encode()]) == ACCEPTED
    assert sink.send_profiles("user", [{"user_id": "u"}]) == ACCEPTED
    sink.close()
    assert path.read_bytes() == '{"a":1}\n{"b":"ä"}\n{"user":{"user_id":"u"}}\n'.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_may_be_rotated_between_batches(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path)
    sink.send([b"1"])
    path.rename(tmp_path / "old")
    sink.send([b"2"])
    assert path.read_text() == "2\n"


def test_a_folder_that_is_missing_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "today" / "events.jsonl"
    sink = FileSink(path)
    assert not path.parent.exists()
    assert sink.send([b"1"]) == ACCEPTED
    assert path.read_bytes() == b"1\n"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_cannot_be_written_is_an_error_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert FileSink(tmp_path / "file" / "x").send([b"1"]) == Answer(None, "Not a directory")
    assert FileSink(tmp_path).send([b"1"]) == Answer(None, "Is a directory")


def test_a_disk_that_fills_up_leaves_no_half_line(tmp_path: Path) -> None:
    # A limit on the size of files stands for the full disk: the write is cut short, then fails.
    path = tmp_path / "events.jsonl"
    sink = FileSink(path)
    assert sink.send([b"x" * 50]) == ACCEPTED
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (80, hard))
    try:
        answer = sink.send([b"y" * 20, b"z" * 40])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer == Answer(None, "File too large")
    assert path.read_bytes() == b"x" * 50 + b"\n"


def test_lines_of_several_threads_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    batches = [[json.dumps([n] * 500).encode()] * 3 for n in range(8)]
    threads = [threading.Thread(target=FileSink(path).send, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert sorted(line[0] for line in lines) == sorted([*range(8)] * 3)


def test_stdout_gets_one_event_a_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = StdoutSink()
    assert sink.send(['{"b":"ä"}'.encode()]) == ACCEPTED
    assert sink.send_profiles("company", [{"company_id": "c"}]) == ACCEPTED
    sink.close()
    assert capsysbinary.readouterr().out == '{"b":"ä"}\n{"company":{"company_id":"c"}}\n'.encode()


def test_stdout_may_be_replaced_by_something_without_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert StdoutSink().send([b"{}"]) == ACCEPTED
    assert out.getvalue() == "{}\n"


def test_a_stdout_that_is_gone_takes_nothing_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    pipe = os.fdopen(writer, "w")
    monkeypatch.setattr(sys, "stdout", pipe)
    assert StdoutSink().send([b"{}"]) == Answer(None, SINK_CLOSED)
    with pytest.raises(BrokenPipeError):
        pipe.close()
    assert StdoutSink().send([b"{}"]) == Answer(None, SINK_CLOSED)
    monkeypatch.setattr(sys, "stdout", None)
    assert StdoutSink().send([b"{}"]) == Answer(None, SINK_CLOSED)
