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


def test_a_file_of_the_same_age_and_size_in_anothers_place_is_a_change(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "settings.toml", name)
        os.utime(tmp_path / name / "settings.toml", (1, 1))
    link(tmp_path, "one")
    (tmp_path / "settings.toml").symlink_to("..data/settings.toml")
    moesif = MoesifMiddleware(tmp_path / "settings.toml")
    watch = Watch(60, lambda: [str(tmp_path / "settings.toml")], moesif.reload)
    link(tmp_path, "two")
    assert watch.look()
    assert user(moesif) == "two"


def link(folder: Path, name: str) -> None:
    """Put another folder in the place of ``..data`` at once, as Kubernetes does."""
    (folder / "..new").symlink_to(name)
    (folder / "..new").replace(folder / "..data")


def test_a_change_while_the_files_are_read_is_seen_at_the_next_look(settings: Path) -> None:
    told: list[str] = []

    def changed() -> None:
        told.append(settings.read_text("utf-8"))
        if len(told) == 1:
            write(settings, "meanwhile")

    watch = Watch(60, lambda: [str(settings)], changed)
    write(settings, "half written")
    assert [watch.look(), watch.look(), watch.look()] == [True, True, False]
    assert ["meanwhile" in text for text in told] == [False, True]


def test_what_is_still_being_written_is_not_read(settings: Path) -> None:
    rewritten, read = threading.Event(), threading.Event()
    looks: list[None] = []

    def files() -> list[str]:
        looks.append(None)
        if 2 <= len(looks) <= 6:
            settings.write_text(f"half {'.' * len(looks)}", "utf-8")
        if len(looks) == 7:
            write(settings, "whole")
            rewritten.set()
        return [str(settings)]

    seen: list[bool] = []

    def changed() -> None:
        seen.append(rewritten.is_set())
        read.set()

    watch = Watch(0.001, files, changed)
    watch.begin()
    assert read.wait(10)
    watch.end()
    assert seen[0] is True


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
