"""``schema``: the document that editors read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moesif_declarative.cli import main
from moesif_declarative.schema.json_schema import json_schema


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_it_is_written_with_the_folders_above_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schemas" / "settings.schema.json"
    assert main(["schema", "--output", str(path)]) == 0
    assert json.loads(path.read_text("utf-8")) == json_schema()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert capsys.readouterr().out.startswith(f"Wrote {path}.")
    assert main(["schema", "--output", str(path)]) == 0  # an older one is written over


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "schema.json"
    assert main(["schema", "--output", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"Error: {path} cannot be written: ")


def test_it_needs_no_settings_and_no_server(tmp_path: Path) -> None:
    code = (
        "import sys; from moesif_declarative.cli import main; main(['schema']); "
        "sys.exit(sum(name in sys.modules for name in ('tornado', 'requests', 'dynaconf')))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
