"""README: its commands, its settings and its table are what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.errors import Problems
from moesif_declarative.schema.documents import document
from moesif_declarative.startup import start

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists(), reason="README stands in the source tree alone"
)


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", readme(), re.DOTALL | re.MULTILINE)


def test_its_first_two_commands_are_the_demo_and_the_tests() -> None:
    first, second = blocks("sh")[:2]
    assert first.strip().endswith(".venv/bin/moesif-declarative demo --once")
    assert second.strip().endswith(".venv/bin/python -m pytest -q")
    assert first.count("\n") == second.count("\n") == 1


@pytest.mark.parametrize("number", range(2))
def test_its_settings_are_right(number: int, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(blocks("toml")[number], "utf-8")
    for environment in ("development", "production")[: 2 - number]:
        problems = Problems()
        variables = {"MOESIF_APPLICATION_ID": "an-id"}
        start(path, {}, problems, environ=variables, environment=environment, directory=tmp_path)
        assert list(problems) == []


def test_its_ported_sample_does_what_the_original_did(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(blocks("toml")[1], "utf-8")
    moesif = MoesifMiddleware(path, APPLICATION_ID="an-id", SINK="null")
    entry: dict[str, Any] = {
        "request": {
            "method": "POST",
            "url": "https://api.test/login",
            "headers": [],
            "postData": {"text": '{"name": "ann", "password": "canary"}'},
        },
        "response": {"status": 200, "headers": []},
    }
    event = moesif.explain(entry)["event"]
    assert event["request"]["body"] == {"name": "ann", "password": None}
    found = {key: event[key] for key in ("user_id", "company_id", "session_token", "metadata")}
    assert found == {
        "user_id": "my_user_id",
        "company_id": "my_company_id",
        "session_token": "XXXXXXXXXXXXXX",
        "metadata": {"datacenter": "westus", "deployment_version": "v1.2.3"},
    }
    entry["request"]["url"] = "https://api.test/health/probe"
    assert moesif.explain(entry)["skipped"] is True


def test_its_table_has_every_option_of_the_original_package() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)`", readme(), re.MULTILINE))
    schema = document("settings")
    original = {
        key
        for key, rules in schema.items()
        if isinstance(rules, dict) and rules.get("meta", {}).get("original")
    }
    assert len(told) == 14
    assert original - {"LOCAL_MOESIF_BASEURL"} == told


def test_the_example_is_toml() -> None:
    tomllib.loads((ROOT / "example_settings.toml").read_text("utf-8"))


def feature_rows() -> list[tuple[str, str, str]]:
    """Each row of the feature table: its name, the file it links to, the test that it names."""
    section = readme().partition("## Features")[2].partition("\n## ")[0]
    return re.findall(r'^\| \[(.+?)\]\(([^ )]+) "(\w+)"\)', section, re.MULTILINE)


def test_the_feature_table_has_rows() -> None:
    rows = readme().partition("## Features")[2].partition("\n## ")[0].count("\n| [")
    assert len(feature_rows()) == rows > 30


@pytest.mark.parametrize(("name", "file", "test"), feature_rows(), ids=lambda value: value[:40])
def test_each_feature_is_shown_by_the_test_it_links_to(name: str, file: str, test: str) -> None:
    assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)


def test_what_the_demo_prints_last_is_what_is_said_here() -> None:
    (said,) = blocks("text")
    command = [sys.executable, "-m", "moesif_declarative", "demo", "--once"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert result.stdout.endswith(said)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^ )#:]+)[ )]", readme()))))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()
