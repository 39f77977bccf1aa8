"""``check``: everything that is wrong with the settings, found on the way that startup takes.

Flows in: the settings as an application would find them. Flows out: problems, status 1 if any
of them is an error.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click
import orjson

from moesif_declarative.cli.options import settings_options
from moesif_declarative.errors import Problems
from moesif_declarative.report import problem_row, summary, write_problem
from moesif_declarative.startup import Compiled, start


@click.command(short_help="Find everything that is wrong with the settings.")
@settings_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
def check(settings_file: str | None, environment: str | None, form: str) -> None:
    """Find everything that is wrong with the settings, and say how to mend it.

    Takes the very way that startup takes. Exit status: 0 for fine (warnings may stand), 1 for
    errors, 2 when called wrongly.
    """
    problems = Problems()
    compiled = start(settings_file, {}, problems, environment=environment)
    if compiled is not None:
        _try_spool(compiled, problems)
    if form == "json":
        rows = [problem_row(problem) for problem in problems]
        report = {"ok": not problems.errors, "problems": rows}
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        for problem in problems:
            click.echo(write_problem(problem) + "\n")
        if compiled is not None:
            files = ", ".join(compiled.loaded.files) or "no file, variables alone"
            click.echo(f"Settings for {compiled.settings.environment!r} from {files}.")
        click.echo(f"{'Fine' if not problems.errors else 'Not fine'}: {summary(problems)}.")
    raise SystemExit(1 if problems.errors else 0)


def _try_spool(compiled: Compiled, problems: Problems) -> None:
    """Try whether ``SPOOL_DIR`` can be made and written."""
    folder = compiled.settings.spool_dir
    if folder is None:
        return
    place = compiled.settings.place.at("SPOOL_DIR")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        problems.error(
            "spool-unwritable",
            place,
            f"the folder cannot be made or written: {error.strerror or error}",
            f"create {folder} and let user {os.getuid()} write to it, or name another folder"
            if hasattr(os, "getuid")
            else "name another folder",
        )
