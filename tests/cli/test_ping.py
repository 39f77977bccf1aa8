"""``ping``: whether the collector takes the application id."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.cli import main

ID = "an-application-id-1234"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("MOESIF_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MOESIF_APPLICATION_ID", ID)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ping(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["ping", *arguments])
    out, err = capsys.readouterr()
    assert ID not in out + err
    return status, out + err


def test_an_id_that_is_accepted(
    collector: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOESIF_BASE_URI", f"{collector.url}/")
    assert ping(capsys) == (0, f"{collector.url} accepts the application id.\n")
    assert collector.get("/events.json") == []


def test_credentials_in_the_address_are_not_shown(
    collector: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = collector.url.replace("http://", "http://user:pass@")
    monkeypatch.setenv("MOESIF_BASE_URI", address)
    assert ping(capsys) == (0, f"{collector.url} accepts the application id.\n")


ANSWERS = [
    ("401", "refuses the application id: copy it again from Moesif"),
    ("402", "its subscription is not active"),
    ("403", "refuses the application id"),
    ("404", "has no /v1/config: check BASE_URI, which ends before /v1"),
    ("407", "a proxy wants credentials"),
    ("418", "answers with status 418, which Moesif does not: check BASE_URI"),
    ("429", "asks to be called less often"),
    ("503", "has a fault of its own (status 503): try again later"),
    ("reset", "cannot be reached: "),
]


@pytest.mark.parametrize(("mode", "told"), ANSWERS)
def test_an_id_that_is_not_accepted(
    mode: str,
    told: str,
    collector: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collector.put("/control/chaos.json", {"mode": mode, "on": "reads"})
    monkeypatch.setenv("MOESIF_BASE_URI", collector.url)
    status, line = ping(capsys)
    assert status == 1
    assert line.startswith(f"{collector.url} ")
    assert told in line


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_nobody_listens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
    monkeypatch.setenv("MOESIF_BASE_URI", address)
    told = "nothing listens there: check the host and port of BASE_URI"
    assert ping(capsys) == (1, f"{address} cannot be reached: {told}.\n")


def test_nobody_answers_in_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setenv("MOESIF_BASE_URI", f"http://{silent}")
    monkeypatch.setenv("MOESIF_REQUEST_TIMEOUT", "0.2")
    told = "gave no answer within 0.2 seconds (REQUEST_TIMEOUT)"
    assert ping(capsys) == (1, f"http://{silent} {told}.\n")


def test_tls_to_a_server_without_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        answering = threading.Thread(target=answer_plainly, args=(server,))
        answering.start()
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("MOESIF_BASE_URI", address)
        status, line = ping(capsys)
        answering.join()
    assert status == 1
    assert line.startswith(f"{address} cannot be reached: TLS failed: check its certificate")


@pytest.mark.parametrize("code", [200, 201, 204, 209, 226, 299, 304])
def test_every_answer_that_is_a_success_accepts_the_id(
    code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        answering = threading.Thread(target=answer_plainly, args=(server, code))
        answering.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("MOESIF_BASE_URI", address)
        status, line = ping(capsys)
        answering.join()
    assert (status, line) == (0, f"{address} accepts the application id.\n")


def answer_plainly(server: socket.socket, code: int = 400) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        head = f"HTTP/1.1 {code} Any Reason\r\n"
        length = "" if code in {204, 304} else "Content-Length: 0\r\n"
        connection.sendall(f"{head}{length}Connection: close\r\n\r\n".encode())


def test_without_an_id_nobody_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOESIF_APPLICATION_ID")
    monkeypatch.setenv("MOESIF_ENABLED", "false")
    status, told = ping(capsys)
    assert status == 1
    assert told.startswith("error[application-id-missing]: APPLICATION_ID: is required\n")


def test_faults_of_other_settings_are_mentioned_and_do_not_matter(
    folder: Path,
    collector: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "settings.toml").write_text(
        f'[default]\nBATCH_SIZE = 0\n[production]\nBASE_URI = "{collector.url}"\n'
    )
    status, told = ping(capsys, "--env", "production")
    assert status == 0
    assert told == (
        f"{collector.url} accepts the application id.\n"
        "Other settings are wrong: `moesif-declarative check` tells which.\n"
    )


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, told = ping(capsys, "--settings", "absent.toml")
    assert status == 1
    assert "absent.toml" in told
