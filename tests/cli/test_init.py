"""``init``: the example as a settings file, and an original package's dict as one."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.demo.example import read_example
from moesif_declarative.errors import Problems
from moesif_declarative.explain import explain_entry
from moesif_declarative.schema.json_schema import write_json_schema
from moesif_declarative.startup import start

ID = "an-application-id-1234"

HOOKS = """\
import functools

class Hooks:
    @staticmethod
    def identify_company(handler):
        return handler.request.headers.get("X-Company")

    def mask(self, event):
        return event

def identify_user(handler):
    return handler.request.headers.get("X-User")

def _token(handler):
    return "token"

skip_health = lambda handler: "health" in handler.request.path

def get_metadata(handler):
    return {"datacenter": "westus"}

def mask_event(event):
    if "password" in event.request.body:
        event.request.body["password"] = None
    return event

def make():
    def inner(event):
        return event
    return inner

CONFIG = {
    "APPLICATION_ID": "an-application-id-1234",
    "LOG_BODY": True,
    "DEBUG": False,
    "BATCH_SIZE": 30,
    "API_VERSION": "1.0.0",
    "IDENTIFY_USER": identify_user,
    "IDENTIFY_COMPANY": Hooks.identify_company,
    "GET_SESSION_TOKEN": _token,
    "SKIP": skip_health,
    "GET_METADATA": get_metadata,
    "MASK_EVENT_MODEL": mask_event,
    "AUTHORIZATION_HEADER_NAME": "X-Auth",
    "BODY_CONTENT_TYPES": ("application/json",),
    "BASE_URI": None,
    "LOCAL_MOESIF_BASEURL": "http://localhost:9500",
}

class Settings:
    MOESIF = {"LOG_BODY": False}
"""


def run(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MOESIF_")
    }
    return subprocess.run(
        [sys.executable, "-m", "moesif_declarative", *arguments],
        cwd=folder,
        env={**environment, **(variables or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_check_and_test_pass_on_it_with_the_application_id_alone(tmp_path: Path) -> None:
    written = run(tmp_path, "init")
    assert (written.returncode, written.stderr) == (0, "")
    assert "MOESIF_APPLICATION_ID" in written.stdout
    assert written.stdout.endswith("then run: moesif-declarative check\n")
    assert (tmp_path / "settings.toml").read_text("utf-8") == read_example()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["schemas", "settings.toml"]
    checked = run(tmp_path, "check", variables={"MOESIF_APPLICATION_ID": ID})
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.endswith("Fine: no problems.\n")
    for environment in ("development", "production"):
        tested = run(tmp_path, "test", "--env", environment)
        assert tested.returncode == 0, tested.stdout


def test_the_schema_stands_where_the_first_line_of_the_file_says(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "--output", "conf/moesif.toml").returncode == 0
    file = tmp_path / "conf" / "moesif.toml"
    directive, _, name = file.read_text("utf-8").partition("\n")[0].partition(" ")
    assert directive == "#:schema"
    assert (file.parent / name).read_text("utf-8") == write_json_schema()


def test_a_schema_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "schemas" / "settings.schema.json"
    path.parent.mkdir()
    path.write_text("{}")
    written = run(tmp_path, "init", "--force")
    assert (written.returncode, path.read_text()) == (0, "{}")
    assert "Wrote schemas" not in written.stdout


def test_a_file_that_exists_is_written_over_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("mine")
    path.chmod(0o640)
    refused = run(tmp_path, "init")
    assert refused.returncode == 1
    assert refused.stderr == (
        "Error: settings.toml exists already. Name another file with --output, or write over it "
        "with --force\n"
    )
    assert path.read_text() == "mine"
    assert run(tmp_path, "init", "--force").returncode == 0
    assert path.read_text("utf-8") == read_example()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").touch()
    link = tmp_path / "settings.toml"
    link.symlink_to("real.toml")
    assert run(tmp_path, "init").returncode == 1
    assert run(tmp_path, "init", "--force").returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "real.toml").read_text("utf-8") == read_example()


def test_the_file_may_stand_elsewhere(tmp_path: Path) -> None:
    written = run(tmp_path, "init", "--output", "conf/moesif.toml")
    assert written.returncode == 0
    assert written.stdout.endswith("moesif-declarative check --settings conf/moesif.toml\n")
    assert (tmp_path / "conf" / "moesif.toml").is_file()
    assert run(tmp_path, "init", "--settings", "other.toml").returncode == 0
    assert (tmp_path / "other.toml").is_file()


ENTRIES = [
    {
        "request": {
            "method": "POST",
            "url": "http://api.test/a",
            "headers": [
                {"name": "X-User", "value": "u1"},
                {"name": "X-Company", "value": "c1"},
                {"name": "Authorization", "value": "Bearer abc"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"password": "p", "a": 1}'},
        },
        "response": {"status": 200, "headers": [], "content": {}},
        "startedDateTime": "2025-01-01T00:00:00Z",
    },
    {
        "request": {"method": "GET", "url": "http://api.test/health", "headers": []},
        "response": {"status": 200, "headers": []},
    },
    {
        "request": {
            "method": "GET",
            "url": "http://api.test/b",
            "headers": [{"name": "X-Auth", "value": "Basic dTpw"}],
        },
        "response": {"status": 200, "headers": []},
        "startedDateTime": "2025-01-01T00:00:00Z",
    },
]


def told(source: Mapping[str, Any] | None, folder: Path) -> list[Any]:
    problems = Problems()
    compiled = start(source, {"APPLICATION_ID": ID}, problems, environ={}, directory=folder)
    assert compiled is not None, problems
    events = [explain_entry(entry, compiled.settings, compiled.hooks)["event"] for entry in ENTRIES]
    for event in events:
        if event is not None:
            del event["transaction_id"]
    return events


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the application, under a name of its own for each test."""
    name = f"hooks_of_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(HOOKS)
    monkeypatch.syspath_prepend(str(tmp_path))
    for variable in os.environ:
        if variable.startswith("MOESIF_"):
            monkeypatch.delenv(variable)
    return name


def test_a_migrated_dict_behaves_as_before(tmp_path: Path, hooks: str) -> None:
    done = run(tmp_path, "init", "--from", f"{hooks}:CONFIG")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("To know: APPLICATION_ID is a secret")
    text = (tmp_path / "settings.toml").read_text("utf-8")
    assert ID not in text + done.stdout + done.stderr
    assert tomllib.loads(text) == {
        "default": {
            "API_VERSION": "1.0.0",
            "AUTHORIZATION_HEADER_NAME": "X-Auth",
            "BASE_URI": "http://localhost:9500",
            "BATCH_SIZE": 30,
            "BODY_CONTENT_TYPES": ["application/json"],
            "DEBUG": False,
            "LOG_BODY": True,
            "MASK_PRESETS": [],
            "GET_METADATA": {"callable": f"{hooks}:get_metadata"},
            "GET_SESSION_TOKEN": {"original": {"callable": f"{hooks}:_token"}},
            "IDENTIFY_COMPANY": {
                "identify_company": {"callable": f"{hooks}:Hooks.identify_company"}
            },
            "IDENTIFY_USER": {"identify_user": {"callable": f"{hooks}:identify_user"}},
            "MASK_EVENT_MODEL": {"mask_event": {"callable": f"{hooks}:mask_event"}},
            "SKIP": {"skip_health": {"callable": f"{hooks}:skip_health"}},
        }
    }
    events = told(importlib.import_module(hooks).CONFIG, tmp_path)
    assert told(None, tmp_path) == events
    assert [event and event.get("user_id") for event in events] == ["u1", None, "u"]
    assert events[0]["request"]["body"] == {"password": None, "a": 1}
    assert events[0]["request"]["headers"]["Authorization"] == "Bearer abc"


@dataclass(frozen=True)
class Fault:
    id: str
    config: str
    told: str
    written: dict[str, Any]


FAULTS = [
    Fault(
        "a lambda",
        '{"SKIP": lambda handler: True}',
        "SKIP is a lambda, which has no name to import it by: define it as a function skip at the "
        "top level of {module}",
        {"MASK_PRESETS": [], "SKIP": {"skip": {"callable": "{module}:skip"}}},
    ),
    Fault(
        "a function inside another",
        '{"MASK_EVENT_MODEL": make()}',
        "MASK_EVENT_MODEL is inner, a function inside another one, which has no name to import it "
        "by: define it as a function mask_event_model at the top level of {module}",
        {
            "MASK_PRESETS": [],
            "MASK_EVENT_MODEL": {"mask_event_model": {"callable": "{module}:mask_event_model"}},
        },
    ),
    Fault(
        "a partial, under a name that is taken",
        '{"GET_METADATA": functools.partial(get_metadata)}',
        "GET_METADATA is an object of type partial, which has no name to import it by: define it "
        "as a function get_metadata_hook at the top level of {module}",
        {"MASK_PRESETS": [], "GET_METADATA": {"callable": "{module}:get_metadata_hook"}},
    ),
    Fault(
        "a method of an object",
        '{"MASK_EVENT_MODEL": Hooks().mask}',
        "MASK_EVENT_MODEL is a method mask of an object, which has no name to import it by: define "
        "it as a function mask_event_model at the top level of {module}",
        {
            "MASK_PRESETS": [],
            "MASK_EVENT_MODEL": {"mask_event_model": {"callable": "{module}:mask_event_model"}},
        },
    ),
    Fault(
        "an unknown key",
        '{"BATCH_SIZ": 5}',
        "BATCH_SIZ is no setting and was left out: did you mean `BATCH_SIZE`?",
        {"MASK_PRESETS": []},
    ),
    Fault(
        "a null in a list",
        '{"GET_METADATA": {"a": [1, None], "b": None, "c": "@format x"}}',
        "GET_METADATA.a was left out: TOML cannot hold a null",
        {"MASK_PRESETS": [], "GET_METADATA": {"c": '@json "@format x"'}},
    ),
    Fault(
        "a function where none goes",
        '{"GET_METADATA": {"a": get_metadata}}',
        "GET_METADATA.a was left out: a function stands only under the key `callable`",
        {"MASK_PRESETS": [], "GET_METADATA": {}},
    ),
    Fault(
        "what is wrong in the dict already",
        '{"BATCH_SIZE": "many"}',
        "BATCH_SIZE is wrong in the dict already: must be a whole number, not text "
        "(write `BATCH_SIZE = 100`)",
        {"MASK_PRESETS": [], "BATCH_SIZE": "many"},
    ),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.id)
def test_what_cannot_be_kept_is_told_and_refused_until_it_is_mended(
    case: Fault, tmp_path: Path, hooks: str
) -> None:
    path = tmp_path / f"{hooks}.py"
    path.write_text(f"{HOOKS}\nWRONG = {case.config}\n")
    done = run(tmp_path, "init", "--from", f"{hooks}:WRONG")
    assert done.returncode == 1
    assert done.stderr == f"To mend: {case.told.format(module=hooks)}\n"
    written = tomllib.loads((tmp_path / "settings.toml").read_text("utf-8"))["default"]
    assert str(written) == str(case.written).replace("{module}", hooks)
    if "{module}" in case.told:
        checked = run(tmp_path, "check", variables={"MOESIF_APPLICATION_ID": ID})
        assert "error[bad-callable]" in checked.stdout


def test_secrets_of_the_dict_are_never_written(tmp_path: Path, hooks: str) -> None:
    config = {
        "APPLICATION_ID": ID,
        "MASK_HASH_KEY": "hash-key-secret",
        "BASE_URI": "https://user:pass-word@proxy.test",
    }
    (tmp_path / f"{hooks}.py").write_text(f"CONFIG = {config!r}")
    done = run(tmp_path, "init", "--from", f"{hooks}:CONFIG")
    assert done.returncode == 0
    text = (tmp_path / "settings.toml").read_text("utf-8") + done.stdout + done.stderr
    for secret in (ID, "hash-key-secret", "pass-word"):
        assert secret not in text
    for name in config:
        assert f"set the variable MOESIF_{name}" in text


def test_the_schema_stands_beside_a_migrated_file_too(tmp_path: Path, hooks: str) -> None:
    arguments = ["--from", f"{hooks}:Settings.MOESIF", "--output", "conf/settings.toml"]
    done = run(tmp_path, "init", *arguments)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "conf" / "settings.toml"
    first = file.read_text("utf-8").partition("\n")[0]
    assert first == "#:schema ./schemas/settings.schema.json"
    assert (file.parent / first.removeprefix("#:schema ")).read_text("utf-8") == write_json_schema()


def test_a_dict_may_stand_inside_a_class(tmp_path: Path, hooks: str) -> None:
    assert run(tmp_path, "init", "--from", f"{hooks}:Settings.MOESIF").returncode == 0
    assert "LOG_BODY = false" in (tmp_path / "settings.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("nowhere", "'nowhere' names no dict: write module:name, as in myapp.conf:MOESIF"),
        ("a b:c", "'a b:c' names no dict: write module:name, as in myapp.conf:MOESIF"),
        ("not_there_at_all:C", "importing not_there_at_all failed: there is no module"),
        ("{module}:ABSENT", "{module} has no ABSENT"),
        ("{module}:make", "{module}:make is no dict but function"),
        ("raises:C", "importing raises raised KeyError: 'x'"),
        ("leaves:C", "importing leaves raised SystemExit: 3"),
    ],
)
def test_a_dict_that_is_not_found_is_told(
    reference: str, told: str, tmp_path: Path, hooks: str
) -> None:
    (tmp_path / "raises.py").write_text("{}['x']")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)")
    done = run(tmp_path, "init", "--from", reference.format(module=hooks))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {told.format(module=hooks)}")
    assert not (tmp_path / "settings.toml").exists()
