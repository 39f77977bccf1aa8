"""The command from its start to its end, in a process of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ID = {"X-Moesif-Application-Id": "app-1", "Content-Type": "application/json"}
EVENT = (
    '{"request":{"time":"2026-01-02T03:04:05Z","uri":"http://h/","verb":"GET","headers":{}},'
    '"transaction_id":"t1"}'
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "moesif_declarative", "collector", "--port", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_while_a_request_hangs(
    start_collector: Callable[..., Any], request_http: Callable[..., Any], number: int
) -> None:
    collector = start_collector("--chaos", "hang")
    with pytest.raises(TimeoutError):
        request_http("POST", collector.url + "/v1/events", EVENT, ID, timeout_s=0.1)
    collector.process.send_signal(number)
    assert collector.process.wait(30) == 0
    collector.stop()


def test_a_database_file_outlives_the_process_and_is_private(
    start_collector: Callable[..., Any], request_http: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "events.db"
    for received in (1, 2):
        collector = start_collector("--db", str(path))
        assert request_http("POST", collector.url + "/v1/events", EVENT, ID).status == 201
        assert [record["received"] for record in collector.records()] == [received]
        assert collector.stop() == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_port_in_use_is_told_plainly(start_collector: Callable[..., Any]) -> None:
    port = start_collector().url.rpartition(":")[2]
    result = run("--port", port)
    message = f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", message)


def test_a_host_that_is_not_there_is_told_plainly() -> None:
    result = run("--host", "host.invalid")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: cannot listen on host.invalid:0: ")


def test_a_file_that_is_no_database_of_ours_is_told_plainly(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100)
    foreign = tmp_path / "foreign.db"
    database = sqlite3.connect(foreign)
    database.execute("CREATE TABLE theirs (a)")
    database.close()
    for path, reason in (
        (text, "file is not a database"),
        (foreign, "is not a database of this collector"),
        (tmp_path / "no" / "folder.db", "cannot be opened: "),
    ):
        result = run("--db", str(path))
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {path}: {reason}")
        assert "Traceback" not in result.stderr


def test_a_database_that_cannot_be_written_is_a_503_until_it_can(
    start_collector: Callable[..., Any], request_http: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "events.db"
    collector = start_collector("--db", str(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = request_http("POST", collector.url + "/v1/events", EVENT, ID)
    error = {"error": "the database cannot be used: database is locked"}
    assert (answer.status, answer.json()) == (503, error)
    other.execute("ROLLBACK")
    other.close()
    assert request_http("POST", collector.url + "/v1/events", EVENT, ID).status == 201
    assert len(collector.events()) == 1


@pytest.mark.parametrize(
    "arguments", [["--chaos", "nonsense"], ["--port", "70000"], ["--nope"], ["extra"]]
)
def test_a_wrong_call_is_status_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_ipv6_addresses_are_written_as_urls(start_collector: Callable[..., Any]) -> None:
    if not Path("/proc/net/if_inet6").exists() or not Path("/proc/net/if_inet6").read_text():
        pytest.skip("this machine has no IPv6")
    collector = start_collector("--host", "::1")
    assert collector.url.startswith("http://[::1]:")
    assert collector.records() == []


def test_output_whose_reader_went_away_is_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "moesif_declarative", "--help"]
    result = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")


def test_an_unknown_command_is_answered_with_the_one_that_was_meant() -> None:
    command = [sys.executable, "-m", "moesif_declarative", "colector"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert "No such command 'colector'. Did you mean 'collector'?" in result.stderr
