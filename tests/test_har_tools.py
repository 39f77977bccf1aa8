"""HARs as the tools write them: mitmproxy (recorded), Firefox and Charles (in their shapes)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from moesif_declarative.cli.explain import explain as command

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")

DATA: Final = Path(__file__).parent / "data"
SETTINGS: Final = """
[default]
APPLICATION_ID = "an-application-id"
[default.IDENTIFY_USER.gateway]
header = "X-User-Id"
[default.MASK_EVENT_MODEL.session]
field = "token"
"""
FORM: Final = {"name": "Ann Ünü", "password": "[REDACTED]"}
LOGIN: Final = {"email": "ann@example.com", "password": "[REDACTED]"}
LOST: Final = "response.body: the HAR does not hold its 2097152 bytes"
UNREADABLE: Final = "response.body: no structure to mask: not decodable as text"


@dataclass(frozen=True)
class Tool:
    """A tool's file: where its calls went, what its multipart file was, what its user gave."""

    name: str
    base: str
    file: dict[str, Any]
    entries: int


TOOLS = [
    Tool(
        "mitmproxy",
        "http://127.0.0.1:9701",
        {"filename": "t.bin", "content_type": "application/octet-stream", "size": 5},
        8,
    ),
    Tool(
        "firefox",
        "https://api.example.com",
        {"filename": "t.txt", "content_type": "text/plain", "size": 5},
        9,
    ),
    Tool(
        "charles",
        "https://api.example.com",
        {"filename": "t.txt", "content_type": "text/plain", "size": 5},
        9,
    ),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "settings.toml").write_text(SETTINGS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(command, list(arguments))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_call_of_a_tool_is_read_and_masked(run: Callable[..., Result], tool: Tool) -> None:
    result = run(str(DATA / f"{tool.name}.har"), "--format", "json")
    assert result.exit_code == 0, result.output
    assert "canary" not in result.stdout
    entries = json.loads(result.stdout)["entries"]
    events = [told["event"] for told in entries]
    assert [told["skipped"] for told in entries] == [False] * tool.entries
    assert [
        (
            event["request"]["verb"],
            event["request"]["uri"].removeprefix(tool.base),
            event["request"].get("body"),
            event["response"]["status"],
        )
        for event in events[:8]
    ] == [
        ("GET", "/items?token=[REDACTED]", None, 200),
        ("POST", "/login", LOGIN, 201),
        ("POST", "/form", FORM, 201),
        ("POST", "/form", {"password": "[REDACTED]", "file": tool.file}, 201),
        ("GET", "/logo.png", None, 200),
        ("DELETE", "/items/1", None, 204),
        ("GET", "/closed" if tool.name != "mitmproxy" else "http://127.0.0.1:9/closed", None, 0),
        ("GET", "/socket", None, 101),
    ]
    assert events[0]["user_id"] == "ann"
    assert events[0]["response"]["body"]["items"][0] == {"id": 0, "name": "item 0"}
    assert events[1]["response"]["body"] == {"token": "[REDACTED]", "name": "Ann Ünü"}
    assert not any(":" in name for event in events for name in event["request"]["headers"])
    left_out = [
        [row["outcome"] for row in told["trace"] if row["hook"] == "left out"] for told in entries
    ]
    assert left_out[:8] == [[], [], [], [], [UNREADABLE], [], [], []]
    assert left_out[8:] == [[LOST]] * (tool.entries - 8)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_text_tells_the_calls_of_a_tool(run: Callable[..., Result], tool: Tool) -> None:
    result = run(str(DATA / f"{tool.name}.har"))
    lines = [line.partition(" (")[0] for line in result.stdout.splitlines()]
    assert lines[:2] == [
        f"GET {tool.base}/items?token=[REDACTED] sent",
        '  IDENTIFY_USER gateway: gave user_id = "ann"',
    ]
    assert f"DELETE {tool.base}/items/1 sent" in lines
    assert "  MASK_EVENT_MODEL credentials: masked request.body.password" in lines
    assert lines.count("  MASK_EVENT_MODEL session: masked response.body.token") >= 1
    assert lines.count(f"  left out: {LOST}") == tool.entries - 8
    assert "canary" not in result.output


def long_file(folder: Path, count: int) -> Path:
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    log = json.loads((DATA / "firefox.har").read_text("utf-8"))["log"]
    path = folder / "calls.har"
    path.write_text(json.dumps({"log": {**log, "entries": log["entries"][5:6] * count}}), "utf-8")
    return path


def told_on_a_terminal(folder: Path, file: Path) -> tuple[str, str]:
    """Explain a file with the error output on a pseudo-terminal; give both outputs."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "moesif_declarative", "explain", str(file)]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, env=environ, text=True
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65_536):
                shown += chunk
        except OSError:  # Linux: the other end is closed
            pass
        finally:
            os.close(ours)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    return out, shown.decode()


def test_a_long_file_shows_a_progress_bar_on_a_terminal(tmp_path: Path) -> None:
    out, shown = told_on_a_terminal(tmp_path, long_file(tmp_path, 150))
    assert out.count("DELETE https://api.example.com/items/1 sent") == 150
    assert "Explaining" in shown
    assert "100%" in shown
    assert "Explaining" not in out


def test_a_short_file_shows_none(tmp_path: Path) -> None:
    _, shown = told_on_a_terminal(tmp_path, long_file(tmp_path, 3))
    assert shown == ""


def test_a_pipe_gets_no_progress_bar(tmp_path: Path) -> None:
    file = long_file(tmp_path, 150)
    command = [sys.executable, "-m", "moesif_declarative", "explain", str(file)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
