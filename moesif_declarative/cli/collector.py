"""The command ``collector``: a local server that speaks Moesif's API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moesif_declarative.cli.options import settings_options

if TYPE_CHECKING:
    from moesif_declarative.collector.chaos import Plan

DEFAULT_PORT = 9500


def _read_chaos(context: click.Context, option: click.Parameter, text: str | None) -> Plan:
    from moesif_declarative.collector.chaos import ChaosError, Plan, plan_from_text

    try:
        return Plan() if text is None else plan_from_text(text)
    except ChaosError as error:
        raise click.BadParameter(str(error), context, option) from error


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Whoever reaches it can read all that was sent.",
)
@click.option(
    "--db",
    "database",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file that keeps what arrives; without it, it is gone at the end.",
)
@click.option(
    "--chaos",
    "plan",
    metavar="MODE",
    callback=_read_chaos,
    help="What to do wrong on purpose: a status such as 500, 429:SECONDS, 400:MARK, 413:BYTES, "
    "reset, hang:SECONDS, slow:SECONDS, half, random. PUT /control/chaos.json switches it.",
)
@settings_options
def collector(
    port: int,
    host: str,
    database: Path | None,
    plan: Plan,
    settings_file: str | None,
    environment: str | None,
) -> None:
    """Run a local collector that speaks Moesif's API and shows what arrives.

    Set BASE_URI to the address that it prints and open the same in a browser. It needs no
    account and no settings. Lists: /events.json, /users.json, /companies.json,
    /subscriptions.json, /actions.json, /stats.json.

    PUT /control/config.json and /control/rules.json set what /v1/config (sampling) and /v1/rules
    (governance) serve, and change their tags; GET shows it, DELETE serves the default again.
    """
    from moesif_declarative.collector import Collector, serve_collector
    from moesif_declarative.collector.chaos import Chaos
    from moesif_declarative.collector.store import Store, StoreError

    del settings_file, environment  # taken by every command; nothing here depends on them
    try:
        store = Store(database)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    try:
        asyncio.run(serve_collector(Collector(store, Chaos(plan), host), port, _announce))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    finally:
        store.close()


def _announce(address: str) -> None:
    click.echo(f"Collector: {address}")
    click.echo(
        f'Set BASE_URI = "{address}" and open the same address in a browser. Ctrl-C ends it.'
    )
