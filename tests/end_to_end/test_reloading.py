"""Reloading: all hooks at once, or none, while nothing is lost."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.reloading import Watch

ENTRY = {
    "request": {"method": "GET", "url": "https://api.test/a", "headers": []},
    "response": {"status": 200, "headers": []},
}


def write(path: Path, user: str) -> None:
    path.write_text(
        '[default]\nAPPLICATION_ID = "x"\nSINK = "null"\n'
        f'[default.IDENTIFY_USER]\nvalue = "{user}"\n',
        "utf-8",
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    write(path, "before")
    return path


def user(moesif: MoesifMiddleware) -> Any:
    return moesif.explain(ENTRY)["event"]["user_id"]


def test_right_settings_are_taken_over(settings: Path) -> None:
    moesif = MoesifMiddleware(settings)
    write(settings, "after")
    assert user(moesif) == "before"
    assert moesif.reload() is True
    assert user(moesif) == "after"


def test_wrong_settings_leave_the_old_ones_and_are_logged(
    settings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moesif = MoesifMiddleware(settings)
    settings.write_text("[default]\nAPPLICATION_ID = 'x'\nSKIPP = 1\n", "utf-8")
    with caplog.at_level(logging.ERROR, "moesif_declarative"):
        assert moesif.reload() is False
    assert user(moesif) == "before"
    assert "SKIPP" in caplog.text


def test_a_watch_tells_of_a_change_once(settings: Path) -> None:
    told: list[int] = []
    watch = Watch(60, lambda: [str(settings)], lambda: told.append(1))
    assert not watch.look()
    os.utime(settings, (1, 1))
    assert watch.look()
    assert not watch.look()
    (settings.parent / ".secrets.toml").write_text("", "utf-8")
    assert watch.look()
    settings.unlink()
    assert watch.look()
    assert told == [1, 1, 1]


def test_a_running_application_takes_changed_files_over(
    settings: Path, start_api: Callable[..., Any], collector: Any
) -> None:
    text = settings.read_text("utf-8").replace('SINK = "null"', "RELOAD = 0.05")
    settings.write_text(text, "utf-8")
    api = start_api(settings, BASE_URI=collector.url)
    pause = threading.Event()
    api.call("GET", "/echo")
    settings.write_text(text.replace("before", "after"), "utf-8")
    for _ in range(200):
        if user(api.moesif) == "after":
            break
        pause.wait(0.05)
    api.call("GET", "/echo")
    first, second = api.events(2)
    assert (first["user_id"], second["user_id"]) == ("before", "after")
