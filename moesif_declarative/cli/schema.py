"""``schema``: the JSON Schema of settings.toml, for completion and hover in editors.

Flows in: the schema's documents, as they are installed. Flows out: one JSON document.
"""

from __future__ import annotations

from pathlib import Path

import click

from moesif_declarative.cli.options import settings_options
from moesif_declarative.cli.writing import write_file


@click.command(short_help="Write the JSON Schema of settings.toml for editors.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file, over an older one, instead of printing it.",
)
@settings_options
def schema(output: Path | None, settings_file: str | None, environment: str | None) -> None:
    """Print the JSON Schema of settings.toml, or write it to a file.

    Editors that know TOML (Taplo, Even Better TOML) complete names and show what each key does
    when the settings file begins with the line  #:schema ./schemas/settings.schema.json  and
    the schema stands there. The schema is the same for all settings.

    \b
    Example:
      moesif-declarative schema --output schemas/settings.schema.json
    """  # noqa: D301 - click wants the character itself, not its name
    from moesif_declarative.schema.json_schema import write_json_schema

    del settings_file, environment  # taken by every command; the schema depends on neither
    text = write_json_schema()
    if output is None:
        click.echo(text, nl=False)
        return
    write_file(output, text)
    click.echo(f"Wrote {output}. Let a settings file begin with the line: #:schema {output}")
