"""``show``: the effective settings with their origins; secrets never."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.cli import main

SETTINGS = """\
[default]
BATCH_SIZE = 50
[default.SKIP.health]
path = ["/health", "/health/*"]
[default.GET_METADATA]
"a.b" = 1
[production]
BATCH_SIZE = 75
[production.SKIP.health]
enabled = false
"""
ID = "an-application-id-1234"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("MOESIF_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MOESIF_APPLICATION_ID", ID)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["show", "--format", "json", *arguments]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_a_setting_tells_what_it_overrode_the_latest_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOESIF_BATCH_SIZE", "12")
    file = str(folder / "settings.toml")
    assert shown(capsys, "--env", "production", "batch_size") == {
        "environment": "production",
        "files": [file],
        "settings": {
            "BATCH_SIZE": {
                "value": 12,
                "origin": "variable MOESIF_BATCH_SIZE",
                "source": "MOESIF_BATCH_SIZE",
                "line": None,
                "column": None,
                "overrides": [
                    {
                        "value": 75,
                        "origin": f"{file}:8:1",
                        "source": file,
                        "line": 8,
                        "column": 1,
                    },
                    {
                        "value": 50,
                        "origin": f"{file}:2:1",
                        "source": file,
                        "line": 2,
                        "column": 1,
                    },
                    {
                        "value": 25,
                        "origin": "built-in default",
                        "source": "built-in default",
                        "line": None,
                        "column": None,
                    },
                ],
            }
        },
        "documentation": {
            "doc": "Events a batch.",
            "default": 25,
            "example": "BATCH_SIZE = 100",
            "variable": "MOESIF_BATCH_SIZE",
        },
    }


def test_every_layer_of_one_rule_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "SKIP.health", "--env", "production"]) == 0
    file = folder / "settings.toml"
    pairs = [
        ('SKIP.health.path = ["/health", "/health/*"]', f"# {file}:4:1"),
        ("SKIP.health.enabled = false", f"# {file}:10:1"),
    ]
    lines = "\n".join(f"{pair:<60}  {origin}" for pair, origin in pairs)
    assert capsys.readouterr().out == f"\n{lines}\n"


def test_the_whole_list_is_toml_and_holds_every_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show"]) == 0
    values = tomllib.loads(capsys.readouterr().out)
    assert values["EVENT_QUEUE_SIZE"] == 100_000
    assert values["SKIP"] == {"health": {"path": ["/health", "/health/*"]}}
    assert values["GET_METADATA"] == {"a.b": 1}
    assert values["APPLICATION_ID"] == "…1234"


def test_what_is_not_set_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "SKIP.health.action"]) == 0
    assert capsys.readouterr().out == (
        "# SKIP.health.action is not set.\n\n"
        "What happens to a call that matches: its event is skipped, or kept whatever later rules "
        'say.\nDefault: "skip"\nExample: action = "keep"\n'
        "Variable: MOESIF_SKIP__health__action\n"
    )


@dataclass(frozen=True)
class Key:
    id: str
    key: str
    shown: list[str]


KEYS = [
    Key("in any case", "skip.HEALTH.Path", ["SKIP.health.path"]),
    Key("with a quoted name", 'GET_METADATA."a.b"', ["GET_METADATA.a.b"]),
    Key("inside a list: the list", "SKIP.health.path[1]", ["SKIP.health.path"]),
    Key("a whole setting", "SKIP", ["SKIP.health.path"]),
    Key("deep below what is set", "SKIP.health.not.path", []),
    Key("a setting that nobody set", "spool_dir", []),
]


@pytest.mark.parametrize("case", KEYS, ids=lambda case: case.id)
def test_a_key_is_found(case: Key, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(shown(capsys, case.key)["settings"]) == case.shown


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("BATCHSIZE", "Did you mean BATCH_SIZE?"),
        ("SKIP.helth", "Did you mean SKIP.health?"),
        ("SKIP.nothing.path.at.all", "`show` without KEY lists what is set."),
        ("\x1b[31m", "`show` without KEY lists what is set."),
        ("", "`show` without KEY lists what is set."),
    ],
)
def test_an_unknown_key_is_a_wrong_call(
    key: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", key]) == 2
    told = capsys.readouterr().err
    assert told.endswith(f" {hint}\n")
    assert "\x1b" not in told


SECRETS = [
    ("a-long-secret-9876", "…9876"),
    ("shorter-one", "…"),
    ("abc", "…"),
]


@pytest.mark.parametrize(("secret", "told"), SECRETS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_hidden_also_where_they_were_overridden(
    secret: str,
    told: str,
    form: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = f'[default]\nMASK_HASH_KEY = "{secret}"\nAPPLICATION_ID = "{secret}-old-0000"\n'
    (folder / ".secrets.toml").write_text(written)
    monkeypatch.setenv("MOESIF_BASE_URI", "https://user:pass-word@api.moesif.net")
    assert main(["show", "--format", form]) == 0
    out = capsys.readouterr().out
    assert f'"{told}"' in out
    assert '"…0000"' in out or "over …0000" in out
    assert "https://user:…@api.moesif.net" in out
    for hidden in (f'"{secret}"', f"{secret}-old", ID, "pass-word"):
        assert hidden not in out


def test_wrong_settings_are_shown_as_far_as_they_go(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "a-secret-under-a-wrong-name"
    wrong = f'[default]\nAPPLICATON_ID = "{secret}"\nBATCH_SIZE = "many"\n'
    (folder / "settings.local.toml").write_text(wrong)
    assert main(["show"]) == 1
    told = capsys.readouterr()
    assert 'BATCH_SIZE = "many"' in told.out
    assert 'SKIP.health.path = ["/health", "/health/*"]' in told.out
    assert "error[wrong-type]: BATCH_SIZE" in told.err
    assert "error[unknown-key]: APPLICATON_ID" in told.err
    assert secret not in told.out


def test_a_missing_file_is_told_and_the_defaults_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show", "--settings", "absent.toml", "BATCH_SIZE"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("BATCH_SIZE = 25")
    assert "absent.toml" in told.err


def test_a_short_form_that_replaced_another_tells_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "settings.toml").write_text('[default]\nSKIP = { path = "/a" }\n')
    (folder / "settings.local.toml").write_text('[default]\nSKIP = { path = "/b" }\n')
    assert main(["show", "SKIP"]) == 0
    out = capsys.readouterr().out
    line = out.splitlines()[0]
    place = f"({folder / 'settings.toml'}:2:1)"
    assert line.startswith("# SKIP is a table; ")
    assert line.endswith(f'over {{ path = "/a" }} {place}')
    assert 'SKIP.path = "/b"' in out


def test_it_imports_neither_a_server_nor_a_client() -> None:
    code = (
        "import sys; from moesif_declarative.cli import main; main(['show']); "
        "sys.exit(sum(name in sys.modules for name in ('tornado', 'requests', 're2')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
