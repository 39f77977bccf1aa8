"""``test``: the tests that stand in the settings, run and recorded."""

from __future__ import annotations

import base64
import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.cli import main

RULES = """\
[default]
MASK_REMARKS = true
[default.SKIP.health]
path = "/health"
[default.IDENTIFY_USER.gateway]
header = "X-User-Id"
[default.IDENTIFY_COMPANY.tenant]
path_arg = "tenant"
[default.GET_SESSION_TOKEN.session]
handler = "session"
[default.GET_METADATA]
region = { env = "REGION", default = "none" }
ms = { response = "duration_ms" }
[default.MASK_EVENT_MODEL.card]
field = "card"
action = "keep"
[default.MASK_EVENT_MODEL.pin]
field = "pin"
action = "null"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("REGION", *os.environ):
        if name == "REGION" or name.startswith("MOESIF_"):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.toml").write_text(RULES)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = main(["test", "--format", "json", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, report


@dataclass(frozen=True)
class Case:
    """A test as it stands in the settings, and what is otherwise than it expects."""

    id: str
    test: str
    found: list[tuple[Any, ...]] = field(default_factory=list)


URL = 'url = "https://api.test/items?q=1"'
CARD = f'request = {{ method = "POST", {URL}, body = {{ card = "4111111111111111" }} }}'
TEXT = base64.b64encode(b"some secret text").decode()
CASES = [
    Case("skipped as expected", 'request.url = "/health"\nexpect.skipped = true'),
    Case(
        "skipped unexpectedly",
        'request.url = "/health"\nexpect.user_id = ""',
        [("skipped", "", False, True)],
    ),
    Case(
        "not skipped, and another user",
        f'request = {{ {URL}, headers = {{ X-User-Id = "u2" }} }}\n'
        'expect = { skipped = true, user_id = "u1" }',
        [("skipped", "", True, False), ("user_id", "", "u1", "u2")],
    ),
    Case(
        "an identity of a call that is skipped",
        'request.url = "/health"\nexpect = { skipped = true, user_id = "u1" }',
        [("user_id", "", "u1", None)],
    ),
    Case("no user is the empty text", f'request = {{ {URL} }}\nexpect = {{ user_id = "" }}'),
    Case(
        "a user where none is expected",
        f'request = {{ {URL}, headers = {{ X-User-Id = "u1" }} }}\nexpect = {{ user_id = "" }}',
        [("user_id", "", None, "u1")],
    ),
    Case(
        "the handler gives route arguments and attributes",
        f'request = {{ {URL} }}\nhandler = {{ session = "s1", path_kwargs = {{ tenant = "t" }} }}\n'
        'expect = { company_id = "t", session_token = "s1" }',
    ),
    Case(
        "variables over those of the process",
        f'request = {{ {URL} }}\nresponse = {{ duration_ms = 12.5 }}\nenv = {{ REGION = "eu" }}\n'
        'expect = { metadata = { region = "eu", ms = 12.5 } }',
    ),
    Case(
        "the metadata is compared whole",
        f'request = {{ {URL} }}\nexpect = {{ metadata = {{ region = "eu", a = true }} }}',
        [
            ("metadata", "$.metadata.region", "eu", "none"),
            ("metadata", "$.metadata.a", True, None),
            ("metadata", "$.metadata.ms", None, 0.0),
        ],
    ),
    Case(
        "a value in the event, remarks passed over",
        f'{CARD}\nexpect.event = {{ "$.request.body.card" = "************1111", '
        '"$.metadata" = { region = "none", ms = 0.0 } }',
    ),
    Case(
        "true is not 1, a list has its length, nothing is not null",
        f'request = {{ method = "POST", {URL}, body = {{ a = 1, b = [1, 2], pin = "1" }} }}\n'
        'expect.event = { "$.request.body.a" = true, "$.request.body.b" = [1], '
        '"$.request.body.c" = 1, "$.request.body.pin" = "x" }',
        [
            ("event", "$.request.body.a", True, 1),
            ("event", "$.request.body.b", [1], [1, 2]),
            ("event", "$.request.body.c", 1, None),
            ("event", "$.request.body.pin", "x", None),
        ],
    ),
    Case(
        "every node that a path selects",
        f'request = {{ method = "POST", {URL}, body = {{ l = [{{ a = 1 }}, {{ a = 2 }}] }} }}\n'
        'expect.event = { "$.request.body.l[*].a" = 1 }',
        [("event", "match 2 of $.request.body.l[*].a", 1, 2)],
    ),
    Case(
        "the whole event, without what nobody can foretell",
        'request.url = "https://api.test/x"\n[default.TESTS.case.expect.event."$"]\n'
        'request = { uri = "https://api.test/x", verb = "GET", headers = {} }\n'
        'response = { status = 200, headers = {} }\ndirection = "Incoming"\nweight = 1\n'
        'metadata = { region = "none", ms = 0.0 }',
    ),
    Case(
        "the whole event tells each place that differs",
        'request.url = "https://api.test/x"\n[default.TESTS.case.expect.event."$"]\n'
        'request = { uri = "https://api.test/y", verb = "GET", headers = {} }\n'
        'response = { status = 200, headers = {}, time = "never" }\nweight = 1\n'
        'metadata = { region = "none", ms = 0.0 }',
        [
            ("event", "$.request.uri", "https://api.test/y", "https://api.test/x"),
            ("event", "$.response.time", "never", "2000-01-01T00:00:00.000Z"),
            ("event", "$.direction", None, "Incoming"),
        ],
    ),
    Case("a text that is masked is absent", f'{CARD}\nexpect.absent = ["4111111111111111"]'),
    Case(
        "a text inside a base64 body",
        f'request = {{ method = "POST", {URL}, body = "a b64 secret" }}\n'
        "response.body = 'plain secret'\n"
        'expect.absent = ["b64 secret", "plain secret", "nowhere"]',
        [],  # bodies without structure are left out while a field is masked
    ),
    Case(
        "a text in a number, a name, percent-encoded, and in base64",
        'request = { method = "POST", url = "https://api.test/x?q=a%20b%26c", '
        f'body = {{ n = 123456, "the name" = 1, deep = "{TEXT}" }} }}\n'
        'expect.absent = ["23456", "e nam", "a b&c", "secret text", \'"n":123456\', "2000-01"]',
        [
            ("absent", "$.request.body.n", None, "23456"),
            ("absent", "$.request.body['the name']", None, "e nam"),
            ("absent", "$.request.uri", None, "a b&c"),
            ("absent", "$.request.body.deep", None, "secret text"),
            ("absent", "$", None, '"n":123456'),
        ],
    ),
    Case("of a skipped call nothing is sent", 'request.url = "/health"\nexpect.absent = ["api"]'),
    Case(
        "a repeated header, and spaces around one",
        f'request = {{ {URL}, headers = {{ X-User-Id = " u1 ", X-A = ["1", "2"] }} }}\n'
        'expect = { user_id = "u1", event = { "$.request.headers[\'X-A\']" = "1, 2" } }',
    ),
    Case(
        "the host of a path alone is that of the header",
        'request = { url = "items", headers = { host = "api.test" } }\n'
        'expect.event = { "$.request.uri" = "http://api.test/items" }',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_otherwise_than_expected_is_told(
    case: Case, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = folder / "settings.tests.toml"
    tests.write_text(f"[default.TESTS.case]\n{case.test}\n")
    status, report = run(capsys)
    (result,) = report["tests"]
    found = [
        (row["expect"], row["at"], row.get("expected"), row.get("got"))
        for row in result["failures"]
    ]
    assert found == case.found
    assert (result["name"], result["passed"]) == ("case", not case.found)
    assert result["origin"] == f"{tests}:1:16"
    assert all(row["origin"].startswith(f"{tests}:") for row in result["failures"])
    assert (status, report["ok"]) == ((1, False) if case.found else (0, True))


def test_people_read_expected_against_got_and_the_rule_that_made_it_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "settings.tests.toml").write_text(
        "[default.TESTS.good]\n"
        'request.url = "/health"\n'
        "expect.skipped = true\n"
        "[default.TESTS.bad]\n"
        'request = { url = "/a", headers = { X-User-Id = "u2" } }\n'
        'expect = { user_id = "u1", absent = ["localhost"] }\n'
        "[default.TESTS.gone]\n"
        'request.url = "/health"\n'
        'expect.user_id = "u1"\n'
    )
    assert main(["test"]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.replace(f"{folder}/", "") == (
        "passed  good  (settings.tests.toml:1:16)\n"
        "FAILED  bad  (settings.tests.toml:4:16)\n"
        '  user_id: expected "u1", got "u2"  (settings.tests.toml:6:12)\n'
        '    IDENTIFY_USER gateway: gave user_id = "u2" (settings.toml:5:24)\n'
        '  absent at $.request.uri: expected nowhere, but there stands "localhost"  '
        "(settings.tests.toml:6:28)\n"
        "FAILED  gone  (settings.tests.toml:7:16)\n"
        "  skipped: expected the call to be sent, but it is skipped  (settings.tests.toml:9:1)\n"
        "    SKIP health: matched: skipped (settings.toml:3:15)\n"
        "3 tests: 1 passed, 2 failed.\n"
    )


def test_no_tests_are_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 0
    assert capsys.readouterr().out == (
        "There are no tests: write some under [default.TESTS.<name>], see --help.\n"
    )


WRONG = [
    ("request = {}\nexpect.skipped = true", "required", "TESTS.case.request"),
    ('request.url = "/a"', "required", "TESTS.case"),
    ('request.url = "/a"\nexpect.user = "x"', "unknown-option", "TESTS.case.expect.user"),
    (
        'request.url = "/a"\nexpect.event = { "request.body" = 1 }',
        "bad-jsonpath",
        "TESTS.case.expect.event.request.body",
    ),
    (
        'request.url = "/a"\nexpect.event = { "$.request.headers[\'x-user-id\']" = 1 }',
        "header-spelling",
        "TESTS.case.expect.event.$.request.headers['x-user-id']",
    ),
]


@pytest.mark.parametrize(("test", "code", "key"), WRONG)
def test_a_wrong_test_is_a_problem_and_none_is_run(
    test: str, code: str, key: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "settings.tests.toml").write_text(f"[default.TESTS.case]\n{test}\n")
    status, report = run(capsys)
    assert (status, report["ok"], report["tests"]) == (1, False, [])
    assert [(row["code"], row["key"]) for row in report["problems"]] == [(code, key)]
    assert main(["test"]) == 1
    told = capsys.readouterr()
    assert told.out == "No test was run: the settings are wrong.\n"
    assert f"error[{code}]" in told.err


def test_variables_with_which_a_mask_is_refused_are_a_problem(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "long-enough")
    (folder / "settings.tests.toml").write_text(
        "[default.TESTS.case]\nrequest.url = '/a'\nexpect.skipped = false\nenv.DB_PASSWORD = 'x'\n"
    )
    with (folder / "settings.toml").open("a") as file:
        file.write('[default.MASK_EVENT_MODEL.db]\nenv_value = "DB_PASSWORD"\n')
    status, report = run(capsys)
    assert status == 1
    assert [row["key"] for row in report["problems"]] == ["TESTS.case.env"]


def test_callables_are_found_beside_the_settings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "hooks_beside_settings.py").write_text(
        "def company(handler):\n    return handler.request.headers['X-Company']\n"
    )
    (folder / "settings.toml").write_text(
        '[default.IDENTIFY_COMPANY.own]\ncallable = "hooks_beside_settings:company"\n'
        "[default.TESTS.case]\nrequest = { url = '/a', headers = { X-Company = 'acme' } }\n"
        "expect.company_id = 'acme'\n"
    )
    assert run(capsys)[0] == 0


def entry(method: str, url: str, **further: Any) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in further.pop("headers", ())]
    response: dict[str, Any] = {"status": further.pop("status", 200), "headers": [], "content": {}}
    content = further.pop("content", None)
    if content is not None:
        response["content"] = content
    request: dict[str, Any] = {"method": method, "url": url, "headers": headers}
    if "data" in further:
        request["postData"] = {"mimeType": "application/json", "text": further.pop("data")}
    return {"request": request, "response": response, **further}


TRAFFIC = [
    entry(
        "POST",
        "https://api.test/items/5?q=a%20b",
        headers=[("X-User-Id", "u1"), ("X-A", "1"), ("X-A", "2"), (":path", "/")],
        data='{"card": "4111111111111111", "pin": "1", "l": [1, null, {"a b": 1.50}], "n": null}',
        time=12.25,
        _path_args={"tenant": "t1"},
        _handler={"session": "s1", "nothing": None},
    ),
    entry("GET", "https://api.test/health"),
    entry("GET", "https://api.test/items", content={"text": "@format {x}"}, _env={"REGION": "eu"}),
    entry("GET", "https://api.test/items", content={"text": '{"big": 1e400, "s": "\\ud800"}'}),
    entry("GET", "https://api.test/?", content={"text": "/////w==", "encoding": "base64"}),
    entry("GET", "https://api.test/5", content={"text": 'it\'s "quoted"\n\\ twice'}),
    entry("GET", "https://api.test/blocked", status=0),
    {"comment": "no request"},
]


def record(folder: Path, entries: list[Any]) -> None:
    (folder / "calls.har").write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))


def test_recorded_tests_pass_and_notice_a_change(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(folder, TRAFFIC)
    assert main(["test", "--record", "calls.har", "--output", "settings.tests.toml"]) == 0
    told = capsys.readouterr()
    assert told.out == "Wrote 6 tests to settings.tests.toml.\n"
    assert "credentials and personal data included" in told.err
    text = (folder / "settings.tests.toml").read_text("utf-8")
    tests = tomllib.loads(text)["default"]["TESTS"]
    assert list(tests) == ["post_items_5", "get_health", "get_items", "get_items_2", "get", "get_5"]
    assert tests["post_items_5"]["expect"] == {
        "skipped": False,
        "user_id": "u1",
        "company_id": "t1",
        "session_token": "s1",
        "metadata": {"region": "none", "ms": 12.25},
        "event": {
            "$.request.uri": "https://api.test/items/5?q=a%20b",
            "$.request.headers": {
                "X-User-Id": "u1",
                "X-A": "1, 2",
                "Content-Type": "application/json",
            },
            "$.request.body.card": "************1111",
            "$.request.body.l[0]": 1,
            "$.request.body.l[2]": {"a b": 1.5},
            "$.response.headers": {},
        },
    }
    assert tests["get_health"]["expect"] == {"skipped": True}
    assert "# Entry 6 was left out: it has no answer." in text
    assert "# The response's body is no text and was left out." in text
    status, report = run(capsys)
    assert (status, len(report["tests"])) == (0, 6)
    monkeypatch.setenv("MOESIF_MASK_EVENT_MODEL__card__last", "2")
    status, report = run(capsys)
    assert status == 1
    changed = [row["at"] for test in report["tests"] for row in test["failures"]]
    assert changed == ["$.request.body.card"]


HEADERS = st.lists(st.tuples(st.sampled_from(["X-User-Id", "X-A", "Host", "Cookie"]), st.text()))
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
)
ENTRIES = st.builds(
    entry,
    st.sampled_from(["GET", "POST", "PURGE"]),
    st.text().map(lambda path: f"https://api.test/{path}"),
    headers=HEADERS,
    data=JSONS.map(json.dumps) | st.text(),
    content=st.builds(lambda text: {"text": text, "mimeType": "text/plain"}, st.text()),
    _handler=st.dictionaries(st.text(), JSONS),
    _env=st.dictionaries(st.text(), st.text()),
)


@given(st.lists(ENTRIES, min_size=1, max_size=4))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_recorded_passes(folder: Path, entries: list[dict[str, Any]]) -> None:
    tests = folder / "settings.tests.toml"
    tests.unlink(missing_ok=True)
    record(folder, entries)
    assert main(["test", "--record", "calls.har", "--output", str(tests)]) == 0
    assert main(["test"]) == 0, tests.read_text("utf-8")


@pytest.mark.parametrize("url", ["data:image/gif;base64,AAAA", "chrome-extension://x/y"])
def test_what_is_no_call_over_http_is_not_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    record(folder, [entry("GET", url), entry("GET", "https://api.test/a")])
    assert main(["test", "--record", "calls.har"]) == 0
    text = capsys.readouterr().out
    assert list(tomllib.loads(text)["default"]["TESTS"]) == ["get_a"]
    assert f"# Entry 0 was left out: it is no call over HTTP, but {url.partition(':')[0]}." in text


def test_variables_that_sources_read_are_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGION", "recorded")
    record(folder, [entry("GET", "https://api.test/a")])
    assert main(["test", "--record", "calls.har"]) == 0
    (folder / "settings.tests.toml").write_text(capsys.readouterr().out)
    monkeypatch.setenv("REGION", "elsewhere")
    assert run(capsys)[0] == 0


def test_what_dynaconf_would_merge_by_is_not_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks: Any = {"DYNACONF_merge": 1, "list": ["dynaconf_merge", "kept"], "text": "dynaconf_merge"}
    content = {"mimeType": "application/json", "text": json.dumps(marks)}
    record(folder, [entry("GET", "https://api.test/a", content=content, _handler=marks)])
    assert main(["test", "--record", "calls.har", "--output", "settings.tests.toml"]) == 0
    test = tomllib.loads((folder / "settings.tests.toml").read_text("utf-8"))["default"]["TESTS"]
    assert test["get_a"]["handler"] == {"list": ["kept"], "text": "dynaconf_merge"}
    assert test["get_a"]["expect"]["event"]["$.response.body.DYNACONF_merge"] == 1
    capsys.readouterr()
    assert run(capsys)[0] == 0


def test_what_differs_from_run_to_run_is_not_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "settings.toml").open("a") as file:
        file.write('[default.IDENTIFY_SUBSCRIPTION]\nvalue = "s"\n')
        file.write('[default.ACTION_NAME.at]\nrequest = "time"\n')
    record(folder, [entry("GET", "https://api.test/a")])
    assert main(["test", "--record", "calls.har"]) == 0
    expected = tomllib.loads(capsys.readouterr().out)["default"]["TESTS"]["get_a"]["expect"]
    assert set(expected["event"]) == {"$.request.uri", "$.request.headers", "$.response.headers"}


def test_recording_anew_keeps_the_names_and_other_tests_theirs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "settings.toml").open("a") as file:
        file.write("[default.TESTS.get_a]\nrequest.url = '/health'\nexpect.skipped = true\n")
    record(folder, [entry("GET", "https://api.test/a")])
    arguments = ["test", "--record", "calls.har", "--output", "settings.tests.toml"]
    assert main(arguments) == 0
    assert main(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0
    written = tomllib.loads((folder / "settings.tests.toml").read_text("utf-8"))
    assert list(written["default"]["TESTS"]) == ["get_a_2"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--output", "a.toml"], 2, "--output and --force go with --record"),
        (["--record", "absent.har"], 2, "absent.har cannot be read: No such file or directory"),
        (["--record", "settings.toml"], 1, "settings.toml is no HAR"),
        (["--record", "list.har"], 1, "list.har is no HAR"),
    ],
)
def test_a_wrong_call_is_told(
    arguments: list[str],
    status: int,
    told: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "list.har").write_text('{"log": {"entries": [1]}}')
    assert main(["test", *arguments]) == status
    assert told in capsys.readouterr().err
