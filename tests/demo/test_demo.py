"""The demo from its start to its end, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "moesif_declarative", "demo"]
HOSTILE = {
    "MOESIF_APPLICATION_ID": "theirs",
    "MOESIF_BASE_URI": "http://127.0.0.1:1",
    "MOESIF_SETTINGS_FILE": "/nowhere/settings.toml",
    "MOESIF_ENV": "nowhere",
    "MOESIF_MASK_PRESETS": "[]",
    "MOESIF_SKIP__nonsense": "{",
    "http_proxy": "http://127.0.0.1:1",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
    "ENV_FOR_DYNACONF": "nowhere",
}


def run(
    *arguments: str, directory: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=directory,
        env=environment,
        encoding="utf-8",
    )


def test_one_run_shows_what_arrived_and_that_no_secret_did() -> None:
    result = run("--once")
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "0 of 13 secrets that were sent reached the collector." in result.stdout
    assert "18 calls: " in result.stdout
    assert " 0 lost." in result.stdout
    assert "skipped by " in result.stdout


def test_the_users_own_settings_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[default]\nMASK_PRESETS = []\nENABLED = false\n")
    (tmp_path / "settings.local.toml").write_text("broken")
    (tmp_path / ".env").write_text("MOESIF_MASK_PRESETS=[]\nMOESIF_SKIP__x__y=1\n")
    result = run("--once", directory=tmp_path, **HOSTILE)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "0 of 13 secrets that were sent reached the collector." in result.stdout


def test_secrets_that_get_through_are_named_with_status_1(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[default]\nMASK_PRESETS = []\n")
    result = run("--once", "--settings", str(settings))
    assert (result.returncode, result.stderr) == (1, ""), result.stdout
    assert "13 of 13 secrets that were sent reached the collector." in result.stdout
    assert "  bearer token\n" in result.stdout


def test_output_in_ascii_is_no_error() -> None:
    result = run("--once", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (result.returncode, result.stderr) == (0, ""), result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_until_a_signal(number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
        process.send_signal(number)
        assert (process.wait(60), process.stderr.read()) == (0, "")
