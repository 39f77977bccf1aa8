"""Every key and option stands everywhere it has to; generated files are what is generated."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import moesif_declarative
from moesif_declarative.schema import Settings
from moesif_declarative.schema.documents import Option, document, options, schemas_folder
from moesif_declarative.schema.json_schema import write_json_schema
from moesif_declarative.schema.languages import RULE_LANGUAGES, documents_of
from moesif_declarative.schema.reference import write_reference
from moesif_declarative.schema.validator import faults, validator_class

FOLDER = schemas_folder()
EXAMPLE = FOLDER.parent / "example_settings.toml"
PARTS = documents_of(*RULE_LANGUAGES, "leaf", "test")
KEYS = list(options("settings").values())
OPTIONS = [option for part in PARTS for option in options(part).values()]
OPTIONS += [below for option in OPTIONS for below in option.below.values()]


def described(option: Option) -> str:
    return option.name


@pytest.mark.parametrize(
    ("name", "write"),
    [("settings.schema.json", write_json_schema), ("REFERENCE.md", write_reference)],
)
def test_the_generated_files_are_what_the_generator_gives(name: str, write: Any) -> None:
    hint = "run python -m moesif_declarative.schema"
    assert (FOLDER / name).read_text(encoding="utf-8") == write(), hint


@pytest.mark.parametrize("option", KEYS, ids=described)
def test_every_key_stands_in_the_typed_settings(option: Option) -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    if "rules" not in option.meta and "old" not in option.meta:
        assert option.name.lower() in fields


@pytest.mark.parametrize("option", [*KEYS, *OPTIONS], ids=described)
def test_cerberus_takes_the_rules_of_every_option(option: Option) -> None:
    validator_class()({option.name: dict(option.rules)})  # raises SchemaError for wrong rules


def test_the_typed_settings_have_nothing_that_is_no_key() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    own = {"environment", "variables", "place", "rules", "remainders"}
    assert {name.upper() for name in fields - own} <= options("settings").keys()


@pytest.mark.parametrize("option", [*KEYS, *OPTIONS], ids=described)
def test_every_key_and_option_is_told_with_an_example(option: Option) -> None:
    page = (FOLDER / "REFERENCE.md").read_text(encoding="utf-8")
    assert f"\n| `{option.name}` | {option.doc.split('|')[0]}" in page
    assert option.name in tomllib.loads(option.example)
    assert f'"{option.name}": {{' in (FOLDER / "settings.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [*KEYS, *OPTIONS], ids=described)
def test_the_example_file_shows_every_key_and_option(option: Option) -> None:
    page = EXAMPLE.read_text(encoding="utf-8")
    name = re.escape(option.name)
    assert re.search(rf"(?m)(?:^|[\s#{{,.]){name}(?: =|\.|\])", page)


@pytest.mark.parametrize("option", OPTIONS, ids=described)
def test_the_example_of_an_option_is_taken(option: Option) -> None:
    assert faults({option.name: option}, tomllib.loads(option.example)) == []


@pytest.mark.parametrize("option", KEYS, ids=described)
def test_the_example_of_a_key_is_taken(option: Option, check: Any) -> None:
    _, problems = check(
        f'SINK_PATH = "a"\n{option.example}' if option.name != "SINK_PATH" else option.example
    )
    deprecated = ["deprecated-key"] if "old" in option.meta else []
    if option.name == "APPLICATION_ID":
        deprecated = ["wrong-value"]  # the example is shortened by an ellipsis
    assert [problem.code for problem in problems] == deprecated


def test_every_code_in_the_sources_is_explained() -> None:
    told = {
        code
        for file in Path(moesif_declarative.__path__[0]).rglob("*.py")
        for code in _codes(ast.parse(file.read_text(encoding="utf-8")))
    }
    roles = {f"{role}-{what}" for role in ("selector", "target") for what in ("missing", "several")}
    assert told | roles | {"wrong-type", "rule-name-invalid"} <= document("problems").keys()


def _codes(tree: ast.AST) -> Iterator[str]:
    """Give the first argument of every call that adds a problem; a log's message has spaces."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) else ""
        adds = node.func.attr in {"error", "warning"}
        if adds and re.fullmatch(r"[a-z]+(?:-[a-z]+)+", str(text)):
            yield str(text)


def test_the_example_file_is_right_for_an_editor(editor: jsonschema.Draft4Validator) -> None:
    assert list(editor.iter_errors(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_example_file_needs_only_an_application_id(check: Any, environment: str) -> None:
    sections = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    values = _merged(sections["default"], sections[environment])
    assert list(check(values)[1]) == []
    _, problems = check(values, account=False)
    assert [problem.code for problem in problems] == ["application-id-missing"]


def _merged(earlier: Any, later: Any) -> Any:
    if not isinstance(earlier, dict) or not isinstance(later, dict):
        return later
    added = {key: _merged(earlier.get(key), value) for key, value in later.items()}
    return {**earlier, **added}


def test_the_documents_are_found_in_the_package_first(tmp_path: Path) -> None:
    package = Path(moesif_declarative.__file__).parent
    copied = tmp_path / "moesif_declarative"
    shutil.copytree(
        package, copied, symlinks=False, ignore=shutil.ignore_patterns("__pycache__", "schemas")
    )
    code = "from moesif_declarative.schema.documents import schemas_folder as f; print(f())"

    def found() -> str:
        command = [sys.executable, "-c", code]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return ran.stdout.strip() or ran.stderr.strip().splitlines()[-1]

    assert "no schema documents" in found()
    shutil.copytree(FOLDER, tmp_path / "schemas")
    assert Path(found()) == tmp_path / "schemas"
    shutil.copytree(FOLDER, copied / "schemas")
    assert Path(found()) == copied / "schemas"


def test_under_optimization_startup_says_plainly_what_is_wrong() -> None:
    code = """
from moesif_declarative.errors import Problems
from moesif_declarative.schema import validate
from moesif_declarative.settings import Loaded
problems = Problems()
loaded = Loaded({"BATCH_SIZE": 3}, {}, {}, "development", (), {}, (), False)
validate(loaded, problems)
print(problems.errors[0].code, problems.errors[0].message)
"""
    command = [sys.executable, "-OO", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER.parent)
    assert ran.stdout.startswith("python-optimized Cerberus"), ran.stderr
