"""``check`` and ``explain`` as people and programs call them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOOD = """
[default]
APPLICATION_ID = "an-application-id"
[default.SKIP.health]
path = "/health"
[default.IDENTIFY_USER.gateway]
header = "X-User-Id"
[default.MASK_EVENT_MODEL.password]
field = "password"
"""

BAD = """
[default]
APPLICATION_ID = "an-application-id"
BATCH_SIZ = 5
[default.SKIP.health]
pth = "/health"
[default.MASK_EVENT_MODEL.broken]
regex = '(?=x)'
[default.IDENTIFY_USER.in_body]
jsonpath = "request.body.user"
"""

HAR = {
    "log": {
        "entries": [
            {
                "request": {
                    "method": "POST",
                    "url": "https://api.test/login",
                    "headers": [{"name": "X-User-Id", "value": "ann"}],
                    "postData": {"mimeType": "application/json", "text": '{"password": "canary"}'},
                },
                "response": {"status": 200, "headers": [], "content": {"text": "{}"}},
            },
            {
                "request": {"method": "GET", "url": "https://api.test/health", "headers": []},
                "response": {"status": 200, "headers": []},
            },
        ]
    }
}


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "moesif_declarative", *arguments]
    return subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings.toml").write_text(GOOD, "utf-8")
    (tmp_path / "bad.toml").write_text(BAD, "utf-8")
    (tmp_path / "calls.har").write_text(json.dumps(HAR), "utf-8")
    return tmp_path


def test_right_settings_are_fine(folder: Path) -> None:
    done = run(folder, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Fine: no problems." in done.stdout


def test_every_problem_is_told_with_its_place(folder: Path) -> None:
    done = run(folder, "check", "--settings", "bad.toml", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    found = {
        (problem["key"], problem["line"], problem["severity"]) for problem in report["problems"]
    }
    assert {
        ("BATCH_SIZ", 4, "error"),
        ("SKIP.health.pth", 6, "error"),
        ("MASK_EVENT_MODEL.broken.regex", 8, "error"),
        ("IDENTIFY_USER.in_body.jsonpath", 10, "error"),
    } <= found
    by_key = {problem["key"]: problem for problem in report["problems"]}
    assert "BATCH_SIZE" in by_key["BATCH_SIZ"]["hint"]
    assert "path" in by_key["SKIP.health.pth"]["hint"]


def test_the_text_shows_the_line_with_a_caret(folder: Path) -> None:
    done = run(folder, "check", "--settings", "bad.toml")
    lines = done.stdout.splitlines()
    number = next(i for i, line in enumerate(lines) if "pth = " in line)
    assert lines[number].index("pth") == lines[number + 1].index("^")


def test_a_missing_file_is_a_fault_and_a_wrong_option_a_wrong_call(folder: Path) -> None:
    assert run(folder, "check", "--settings", "nowhere.toml").returncode == 1
    assert run(folder, "check", "--nonsense").returncode == 2


def test_a_spool_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "settings.toml").write_text(
        GOOD.replace("[default]\n", '[default]\nSPOOL_DIR = "bad.toml/spool"\n'), "utf-8"
    )
    done = run(folder, "check", "--format", "json")
    [problem] = json.loads(done.stdout)["problems"]
    assert (problem["code"], problem["key"], problem["line"]) == (
        "spool-unwritable",
        "SPOOL_DIR",
        3,
    )


def test_the_sections_of_other_environments_are_checked_too(folder: Path) -> None:
    written = GOOD + (
        "[staging]\nBATCH_SIZE = 0\n[staging.IDENTIFY_USER.gateway]\nenv = 'NODE'\n"
        "[production.SKIP.health]\npath_regex = '('\n[production.MASK_EVENT_MODEL.key]\n"
        "field = 'id'\naction = 'hash'\n"
    )
    (folder / "settings.toml").write_text(written, "utf-8")
    done = run(folder, "check", "--format", "json")
    found = {(row["code"], row["key"], row["line"]) for row in json.loads(done.stdout)["problems"]}
    assert (done.returncode, found) == (
        1,
        {
            ("out-of-range", "BATCH_SIZE", 11),
            ("selector-several", "IDENTIFY_USER.gateway.env", 13),
            ("bad-regex", "SKIP.health.path_regex", 15),
        },
    )
    own = run(folder, "check", "--env", "production", "--format", "json")
    codes = [row["code"] for row in json.loads(own.stdout)["problems"]]
    assert sorted(codes) == [
        "bad-regex",
        "hash-key-missing",
        "out-of-range",
        "selector-several",
    ]


def test_values_that_every_environment_overrides_are_checked_too(folder: Path) -> None:
    written = (
        '[default]\nAPPLICATION_ID = "an-application-id"\nBATCH_SIZE = 0\n'
        "[default.SKIP.own]\npath_regex = '('\n[default.SKIP.begun]\nignore_case = true\n"
        "[development]\nBATCH_SIZE = 5\n[development.SKIP.own]\npath_regex = 'a'\n"
        "[development.SKIP.begun]\npath = '/a'\n"
    )
    (folder / "settings.toml").write_text(written, "utf-8")
    done = run(folder, "check", "--format", "json")
    rows = json.loads(done.stdout)["problems"]
    assert [(row["code"], row["key"], row["line"]) for row in rows] == [
        ("out-of-range", "BATCH_SIZE", 3),
        ("bad-regex", "SKIP.own.path_regex", 5),
    ]


OVERRIDDEN = """
[default]
APPLICATION_ID = "an-application-id"
BATCH_SIZE = "many"
SKIP = { pth = "/a" }
[default.MASK_EVENT_MODEL.card]
jsonpath = "$.request.body["
[development]
BATCH_SIZE = 0
SKIP = { path = "/a" }
[production]
BATCH_SIZE = true
DEBUG = false
"""


def test_a_wrong_value_is_told_though_a_later_layer_overrides_it(folder: Path) -> None:
    (folder / "settings.toml").write_text(OVERRIDDEN, "utf-8")
    (folder / "settings.local.toml").write_text("[production]\nDEBUG = 5\n", "utf-8")
    (folder / ".env").write_text(
        "MOESIF_BATCH_SIZE=5\nMOESIF_DEBUG=true\n"
        "MOESIF_MASK_EVENT_MODEL__card__jsonpath='$.request.body.a'\n"
    )
    done = run(folder, "check", "--format", "json")
    problems = json.loads(done.stdout)["problems"]
    found = {(told["key"], Path(told["source"]).name, told["line"]) for told in problems}
    assert (found, len(problems), done.returncode) == (
        {
            ("BATCH_SIZE", "settings.toml", 4),
            ("BATCH_SIZE", "settings.toml", 9),
            ("BATCH_SIZE", "settings.toml", 12),
            ("SKIP.pth", "settings.toml", 5),
            ("MASK_EVENT_MODEL.card.jsonpath", "settings.toml", 7),
            ("DEBUG", "settings.local.toml", 2),
        },
        6,
        1,
    )
    (folder / "settings.toml").write_text(
        OVERRIDDEN.replace('"many"', "1").replace("pth", "path").replace("body[", "body.b"), "utf-8"
    )
    assert run(folder, "explain", "--request", "GET /a").returncode == 0, (
        "startup uses none of them"
    )


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.mkdir(), "file-unreadable"),
        (lambda path: path.symlink_to(path.name), "file-unreadable"),
        (lambda path: path.symlink_to("gone"), "file-missing"),
    ],
    ids=["a folder", "a link to itself", "a link to nothing"],
)
def test_what_stands_in_the_place_of_the_file_is_told(
    tmp_path: Path, make: Callable[[Path], None], code: str
) -> None:
    make(tmp_path / "settings.toml")
    done = run(tmp_path, "check", "--format", "json")
    problems = json.loads(done.stdout)["problems"]
    assert done.returncode == 1
    assert [(told["code"], told["source"]) for told in problems] == [
        (code, str(tmp_path / "settings.toml"))
    ]


def test_what_another_environment_lacks_here_is_no_fault(folder: Path) -> None:
    written = GOOD.replace('APPLICATION_ID = "an-application-id"', "ENABLED = false") + (
        "[production]\nENABLED = true\n"
        "[production.MASK_EVENT_MODEL.db]\nenv_value = 'DB_PASSWORD'\n"
    )
    (folder / "settings.toml").write_text(written, "utf-8")
    done = run(folder, "check", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ok": True, "problems": []})


def test_githubs_ci_gets_annotations(folder: Path) -> None:
    done = run(folder, "check", "--settings", "bad.toml", "--format", "github")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(
        "::error file=bad.toml,line=4,col=1,title=unknown-key::BATCH_SIZ: is no setting%0Ahint: "
    )


def test_a_secret_in_a_file_that_git_tracks_is_warned_of(folder: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    assert "secret-tracked" not in run(folder, "check").stdout
    (folder / ".secrets.toml").write_text("[production]\nMASK_HASH_KEY = 'canary'\n", "utf-8")
    subprocess.run(["git", "add", "-f", "settings.toml"], cwd=folder, check=True)
    done = run(folder, "check", "--format", "json")
    [row] = json.loads(done.stdout)["problems"]
    assert (done.returncode, row["severity"], row["code"], row["key"], row["line"]) == (
        0,
        "warning",
        "secret-tracked",
        "APPLICATION_ID",
        3,
    )
    subprocess.run(["git", "add", "-f", ".secrets.toml"], cwd=folder, check=True)
    done = run(folder, "check", "--format", "json")
    rows = json.loads(done.stdout)["problems"]
    assert [(row["key"], Path(row["source"]).name, row["line"]) for row in rows] == [
        ("APPLICATION_ID", "settings.toml", 3),
        ("MASK_HASH_KEY", ".secrets.toml", 2),
    ]
    assert "canary" not in done.stdout


@pytest.mark.parametrize("path", [".", "bad.toml/events.jsonl"])
def test_a_sink_that_cannot_be_written_is_told(folder: Path, path: str) -> None:
    written = f'[default]\nSINK = "file"\nSINK_PATH = "{path}"\n'
    (folder / "settings.toml").write_text(written, "utf-8")
    done = run(folder, "check", "--format", "json")
    [row] = json.loads(done.stdout)["problems"]
    assert (row["code"], row["key"], row["line"]) == ("sink-unwritable", "SINK_PATH", 3)


def test_the_excerpt_of_a_key_that_nobody_knows_hides_its_value(folder: Path) -> None:
    written = "[default]\nAPPLICATIONID = 'canary'\nBATCH_SIZE = 0 # 日本\n"
    (folder / "settings.toml").write_text(written, "utf-8")
    done = run(folder, "check")
    assert " 2 | APPLICATIONID = …\n   | ^\n" in done.stdout
    assert " 3 | BATCH_SIZE = 0 # 日本\n   | ^\n" in done.stdout
    assert "canary" not in done.stdout


def test_explain_says_what_would_be_sent_and_why(folder: Path) -> None:
    done = run(folder, "explain", "calls.har", "--format", "json")
    assert done.returncode == 0, done.stderr
    login, health = json.loads(done.stdout)["entries"]
    assert login["event"]["user_id"] == "ann"
    assert login["event"]["request"]["body"] == {"password": "[REDACTED]"}
    told = {(row["hook"], row["rule"]): row for row in login["trace"]}
    assert told["MASK_EVENT_MODEL", "password"]["outcome"].startswith("masked request.body")
    assert told["IDENTIFY_USER", "gateway"]["origin"].startswith(str(folder / "settings.toml"))
    assert (health["skipped"], health["event"]) == (True, None)
    assert "canary" not in done.stdout


def test_explain_reads_standard_input_and_prints_text(folder: Path) -> None:
    done = run(folder, "explain", "-", "-v", stdin=json.dumps(HAR))
    assert done.returncode == 0, done.stderr
    assert "POST https://api.test/login sent" in done.stdout
    assert "GET https://api.test/health not sent" in done.stdout
    assert "canary" not in done.stdout


def test_explain_says_why_an_entry_is_no_call(folder: Path) -> None:
    entry = {"request": {"method": "GET", "url": "data:text/plain,canary"}, "response": {}}
    done = run(folder, "explain", "-", stdin=json.dumps({"log": {"entries": [entry]}}))
    assert done.returncode == 0, done.stderr
    assert "not sent\n  left out: no call over HTTP, but data: (built-in default)" in done.stdout


def test_explain_takes_one_request_from_the_command_line(folder: Path) -> None:
    done = run(
        folder,
        "explain",
        "--request",
        "POST https://api.test/x?token=canary",
        "-H",
        "X-User-Id: bob",
        "-d",
        '{"password": "canary"}',
        "--response-status",
        "201",
        "--format",
        "json",
    )
    assert done.returncode == 0, done.stderr
    [told] = json.loads(done.stdout)["entries"]
    assert (told["event"]["user_id"], told["event"]["response"]["status"]) == ("bob", 201)
    assert "canary" not in done.stdout


@pytest.mark.parametrize("content", ["", "{", "[]", '{"log": {}}', '{"log": {"entries": [1]}}'])
def test_what_is_no_har_is_told_without_a_traceback(folder: Path, content: str) -> None:
    done = run(folder, "explain", "-", stdin=content)
    assert done.returncode == 1
    assert "is no HAR" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_middleware_explains_as_the_command_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moesif_declarative import MoesifMiddleware

    monkeypatch.chdir(folder)
    entries: Any = HAR["log"]["entries"]
    mine = MoesifMiddleware().explain(entries[0])
    done = run(folder, "explain", "calls.har", "--format", "json")
    theirs = json.loads(done.stdout)["entries"][0]
    for told in (mine, theirs):
        told["event"]["transaction_id"] = ""
        told["event"]["request"]["time"] = told["event"]["response"]["time"] = ""
    assert mine == theirs
