"""``test``: runs the tests that stand in the settings, or writes such tests from traffic.

Flows in: the settings with their ``TESTS`` tables; or a HAR file. Flows out: what failed, status
1 if anything did; or tables for settings.tests.toml.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from moesif_declarative.call import json_text
from moesif_declarative.cli.options import settings_options
from moesif_declarative.cli.writing import refuse_existing, write_file
from moesif_declarative.errors import Problems
from moesif_declarative.har import HarError, read_entries
from moesif_declarative.report import one_line, problem_row, write_problem
from moesif_declarative.selftest import Failure, Result, record_tests, run_tests
from moesif_declarative.selftest.expectation import NOTHING
from moesif_declarative.startup import Compiled, start

_MOST_SHOWN = 300
_NEEDS_NO_ACCOUNT = {"SINK": "null"}  # nothing is sent, so nobody asks for an application id


@click.command(short_help="Run the tests in the settings.")
@settings_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
@click.option(
    "--record",
    "har",
    metavar="FILE.har",
    help='Write tests from recorded traffic instead ("-": standard input).',
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --record: write them to this file instead of printing them.",
)
@click.option("--force", is_flag=True, help="With --output: write over a file that exists.")
def test(
    settings_file: str | None,
    environment: str | None,
    form: str,
    har: str | None,
    output: Path | None,
    *,
    force: bool,
) -> None:
    """Run the tests in the settings: [default.TESTS.<name>], also in settings.tests.toml.

    Each takes the way of `explain`; nothing is sent, and no application id is needed. Exit
    status: 0 when all passed or there are none, 1 when one failed or the settings are wrong.

    \b
    Example of a test:
      [default.TESTS.health_is_skipped]
      request = { url = "https://api.example.com/health" }
      expect = { skipped = true }

    A test without `skipped` expects that the call is sent. A JSONPath in `event` that selects
    several values expects the same of each; `$` and `metadata` pass over what differs from run
    to run (the id, the times) and what MASK_REMARKS adds, unless it is expected. `absent` texts
    are also looked for percent-encoded and inside base64.

    With --record, write tests from a HAR file: they expect what would be sent today. They hold
    the recorded requests as they were.

    \b
    Examples:
      moesif-declarative test --env production
      moesif-declarative test --record calls.har --output settings.tests.toml

    \b
    JSON: {"ok", "problems": [as `check` has them], "tests": [{"name", "origin", "passed",
      "failures": [{"expect", "at", "expected", "got", "origin", "why": [...]}]}]}; "expected"
      or "got" is missing where there is no value.
    """  # noqa: D301 - click wants the character itself, not its name
    if har is None and (output is not None or force):
        raise click.UsageError("--output and --force go with --record")
    if har is not None and output is not None:
        refuse_existing(output, force=force)
    _find_modules_here()
    problems = Problems()
    compiled = start(settings_file, _NEEDS_NO_ACCOUNT, problems, environment=environment)
    if har is not None:
        _record(har, output, _right(compiled, problems))
        return
    results = () if compiled is None else run_tests(compiled, problems)
    if form == "json":
        click.echo(_json(results, problems))
    else:
        _print(results, problems)
    failed = problems.errors or any(result.failures for result in results)
    raise SystemExit(1 if failed else 0)


def _find_modules_here() -> None:
    """Let callables of the application be found as `python -m` finds them."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


def _right(compiled: Compiled | None, problems: Problems) -> Compiled:
    if compiled is None:
        for problem in problems.errors:
            click.echo(write_problem(problem) + "\n", err=True)
        raise SystemExit(1)
    return compiled


def _print(results: Sequence[Result], problems: Problems) -> None:
    for problem in problems.errors:
        click.echo(write_problem(problem) + "\n", err=True)
    if problems.errors:
        click.echo("No test was run: the settings are wrong.")
        return
    if not results:
        click.echo("There are no tests: write some under [default.TESTS.<name>], see --help.")
        return
    for result in results:
        verdict = "FAILED" if result.failures else "passed"
        click.echo(one_line(f"{verdict}  {result.name}  ({result.origin})"))
        why: tuple[str, ...] = ()
        for failure in result.failures:
            _print_failure(failure, told=failure.why == why)
            why = failure.why
    failed = sum(bool(result.failures) for result in results)
    count = f"{len(results)} test{'s' if len(results) > 1 else ''}"
    click.echo(f"{count}: {len(results) - failed} passed, {failed} failed.")


def _print_failure(failure: Failure, *, told: bool) -> None:
    what = failure.expect
    if failure.at:
        what = f"{what} at {failure.at}"
    click.echo(one_line(f"  {what}: {_told(failure)}  ({failure.origin})"))
    for row in () if told else failure.why:
        click.echo(one_line(f"    {row}"))


def _told(failure: Failure) -> str:
    if failure.expect == "skipped":
        words = {True: "skipped", False: "sent"}
        return f"expected the call to be {words[failure.expected]}, but it is {words[failure.got]}"
    if failure.expect == "absent":
        return f"expected nowhere, but there stands {_shown(failure.got)}"
    return f"expected {_shown(failure.expected)}, got {_shown(failure.got)}"


def _shown(value: Any) -> str:
    if value is NOTHING:
        return "nothing"
    text = json_text.dump(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text)} characters)"


def _json(results: Sequence[Result], problems: Problems) -> str:
    tests = [
        {
            "name": result.name,
            "origin": str(result.origin),
            "passed": not result.failures,
            "failures": [_row(failure) for failure in result.failures],
        }
        for result in results
    ]
    report = {
        "ok": not problems.errors and all(test["passed"] for test in tests),
        "problems": [problem_row(problem) for problem in problems],
        "tests": tests,
    }
    return orjson.dumps(json.loads(json_text.dump(report)), option=orjson.OPT_INDENT_2).decode()


def _row(failure: Failure) -> dict[str, Any]:
    values = {"expected": failure.expected, "got": failure.got}
    return {
        "expect": failure.expect,
        "at": failure.at,
        **{name: value for name, value in values.items() if value is not NOTHING},
        "origin": str(failure.origin),
        "why": list(failure.why),
    }


def _record(har: str, output: Path | None, compiled: Compiled) -> None:
    text, count = record_tests(_entries(har), compiled, Path(har).name, _names(compiled, output))
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
        click.echo(f"Wrote {count} test{'s' if count != 1 else ''} to {output}.")
    click.echo(
        "Mind: the tests hold the recorded requests and answers as they were, credentials and "
        "personal data included. Look through them before anyone else sees them.",
        err=True,
    )


def _names(compiled: Compiled, output: Path | None) -> list[str]:
    """Name the tests that stay: all but those of the file that is written over."""
    place = compiled.settings.place.at("TESTS")
    gone = str(output.absolute()) if output is not None else None
    return [name for name in compiled.settings.tests if place.at(name).origin.source != gone]


def _entries(har: str) -> list[Mapping[str, Any]]:
    try:
        return read_entries(sys.stdin.buffer.read() if har == "-" else Path(har).read_bytes())
    except OSError as error:
        raise click.UsageError(f"{har} cannot be read: {error.strerror}") from None
    except HarError as error:
        raise click.ClickException(f"{har} is no HAR: {error}") from None
