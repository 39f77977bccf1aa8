"""``ping``: whether Moesif, or what stands in its place, accepts the application id.

Flows in: the settings' account. Flows out: one line. What it asks for is the configuration that
Moesif serves to every client; no event is sent.
"""

from __future__ import annotations

from typing import Final

import click

from moesif_declarative.cli.options import settings_options
from moesif_declarative.delivery.address import split_address
from moesif_declarative.delivery.fetch import NoAnswerError, fetch
from moesif_declarative.errors import Problem, Problems
from moesif_declarative.report import write_problem
from moesif_declarative.schema import shapes, validate
from moesif_declarative.schema.settings import Settings
from moesif_declarative.settings import load

_ASKED_FOR: Final = ("APPLICATION_ID", "BASE_URI", "LOCAL_MOESIF_BASEURL", "REQUEST_TIMEOUT")
_ACCEPTED: Final = frozenset({*range(200, 300), 304})
_PROXY: Final = "check the proxy that HTTPS_PROXY or HTTP_PROXY names"

_REFUSALS: Final = {
    401: "refuses the application id: copy it again from Moesif (Settings, Installation)",
    402: "knows the application id, but its subscription is not active: see Moesif's billing page",
    403: "refuses the application id: copy it again from Moesif (Settings, Installation)",
    404: "has no /v1/config: check BASE_URI, which ends before /v1",
    407: f"is not reached, a proxy wants credentials: {_PROXY}",
    429: "answers, but asks to be called less often: try again in a minute",
}
_NO_ANSWERS: Final = {
    "host not found": "its name is not known: check BASE_URI, and DNS on this machine",
    "connection refused": "nothing listens there: check the host and port of BASE_URI",
    "CA bundle not found": "the file of certificate authorities is not there: check "
    "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and SSL_CERT_FILE",
    "TLS failed": "TLS failed: check its certificate, http or https in BASE_URI, and "
    "REQUESTS_CA_BUNDLE for a certificate authority of your own",
    "proxy failed": f"the proxy does not let it through: {_PROXY}",
}


@click.command(short_help="Ask Moesif whether the application id is accepted.")
@settings_options
def ping(settings_file: str | None, environment: str | None) -> None:
    """Ask Moesif, or what BASE_URI names, whether it accepts the application id.

    Sends no event and never prints the id. Waits REQUEST_TIMEOUT seconds at most. Exit status: 0
    when the id is accepted, 1 when it is not or nobody answers.

    \b
    Example:
      moesif-declarative ping --env production
    """  # noqa: D301 - click wants the character itself, not its name
    settings = _settings(settings_file, environment)
    address, _ = split_address(settings.base_uri)
    told = _ask(settings)
    if told is None:
        click.echo(f"{address} accepts the application id.")
        return
    click.echo(f"{address} {told}.", err=True)
    raise SystemExit(1)


def _settings(settings_file: str | None, environment: str | None) -> Settings:
    problems = Problems()
    # As if all were switched on: an id is needed to ask whether it is accepted.
    switched_on = {"ENABLED": True, "SINK": "moesif"}
    loaded = load(
        settings_file, switched_on, shapes=shapes(), problems=problems, environment=environment
    )
    settings = validate(loaded, problems)
    ours = [problem for problem in problems.errors if _matters(problem)]
    for problem in ours:
        click.echo(write_problem(problem) + "\n", err=True)
    if ours:
        raise SystemExit(1)
    if problems.errors:
        click.echo("Other settings are wrong: `moesif-declarative check` tells which.", err=True)
    return settings


def _matters(problem: Problem) -> bool:
    return not problem.key or problem.key.partition(".")[0] in _ASKED_FOR


def _ask(settings: Settings) -> str | None:
    """Ask for the configuration; return what is wrong, None when the id is accepted."""
    try:
        return _verdict(fetch(settings, "/v1/config").status)
    except NoAnswerError as error:
        if str(error) == "timeout":
            return f"gave no answer within {settings.request_timeout:g} seconds (REQUEST_TIMEOUT)"
        return f"cannot be reached: {_NO_ANSWERS.get(str(error), str(error))}"


def _verdict(status: int) -> str | None:
    if status in _ACCEPTED:
        return None
    if status in _REFUSALS:
        return f"{_REFUSALS[status]} (status {status})"
    if 300 <= status <= 399:
        return f"sends elsewhere (status {status}): check BASE_URI, redirects are not followed"
    if status >= 500:
        return f"has a fault of its own (status {status}): try again later"
    return f"answers with status {status}, which Moesif does not: check BASE_URI"
