"""Whatever startup takes, the editor's schema takes: on files made up of right ones, and bent."""

from __future__ import annotations

import copy
import datetime
import itertools
import tempfile
import tomllib
from collections.abc import Iterator, MutableMapping, MutableSequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.errors import Problems
from moesif_declarative.schema.documents import schemas_folder
from moesif_declarative.startup import start
from moesif_declarative.toml_text import write_key, write_value

Table: TypeAlias = dict[str, Any]
Container: TypeAlias = MutableMapping[Any, Any] | MutableSequence[Any]

TESTS: Final = Path(__file__).parent.parent
VARIABLES: Final = {
    "HOME": "/",
    "MOESIF_APPLICATION_ID": "an-id",
    "DB_PASSWORD": "long-enough",
    "TOKEN_SECRET_KEY": "k" * 40,
}
NOT_SEEN: Final = {
    # another layer may complete it, or has the other half
    "condition-empty",
    "option-needs",
    "required",
    "rule-form-mixed",
    "selector-missing",
    "target-missing",
    "target-several",
    "test-without-selector",
    # it has to be worked out: code, a path, a pattern, a number, a variable
    "bad-callable",
    "bad-handler-path",
    "bad-jsonpath",
    "bad-map-key",
    "bad-network",
    "bad-number",
    "bad-regex",
    "bad-template",
    "bad-transform",
    "bad-verify",
    "empty-regex",
    "header-spelling",
    "missing-extra",
    "not-in-preset",
    "protected-field",
    "sink-path-missing",
    "hash-key-missing",
    "unknown-group",
    "unusable-variable",
    # a token stands there, or letters in another case
    "misplaced-option",
    "option-twice",
    "out-of-range",
    "rule-name-invalid",
    "rule-name-twice",
    "selector-several",
    "token-refused",
    "unknown-option",
    "wrong-type",
    "wrong-value",
}


def right_files() -> Iterator[str]:
    yield (schemas_folder().parent / "example_settings.toml").read_text("utf-8")
    for path in sorted((TESTS / "hooks").glob("*/*.toml")):
        yield path.read_text("utf-8")
    yield from tomllib.loads((TESTS / "schema" / "files.toml").read_text("utf-8"))["right"].values()


FILES: Final[list[Table]] = [tomllib.loads(text) for text in right_files()]
RULES: Final = [
    (key, value)
    for file in FILES
    for section in file.values()
    if isinstance(section, dict)
    for key, value in section.items()
]


def containers(value: Any) -> Iterator[Container]:
    """Yield every table and list with something in it."""
    if isinstance(value, dict | list) and value:
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


KEYS: Final = sorted(
    {
        key
        for file in FILES
        for found in containers(file)
        for key in found
        if isinstance(found, dict) and isinstance(key, str)
    }
)
VALUES: Final[list[Any]] = [
    item
    for file in FILES[1:]
    for found in containers(file)
    for item in (found.values() if isinstance(found, MutableMapping) else found)
] + [0, -1, 3.5, True, "", "x", "5xx", ">=500", "10.0.0.0/8", "@int 5", "@json [1]", "LOWER"] + [
    [], {}, ["a"], [1], {"path": "/a"}, [{"path": "/a"}], [{"header": "X"}, {"value": 1}], " x ",
    "truncate:5", "request.headers.Authorization", datetime.date(2024, 1, 1), "é", "\n", 404,
]  # fmt: skip


@st.composite
def bent_files(draw: st.DrawFn) -> Table:
    """Put a file together of right settings, and change it in a place or two."""
    file: Table = {"default": {}}
    if draw(st.booleans()):
        file["production"] = {}
    for section in itertools.chain(file.values(), file.values()):
        key, value = draw(st.sampled_from(RULES))
        section[key] = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        places = [found for section in file.values() for found in containers(section)]
        if places:
            _bend(draw, draw(st.sampled_from(places)))
    return file


def _bend(draw: st.DrawFn, found: Container) -> None:
    keys = list(found) if isinstance(found, MutableMapping) else list(range(len(found)))
    key = draw(st.sampled_from(keys))
    new = copy.deepcopy(draw(st.sampled_from(VALUES)))
    how = draw(st.sampled_from(["replace", "drop", "wrap", "unwrap", "rename", "add"]))
    if how == "drop":
        del found[key]
    elif how == "wrap":
        found[key] = [found[key]]
    elif how == "unwrap" and isinstance(found[key], list) and found[key]:
        found[key] = found[key][0]
    elif how == "rename" and isinstance(found, MutableMapping):
        name = draw(st.sampled_from([key.upper(), key.capitalize(), f"{key}s", *KEYS]))
        found.setdefault(name, found.pop(key))
    elif how == "add" and isinstance(found, MutableMapping):
        found.setdefault(draw(st.sampled_from(KEYS)), new)
    else:
        found[key] = new


@given(file=bent_files())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_editor_refuses_nothing_that_startup_takes(
    editor: jsonschema.Draft4Validator, file: Table
) -> None:
    text = "\n".join(f"{write_key((name,))} = {write_value(table)}" for name, table in file.items())
    codes = {problem.code for problem in told(text, file)}
    refused = [error.message for error in editor.iter_errors(tomllib.loads(text))]
    if not codes:
        assert refused == []
    if not refused:
        assert codes <= NOT_SEEN


def told(text: str, file: Table) -> list[Any]:
    """Start in each environment of the file; give the errors."""
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "settings.toml").write_text(text, "utf-8")
        for name in {"development", *file} - {"default"}:
            environ = {**VARIABLES, "MOESIF_ENV": name}
            start(None, {}, problems, environ=environ, directory=Path(folder))
    return problems.errors
