"""``init``: a settings.toml to start from, or one made of an original package's dict.

Flows in: the example that ships with this package, or ``module:config``. Flows out: a file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from moesif_declarative.cli.options import settings_options
from moesif_declarative.cli.writing import refuse_existing, write_file

_DEFAULT = "settings.toml"
_SCHEMA = Path("schemas") / "settings.schema.json"
"""Where the first line of either file says that the schema stands, seen from the file."""


@click.command(short_help="Write a settings.toml to start from.")
@click.option(
    "--from",
    "reference",
    metavar="MODULE:CONFIG",
    help="Write the dict of the original package (moesiftornado) as TOML instead of the example.",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Where to write; else what --settings names, else {_DEFAULT}.",
)
@settings_options
def init(
    reference: str | None,
    output: Path | None,
    settings_file: str | None,
    environment: str | None,
    *,
    force: bool,
) -> None:
    """Write a settings.toml with every kind of rule in it, to start from.

    Beside it goes schemas/settings.schema.json, unless there is one: with it, editors complete
    names in the file and show what each key does.

    With --from, write what a dict of the original package says. Functions in it are kept by
    name, `callable = "package.module:function"`; one without a name that can be imported (a
    lambda, a function inside another) gets a name that does not exist yet, and a start is refused
    until it does. Secrets are not written. Exit status: 1 when something is left for you to
    mend, or the file exists and nobody said --force.

    \b
    Examples:
      moesif-declarative init
      moesif-declarative init --from myapp.conf:MOESIF_MIDDLEWARE
    """  # noqa: D301 - click wants the character itself, not its name
    del environment  # taken by every command; the file holds every environment's section
    target = output or Path(settings_file or _DEFAULT)
    refuse_existing(target, force=force)
    if reference is not None:
        _write_migrated(reference, target)
        return
    from moesif_declarative.demo.example import read_example

    try:
        example = read_example()
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    write_file(target, example)
    _write_schema(target.parent / _SCHEMA)
    click.echo(f"Wrote {target}, with every kind of rule in it: keep what you need.")
    click.echo(
        "Next: set MOESIF_APPLICATION_ID (or write APPLICATION_ID in .secrets.toml beside the "
        f"file, which git must not track), then run: {_check(target)}"
    )


def _write_schema(path: Path) -> None:
    """Write the schema that the file names, without touching a file that is there."""
    if os.path.lexists(path):
        return
    from moesif_declarative.schema.json_schema import write_json_schema

    write_file(path, write_json_schema())
    click.echo(f"Wrote {path}, which editors complete names from.")


def _write_migrated(reference: str, target: Path) -> None:
    from moesif_declarative.migrate import MigrationError, find_config, migrate

    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # the application's modules, as `python -m` finds them
    try:
        migration = migrate(find_config(reference), reference)
    except MigrationError as error:
        raise click.ClickException(str(error)) from error
    write_file(target, migration.text)
    click.echo(f"Wrote {target} from {reference}.")
    _write_schema(target.parent / _SCHEMA)
    for note in migration.notes:
        click.echo(f"{'To mend' if note.kind == 'fault' else 'To know'}: {note.text}", err=True)
    click.echo(f"Next: run {_check(target)}, then MoesifMiddleware() in place of the dict.")
    if not migration.complete:
        raise SystemExit(1)


def _check(target: Path) -> str:
    looked_up = target.name == _DEFAULT and target.parent == Path()
    return "moesif-declarative check" + ("" if looked_up else f" --settings {target}")
