"""The command line: one group, whose commands are imported only when they are run.

Flows in: arguments. Flows out: text, and the exit status: 0 fine, 1 faults found, 2 called
wrongly.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from moesif_declarative.errors import MoesifError

# What a shell reports for a process that SIGINT or SIGPIPE ended.
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is not imported yet.

    Attributes:
        reference: ``module:attribute`` of the click command.
        summary: What it does, for the list of commands.
    """

    reference: str
    summary: str

    @property
    def module(self) -> str:
        """The module's full name."""
        return self.reference.partition(":")[0]

    @property
    def exists(self) -> bool:
        """Whether its module is there."""
        return importlib.util.find_spec(self.module) is not None

    def load(self) -> click.Command:
        """Import it."""
        attribute = self.reference.partition(":")[2]
        command = getattr(importlib.import_module(self.module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.reference} is not a click command")
        return command


_SUMMARIES: Final = {
    "init": "Write a settings.toml to start from.",
    "check": "Find everything that is wrong with the settings.",
    "show": "Print the effective settings, each with its origin.",
    "explain": "Say what would be sent for recorded calls, and why.",
    "test": "Run the tests in the settings.",
    "schema": "Write the JSON Schema of settings.toml for editors.",
    "collector": "Run a local collector that speaks Moesif's API and shows what arrives.",
    "demo": "Show it all at work: collector, a small API, some traffic. No account needed.",
    "ping": "Ask Moesif whether the application id is accepted.",
}

COMMANDS: Final[Mapping[str, LazyCommand]] = MappingProxyType(
    {
        name: LazyCommand(f"moesif_declarative.cli.{name}:{name}", summary)
        for name, summary in _SUMMARIES.items()
    }
)
"""Every command by its name; each module of this package holds the command of its name."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands whose modules are there, in the order of `COMMANDS`."""
        return [name for name, command in COMMANDS.items() if command.exists]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; None where there is none of this name."""
        command = COMMANDS.get(cmd_name)
        return command.load() if command is not None and command.exists else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name, or say which was probably meant."""
        name = args[0] if args else ""
        known = self.list_commands(ctx)
        if name and not name.startswith("-") and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" There are {', '.join(known)}."
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what `COMMANDS` says of them."""
        rows = [(name, COMMANDS[name].summary) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _print_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:  # noqa: ARG001
    if not wanted or context.resilient_parsing:
        return
    from moesif_declarative.version import __version__

    click.echo(f"moesif-declarative {__version__}")
    context.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Send the traffic of a Tornado API to Moesif, configured by settings.toml.

    Every command has --help. Exit status: 0 fine, 1 faults found, 2 called wrongly.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None for those of this process.

    Returns:
        The exit status: 0 fine, 1 faults found, 2 called wrongly; 130 after Ctrl-C and 141 when
        the reader of the output went away, as shells report them.
    """
    _soften_output()
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(
            0, str(Path.cwd())
        )  # settings name callables of the application that is here
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MoesifError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return _BROKEN_PIPE
    return status


def _run(arguments: Sequence[str] | None) -> int:
    """Run the group; a command says its status by what it returns or by `SystemExit`."""
    stdout = sys.stdout
    try:
        status = cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="moesif-declarative",
            standalone_mode=False,
        )
    except SystemExit as end:
        if sys.stdout is not stdout:  # click puts another in place of one that broke
            return _BROKEN_PIPE
        status = end.code
    if status is None or isinstance(status, int):
        return status or 0
    click.echo(status, err=True)
    return 1


def _soften_output() -> None:
    """Write what a terminal's encoding lacks as ``?`` instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _discard_output() -> None:
    """Keep the interpreter from writing to the broken pipe once more as it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
