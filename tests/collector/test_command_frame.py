"""The frame of the command line: what is listed, loaded and answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from moesif_declarative import cli as frame
from moesif_declarative.cli import COMMANDS, LazyCommand, LazyGroup, main
from moesif_declarative.errors import MoesifError


def replace_command(monkeypatch: pytest.MonkeyPatch, raised: BaseException) -> None:
    @click.command()
    def fail() -> None:
        raise raised

    monkeypatch.setattr(LazyGroup, "list_commands", lambda self, ctx: ["fail"])
    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, cmd_name: fail)


ENDS = [
    (KeyboardInterrupt(), 130, "\n"),  # after the ^C that the terminal shows
    (click.Abort(), 130, ""),
    (BrokenPipeError(), 141, ""),
    (SystemExit(1), 1, ""),
    (SystemExit(None), 0, ""),
    (SystemExit("told"), 1, "told\n"),
    (MoesifError("told"), 1, "Error: told\n"),
    (click.ClickException("told"), 1, "Error: told\n"),
    (click.exceptions.Exit(3), 3, ""),
]


@pytest.mark.parametrize(("raised", "status", "told"), ENDS)
def test_every_end_has_its_status_and_no_traceback(
    raised: BaseException,
    status: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(frame, "_discard_output", lambda: None)
    replace_command(monkeypatch, raised)
    assert main(["fail"]) == status
    assert capsys.readouterr() == ("", told)


def test_every_command_that_is_there_is_listed_and_loads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert (f"  {name} " in listed) is command.exists
        if command.exists:
            options = {parameter.name for parameter in command.load().params}
            assert {"settings_file", "environment"} <= options


def test_a_command_without_a_module_is_not_there() -> None:
    assert not LazyCommand("moesif_declarative.cli.nothing:nothing", "").exists


def test_a_reference_that_is_no_command_is_told() -> None:
    with pytest.raises(TypeError, match="is not a click command"):
        LazyCommand("moesif_declarative.cli:main", "").load()


def test_help_and_version_import_no_command() -> None:
    program = (
        "import sys; from moesif_declarative.cli import main; main(['--help']);"
        "main(['--version']); sys.exit(any(name.startswith('moesif_declarative.cli.') "
        "for name in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("encoding", "write"),
    [("latin-1", "click.echo"), ("ascii", "print"), ("cp437:strict", "print")],
)
def test_output_that_an_encoding_lacks_is_replaced(
    encoding: str, write: str, tmp_path: Path
) -> None:
    program = (
        "import click; from moesif_declarative import cli; from unicodedata import lookup;"
        f"cli._soften_output(); {write}('a' + lookup('CHECK MARK') + 'b')"
    )
    result = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": encoding, "PATH": str(tmp_path)},
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "a?b\n", "")
