"""The command ``demo``: everything at work on this machine."""

from __future__ import annotations

import sys

import click

from moesif_declarative.cli.options import settings_options

_PIPED_WIDTH = 140
_PORT = click.IntRange(0, 65535)


@click.command()
@click.option("--once", is_flag=True, help="End after the traffic instead of serving on.")
@click.option("--port", type=_PORT, default=0, help="The collector's port; 0 (default): any.")
@click.option("--api-port", type=_PORT, default=0, help="The API's port; 0 (default): any.")
@settings_options
def demo(
    once: bool, port: int, api_port: int, settings_file: str | None, environment: str | None
) -> int:
    """Show it all at work: a collector, a small API, traffic with secrets in it.

    Runs the example settings, untouched by your own settings files and MOESIF_* variables; with
    --settings it runs yours instead. Then it says what arrived, what was skipped and masked, and
    whether any secret got through (exit status 1). No account, no network.
    """
    from rich.console import Console

    from moesif_declarative.demo.run import run_demo

    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, width=_PIPED_WIDTH)
    try:
        return run_demo(
            console,
            once=once,
            collector_port=port,
            api_port=api_port,
            settings_file=settings_file,
            environment=environment,
        )
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error.strerror}") from error
