"""``explain``: what would be sent for recorded calls, and why.

Flows in: a HAR 1.2 file, or one request described by options. Flows out: the masked events with
the rules that made them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.text import Text

from moesif_declarative.call import json_text
from moesif_declarative.cli.options import settings_options
from moesif_declarative.errors import Problems
from moesif_declarative.explain import explain_entry
from moesif_declarative.har import HarError, read_entries
from moesif_declarative.report import write_problem
from moesif_declarative.startup import Compiled, start

# From here on it takes long enough for a progress bar.
_MANY = 100
_LONGEST_ADDRESS = 200


@click.command(short_help="Say what would be sent for recorded calls, and why.")
@click.argument("file", required=False)
@settings_options
@click.option(
    "--request",
    "line",
    metavar="'METHOD URL'",
    help="Explain one request instead; a path goes to the Host header's host, else localhost.",
)
@click.option("-H", "--header", "headers", multiple=True, help="A request header, 'Name: value'.")
@click.option("-d", "--data", help="The request's body.")
@click.option("--response-status", type=int, default=200, show_default=True)
@click.option("--response-header", "response_headers", multiple=True, help="'Name: value'.")
@click.option("--response-body", help="The response's body.")
@click.option("-v", "--verbose", is_flag=True, help="Show every rule and the whole event.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def explain(
    file: str | None,
    settings_file: str | None,
    environment: str | None,
    line: str | None,
    form: str,
    *,
    verbose: bool,
    **single: Any,
) -> None:
    """Say what would be sent for the calls in a HAR 1.2 FILE ("-": standard input), and why.

    Nothing is sent.
    """
    if (file is None) == (line is None):
        raise click.UsageError("give either a HAR file or --request 'METHOD URL'")
    compiled = _compiled(settings_file, environment)
    entries = _entries(file) if file is not None else [_single_entry(line or "", **single)]
    explained = [
        _explained(number, entry, compiled)
        for number, entry in track(
            enumerate(entries),
            "Explaining",
            len(entries),
            console=Console(stderr=True),
            transient=True,
            disable=len(entries) < _MANY or not sys.stderr.isatty(),
        )
    ]
    if form == "json":
        click.echo(json_text.indented({"entries": explained}))
        return
    console = Console(highlight=False)
    for entry, told in zip(entries, explained, strict=True):
        _print_entry(console, entry, told, verbose=verbose)


def _compiled(settings_file: str | None, environment: str | None) -> Compiled:
    problems = Problems()
    compiled = start(settings_file, {}, problems, environment=environment)
    if compiled is None:
        for problem in problems:
            click.echo(write_problem(problem) + "\n", err=True)
        raise SystemExit(1)
    return compiled


def _entries(file: str) -> list[Mapping[str, Any]]:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return read_entries(raw)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    except HarError as error:
        raise click.ClickException(f"{file} is no HAR: {error}") from None


def _single_entry(
    line: str,
    *,
    headers: tuple[str, ...],
    data: str | None,
    response_status: int,
    response_headers: tuple[str, ...],
    response_body: str | None,
) -> Mapping[str, Any]:
    method, _, target = line.strip().partition(" ")
    sent = [_header(header) for header in headers]
    request: dict[str, Any] = {
        "method": method.upper(),
        "url": _whole_url(target.strip(), sent),
        "headers": sent,
    }
    if data is not None:
        request["postData"] = {"text": data}
    response: dict[str, Any] = {
        "status": response_status,
        "headers": [_header(header) for header in response_headers],
        "content": {"text": response_body or ""},
    }
    return {"request": request, "response": response}


def _whole_url(target: str, headers: Sequence[Mapping[str, str]]) -> str:
    """Complete a path by the host that the headers name, as a server does."""
    if target.startswith("/") and not target.startswith("//"):
        named = [header["value"] for header in headers if header["name"].lower() == "host"]
        return f"http://{named[0] if named else 'localhost'}{target}"
    if "://" not in target.partition("?")[0]:
        raise click.UsageError("--request takes a method and a URL or path: 'GET /items?id=1'")
    return target


def _header(text: str) -> dict[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"a header is written 'Name: value', not {text!r}")
    return {"name": name.strip(), "value": value.strip()}


def _explained(number: int, entry: Mapping[str, Any], compiled: Compiled) -> dict[str, Any]:
    try:
        return explain_entry(entry, compiled.settings, compiled.hooks)
    except HarError as error:
        raise click.ClickException(f"entry {number}: {error}") from None


def _print_entry(
    console: Console, entry: Mapping[str, Any], told: Mapping[str, Any], *, verbose: bool
) -> None:
    verdict = "not sent" if told["skipped"] else "sent"
    # As it would be sent: the recorded address may hold what masks hide.
    sent = told["event"]["request"] if told["event"] else {}
    uri = sent.get("uri") or _address(entry["request"]["url"])
    method = sent.get("verb") or entry["request"]["method"]
    console.print(
        Text(_printable(f"{method} {uri}"), "bold"), Text(verdict, "cyan"), soft_wrap=True
    )
    for row in told["trace"]:
        told_nothing = row["outcome"].startswith(("no ", "nothing", "does not", "its condition"))
        if verbose or row["hook"] == "left out" or not told_nothing:
            rule = f"{row['hook']} {row['rule']}".strip()
            line = _printable(f"  {rule}: {row['outcome']}")
            console.print(Text(line), Text(f"({row['origin']})", "dim"), soft_wrap=True)
    if verbose and told["event"] is not None:
        click.echo(json_text.indented(told["event"]))  # unwrapped, so that it can be copied


def _address(url: str) -> str:
    """Show of an address what says which call it was, and no more."""
    before, at, after = url.partition("?")[0].partition("#")[0].rpartition("@")
    shown = before.partition("://")[0] + "://" + after if at and "://" in before else after
    return shown if len(shown) <= _LONGEST_ADDRESS else f"{shown[:_LONGEST_ADDRESS]}…"


def _printable(text: str) -> str:
    """Show what a terminal would act upon, or cannot show, by its escape."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
