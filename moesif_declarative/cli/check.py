"""``check``: everything that is wrong with the settings, found on the way that startup takes.

Flows in: the settings as an application would find them. Flows out: problems, status 1 if any
of them is an error.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from moesif_declarative.cli.options import settings_options
from moesif_declarative.cli.tracked import find_tracked
from moesif_declarative.errors import Place, Problem, Problems
from moesif_declarative.report import annotation, problem_row, summary, write_problem
from moesif_declarative.settings import Loaded
from moesif_declarative.startup import Compiled, attempt

_DEFAULT = "default"
_OF_THE_PROCESS = frozenset(
    {"application-id-missing", "bad-verify", "env-unset", "hash-key-missing", "unusable-variable"}
)
"""Problems of variables that another environment's process may well have."""

_OF_A_VALUE = frozenset(
    {
        *("bad-callable", "bad-handler-path", "bad-jsonpath", "bad-map-key", "bad-network"),
        *("bad-number", "bad-rate", "bad-regex", "bad-split", "bad-status", "bad-template"),
        *("bad-transform", "empty-list", "empty-regex", "empty-value", "out-of-range"),
        *("wrong-type", "wrong-value"),
    }
)
"""Problems of a value by itself, whatever other sections add to the table around it."""


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
    """Try the files' other environments, and add what is wrong in their own sections.

    What such an environment lacks is no fault here: its variables are set elsewhere. ``[default]``
    is tried by itself for the values in it that the selected environment overrides.
    """
    seen = {compiled.loaded.environment.lower()}
    for section in compiled.loaded.sections:
        name = section.name.lower()
        if name in seen or not section.values:
            continue
        seen.add(name)
        if name == _DEFAULT and not _overrides_default(compiled.loaded):
            continue
        own = Problems()
        yield attempt(settings_file, {}, own, environment=section.name)
        known = {_identity(problem) for problem in problems}
        problems.found += [
            problem
            for problem in own
            if (problem.origin.section or "").lower() == name
            and _identity(problem) not in known
            and problem.code not in _OF_THE_PROCESS
            and (name != _DEFAULT or problem.code in _OF_A_VALUE)
        ]


def _overrides_default(loaded: Loaded) -> bool:
    """Tell whether a value of ``[default]`` gives way here, so that nothing has looked at it."""
    earlier = (origin for values in loaded.overridden.values() for origin, _ in values)
    return any((origin.section or "").lower() == _DEFAULT for origin in earlier)


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
