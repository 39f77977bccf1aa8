"""Hooks that people wrote as code, written as settings: one file each, their cases run.

`hooks.jsonl` describes the hooks in words with cases; ``settings/<id>.toml`` is the hook in our
language. With ``recipes/``, whose files hold their tests themselves, they are the recipe book that
the reference links to.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative import MoesifMiddleware
from moesif_declarative.cli import main
from moesif_declarative.schema.documents import document

HERE = Path(__file__).parent
HOOKS = [json.loads(line) for line in (HERE / "hooks.jsonl").read_text("utf-8").splitlines()]
RECIPES = sorted((HERE / "recipes").glob("*.toml"))
WITH_CALLABLE = {"m53-servlet-metadata-delta", "m39-devportal-user-stripe"}
"""What the language does not say: arithmetic on two headers, and a look-up by a found value."""


@dataclass(frozen=True)
class Case:
    id: str
    settings: Path
    data: dict[str, Any]


CASES = [
    Case(f"{hook['id']}: {case['name']}", HERE / "settings" / f"{hook['id']}.toml", case)
    for hook in HOOKS
    for case in hook["cases"]
]


def test_every_hook_is_written_as_settings() -> None:
    written = {path.stem for path in (HERE / "settings").glob("*.toml")}
    assert written == {hook["id"] for hook in HOOKS}


def test_every_hook_and_recipe_is_in_the_recipe_book() -> None:
    groups = document("recipes")["group"]
    told = [file for group in groups for file in group["recipes"].values()]
    hooks = [f"settings/{hook['id']}" for hook in HOOKS]
    assert sorted(told) == sorted([*hooks, *(f"recipes/{path.stem}" for path in RECIPES)])


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_passes_the_tests_that_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOESIF_APPLICATION_ID", "test-application")
    assert main(["test", "--settings", str(path)]) == 0, capsys.readouterr().out
    assert " passed, 0 failed." in capsys.readouterr().out


def test_at_least_49_hooks_need_no_callable() -> None:
    needing = {
        path.stem
        for path in (HERE / "settings").glob("*.toml")
        if "callable" in path.read_text("utf-8").replace("# ", "")
    }
    assert needing <= WITH_CALLABLE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_settings_do_what_the_hook_did(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)  # for the two hooks that are callables
    for name, value in case.data["env"].items():
        monkeypatch.setenv(name, value)
    moesif = MoesifMiddleware(case.settings, APPLICATION_ID="test-application", SINK="null")
    explained = moesif.explain(har_entry(case.data))
    [(kind, expected)] = case.data["expect"].items()
    if kind == "skip":
        assert explained["skipped"] is expected
        return
    event = explained["event"]
    if kind == "event":
        assert facts(event) == facts(expected)
        for name in expected["request"].keys() & {"ip_address"}:
            assert event["request"][name] == expected["request"][name]
    else:
        assert event.get(kind) == (expected if expected != "" else None)


def har_entry(case: dict[str, Any]) -> dict[str, Any]:
    request, response, handler = case["request"], case["response"], case["handler"]
    return {
        "startedDateTime": handler.get("now", "2026-01-02T03:04:05.678Z"),
        "time": 0 if "now" in handler else handler.get("duration_ms", 12),
        "request": {
            "method": request["method"],
            "url": request["uri"],
            "headers": har_headers(request["headers"]),
            "postData": {"text": body_text(request["body"])},
        },
        "response": {
            "status": response["status"],
            "headers": har_headers(response["headers"]),
            "content": {"text": body_text(response["body"])},
        },
        "_handler": handler,
        "_route": handler.get("route"),
        "_path_args": handler.get("path_args") or handler.get("path_kwargs"),
        "_remote_ip": handler.get("remote_ip", ""),
        "_env": case["env"],
    }


def har_headers(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def body_text(body: Any) -> str:
    if body is None or isinstance(body, str):
        return body or ""
    return json.dumps(body)


def facts(event: dict[str, Any]) -> dict[str, Any]:
    """What a case says of an event; header names without regard to case."""
    request, response = event["request"], event["response"]
    return {
        "verb": request["verb"],
        "uri": request["uri"],
        "request_headers": lower_names(request["headers"]),
        "request_body": body_of(request),
        "response_headers": lower_names(response["headers"]),
        "response_body": body_of(response),
        "status": response["status"],
    }


def lower_names(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def body_of(side: dict[str, Any]) -> Any:
    if side.get("transfer_encoding") == "base64":
        return base64.b64decode(side["body"]).decode()
    return side.get("body")
