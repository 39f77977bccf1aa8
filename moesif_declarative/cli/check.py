"""``check``: everything that is wrong with the settings, found on the way that startup takes.

Flows in: the settings as an application would find them. Flows out: problems, status 1 if any
of them is an error.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import orjson

from moesif_declarative.cli.options import settings_options
from moesif_declarative.cli.overridden import overridden_problems
from moesif_declarative.cli.tracked import find_tracked
from moesif_declarative.errors import Place, Problem, Problems
from moesif_declarative.report import annotation, problem_row, summary, write_problem
from moesif_declarative.startup import Compiled, attempt

_DEFAULT = "default"
_OF_THE_PROCESS = frozenset(
    {"application-id-missing", "bad-verify", "env-unset", "hash-key-missing", "unusable-variable"}
)
"""Problems of variables that another environment's process may well have."""


@click.command(short_help="Find everything that is wrong with the settings.")
@settings_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of GitHub's CI.",
)
def check(settings_file: str | None, environment: str | None, form: str) -> None:
    """Find everything that is wrong with the settings, and say how to mend it.

    Takes the very way that startup takes, then looks into the sections of the other
    environments too. Exit status: 0 for fine (warnings may stand), 1 for errors, 2 when called
    wrongly.
    """
    problems = Problems()
    compiled = attempt(settings_file, {}, problems, environment=environment)
    _try_folders(compiled, problems)
    tries = [compiled, *_try_others(settings_file, compiled, problems)]
    find_tracked([tried.loaded for tried in tries], problems)
    if form == "json":
        rows = [problem_row(problem) for problem in problems]
        report = {"ok": not problems.errors, "problems": rows}
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    elif form == "github":
        for problem in problems:
            click.echo(annotation(problem))
    else:
        _write(compiled, problems)
    raise SystemExit(1 if problems.errors else 0)


def _write(compiled: Compiled, problems: Problems) -> None:
    for problem in problems:
        click.echo(write_problem(problem) + "\n")
    if not problems.errors:
        files = ", ".join(compiled.loaded.files) or "no file, variables alone"
        click.echo(f"Settings for {compiled.settings.environment!r} from {files}.")
    click.echo(f"{'Fine' if not problems.errors else 'Not fine'}: {summary(problems)}.")


def _try_others(
    settings_file: str | None, compiled: Compiled, problems: Problems
) -> Iterator[Compiled]:
    """Try what this environment does not read, and add what is wrong in it.

    That is the values that later layers override, and the sections of the files' other
    environments. What such an environment lacks is no fault here: its variables are set elsewhere.
    """
    _add(overridden_problems(compiled.loaded), problems)
    seen = {_DEFAULT, compiled.loaded.environment.lower()}
    for section in compiled.loaded.sections:
        name = section.name.lower()
        if name in seen or not section.values:
            continue
        seen.add(name)
        own = Problems()
        tried = attempt(settings_file, {}, own, environment=section.name)
        yield tried
        told = [*own, *overridden_problems(tried.loaded)]
        _add([one for one in told if (one.origin.section or "").lower() == name], problems)


def _add(told: Iterable[Problem], problems: Problems) -> None:
    known = {_identity(problem) for problem in problems}
    for problem in told:
        if _identity(problem) not in known and problem.code not in _OF_THE_PROCESS:
            known.add(_identity(problem))
            problems.found.append(problem)


def _identity(problem: Problem) -> tuple[object, ...]:
    return problem.code, problem.key, problem.origin


def _try_folders(compiled: Compiled, problems: Problems) -> None:
    """Try whether ``SPOOL_DIR`` can be made and written, and ``SINK_PATH`` written."""
    settings = compiled.settings
    if settings.enabled and settings.spool_dir is not None:
        place = settings.place.at("SPOOL_DIR")
        _try_folder(Path(settings.spool_dir), "spool-unwritable", place, problems)
    if settings.enabled and settings.sink == "file" and settings.sink_path:
        path, place = Path(settings.sink_path), settings.place.at("SINK_PATH")
        if path.is_dir():
            message = "is a folder, not a file"
            problems.error("sink-unwritable", place, message, "name a file in it")
        elif path.exists() and not os.access(path, os.W_OK):
            message = "the file cannot be written"
            problems.error("sink-unwritable", place, message, "let the application write to it")
        else:
            _try_folder(path.absolute().parent, "sink-unwritable", place, problems)


def _try_folder(folder: Path, code: str, place: Place, problems: Problems) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "the application's user"
        problems.error(
            code,
            place,
            f"the folder {folder} cannot be made or written: {reason}",
            f"create {folder} and let {user} write to it, or name another folder",
        )
