"""``show``: the effective settings, each with its origin.

Flows in: the settings as an application would find them, not compiled: rules are shown as they
are written. Flows out: lines that are TOML with dotted keys, or JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson

from moesif_declarative.cli.options import settings_options
from moesif_declarative.effective import Row, documentation, effective_rows
from moesif_declarative.errors import KeyPath, Origin, Problems, dotted
from moesif_declarative.report import one_line, summary, write_problem
from moesif_declarative.schema import shapes, validate
from moesif_declarative.schema.documents import Option
from moesif_declarative.settings import Loaded, load
from moesif_declarative.settings.suggestion import nearest
from moesif_declarative.toml_text import TomlError, write_key, write_value

_WIDEST_BEFORE_ORIGIN = 60


@click.command(short_help="Print the effective settings, each with its origin.")
@click.argument("key", required=False)
@settings_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people (TOML with comments) or for programs.",
)
def show(key: str | None, settings_file: str | None, environment: str | None, form: str) -> None:
    """Print the effective settings, each with its origin and what it overrode.

    KEY names one setting, one rule or one option of a rule, with its documentation. Secrets are
    hidden, but for the last 4 characters of 12 or more. When settings are wrong, the problems go
    to the standard error output and the exit status is 1; `check` finds more of them, for it
    compiles the rules.

    \b
    Examples:
      moesif-declarative show
      moesif-declarative show SKIP.health --env production

    \b
    JSON, by dotted key in the order of the reference:
      {"environment", "files": [...], "settings": {"SKIP.health.path": {"value",
        "origin", "source", "line", "column",
        "overrides": [{"value", "origin", "source", "line", "column"}]}}}
      "overrides" begins with the latest; the built-in default comes last. With KEY also
      "documentation": {"doc", "default", "example", "variable"} or null.
    """  # noqa: D301 - click wants the character itself, not its name
    problems = Problems()
    loaded = load(settings_file, {}, shapes=shapes(), problems=problems, environment=environment)
    validate(loaded, problems)
    rows = effective_rows(loaded)
    path = None if key is None else _path(key, rows)
    chosen = rows if path is None else [row for row in rows if row.path[: len(path)] == path]
    if form == "json":
        click.echo(_json(loaded, chosen, path))
    else:
        _print(loaded, chosen, path)
    for problem in problems.errors:
        click.echo("\n" + write_problem(problem), err=True)
    if problems.errors:
        click.echo(f"\nNot fine: {summary(problems.errors)}.", err=True)
        raise SystemExit(1)


def _path(key: str, rows: Sequence[Row]) -> KeyPath:
    """Find what KEY names: something that is set, or that could be."""
    set_paths = {row.path[:length]: None for row in rows for length in range(1, len(row.path) + 1)}
    spelled: dict[str, KeyPath] = {"": ()}
    for path in set_paths:
        spelled |= {dotted(path).lower(): path, _toml_key(path).lower(): path}
    # What stands in a list is shown with the whole list.
    for wanted in (key.lower(), key.lower().partition("[")[0]):
        found = spelled.get(wanted) or _unset_path(wanted.split("."), spelled)
        if found:
            return found
    near = nearest(key, map(dotted, set_paths)) or nearest(key, shapes().keys)
    hint = f" Did you mean {near}?" if near else " `show` without KEY lists what is set."
    raise click.UsageError(f"There is no setting {one_line(key)!r}.{hint}")


def _unset_path(parts: Sequence[str], spelled: Mapping[str, KeyPath]) -> KeyPath | None:
    """Find an option that is not set, beside or below what is."""
    for length in range(len(parts) - 1, -1, -1):
        above = spelled.get(".".join(parts[:length]))
        if above is None:
            continue
        rest = parts[length:] if above else [parts[0].upper(), *parts[1:]]
        paths = [(*above, *rest[:count]) for count in range(1, len(rest) + 1)]
        known = all(documentation(path) is not None for path in paths)
        return paths[-1] if known else None
    return None


def _print(loaded: Loaded, rows: Sequence[Row], path: KeyPath | None) -> None:
    if path is None:
        files = ", ".join(loaded.files) or "no file, variables alone"
        click.echo(f"# Settings for {loaded.environment!r} from {files}.")
    if path is None:
        rows = _without_tests(rows)
    before = ""
    for row in rows:
        rule = str(row.path[:2]) if len(row.path) > 1 else ""
        if rule != before:
            click.echo()  # a rule stands apart
        before = rule
        click.echo(one_line(_line(row)))
    if path is None:
        return
    if not rows:
        click.echo(f"# {dotted(path)} is not set.")
    option = documentation(path)
    if option is not None:
        click.echo(f"\n{_documented(option, path)}")


def _without_tests(rows: Sequence[Row]) -> Sequence[Row]:
    """Leave the tests out of the whole list: they are long, and change nothing."""
    count = len({row.path[:2] for row in rows if row.path[0] == "TESTS" and len(row.path) > 1})
    if count:
        click.echo(f"# Tests: {count}, which `show TESTS` lists.")
    return [row for row in rows if row.path[0] != "TESTS"]


def _line(row: Row) -> str:
    told = [f"# {row.origin}"]
    told += [f"over {_value(value)} ({origin})" for origin, value in row.overrides]
    if isinstance(row.value, dict) and row.value:
        return f"# {row.key} is a table; {', '.join(told)[2:]}"
    pair = f"{_toml_key(row.path)} = {_value(row.value)}"
    return f"{pair:<{_WIDEST_BEFORE_ORIGIN}}  {', '.join(told)}"


def _documented(option: Option, path: KeyPath) -> str:
    lines = [option.doc]
    if option.default is not None:
        lines.append(f"Default: {_value(option.default)}")
    lines.append(f"Example: {option.example}")
    if all(isinstance(part, str) and part.isidentifier() for part in path):
        lines.append(f"Variable: {_variable(path)}")
    return "\n".join(lines)


def _variable(path: Sequence[str | int]) -> str:
    return f"MOESIF_{'__'.join(map(str, path))}"


def _json(loaded: Loaded, rows: Sequence[Row], path: KeyPath | None) -> str:
    report: dict[str, Any] = {
        "environment": loaded.environment,
        "files": list(loaded.files),
        "settings": {row.key: _row(row) for row in rows},
    }
    if path is not None:
        option = documentation(path)
        report["documentation"] = option and {
            "doc": option.doc,
            "default": option.default,
            "example": option.example,
            "variable": _variable(path),
        }
    return orjson.dumps(
        report, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    ).decode()


def _row(row: Row) -> dict[str, Any]:
    overrides = [{"value": value, **_place(origin)} for origin, value in row.overrides]
    return {"value": row.value, **_place(row.origin), "overrides": overrides}


def _place(origin: Origin) -> dict[str, Any]:
    where = {"source": origin.source, "line": origin.line, "column": origin.column}
    return {"origin": str(origin), **where}


def _toml_key(path: Sequence[str | int]) -> str:
    try:
        return write_key(path)
    except TomlError:
        return dotted(tuple(path))


def _value(value: Any) -> str:
    try:
        return write_value(value)
    except TomlError:
        return repr(value)
