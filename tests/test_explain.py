"""What `explain` tells: every rule that was tried, what came of it, and never what a mask hid."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moesif_declarative import MoesifMiddleware
from moesif_declarative.cli.explain import explain as command
from moesif_declarative.har import HarError

PAYMENT = {"card_number": "4111111111111111", "cvv": "[REDACTED]", "amount": 12.5}
UPLOAD = {
    "note": "hello",
    "password": "[REDACTED]",
    "file": {"filename": "a.txt", "content_type": "text/plain", "size": 3},
}
CHROMIUM = Path(__file__).parent / "data" / "chromium.har"


def entry(
    method: str = "GET", url: str = "https://api.test/a", body: str = "", **more: Any
) -> dict[str, Any]:
    headers = more.pop("headers", {})
    return {
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "postData": {"text": body},
        },
        "response": {"status": more.pop("status", 200), "headers": []},
        **more,
    }


def explain(settings: dict[str, Any], har: dict[str, Any] | None = None) -> dict[str, Any]:
    moesif = MoesifMiddleware(
        {"APPLICATION_ID": "x", "SINK": "null", "AUTHORIZATION_HEADER_NAME": "", **settings}
    )
    told: dict[str, Any] = moesif.explain(har or entry())
    return told


def outcomes(told: dict[str, Any]) -> list[tuple[str, str]]:
    """What is told of the rules that were written: without the action that the route gives."""
    return [
        (row["rule"], row["outcome"])
        for row in told["trace"]
        if (row["hook"], row["rule"]) != ("ACTION_NAME", "route")
    ]


def raises(handler: Any) -> Any:
    raise LookupError("on purpose")


@pytest.mark.parametrize(
    ("settings", "har", "row"),
    [
        ({}, entry(_route="/a/(.*)"), 'gave action_name = "/a/(.*)"'),
        ({}, entry(), "no value: no route leads there"),
        ({"ACTION_NAME": "Read"}, entry(_route="/a"), None),
    ],
    ids=["a route", "no route", "a rule goes before"],
)
def test_the_action_that_the_route_gives_is_told(
    settings: dict[str, Any], har: dict[str, Any], row: str | None
) -> None:
    told = explain(settings, har)["trace"]
    found = [line["outcome"] for line in told if line["rule"] == "route"]
    assert found == ([] if row is None else [row])


@dataclass(frozen=True)
class Case:
    id: str
    settings: dict[str, Any]
    expected: list[tuple[str, str]]
    har: dict[str, Any] = field(default_factory=entry)


USER = 'gave user_id = "ann"'

CASES = [
    Case(
        "the first value wins, and what was before it says why it has none",
        {
            "IDENTIFY_USER": {
                "absent": {"header": "X-User"},
                "guarded": {"value": "x", "when": {"method": "GET", "path": "/b"}},
                "shaped": {"header": "X-Shape", "regex": "^a"},
                "mapped": {"header": "X-Shape", "map": {"c": "d"}},
                "third": {"value": "ann"},
                "never": {"value": "bob"},
            }
        },
        [
            ("absent", 'no value: header = "X-User" gave none'),
            ("guarded", 'no value: its condition does not hold: path = "/b"'),
            ("shaped", 'no value: what header = "X-Shape" gave got none by regex'),
            ("mapped", 'no value: what header = "X-Shape" gave got none by map'),
            ("third", USER),
        ],
        entry(headers={"X-Shape": "b"}),
    ),
    Case(
        "an object is no identity",
        {"IDENTIFY_USER": {"jsonpath": "$.request.body"}},
        [("rule", 'no value: what jsonpath = "$.request.body" gave is no text')],
        entry("POST", body='{"a": 1}'),
    ),
    Case(
        "a callable that fails gives way to the default",
        {"IDENTIFY_USER": {"callable": raises, "default": "ann"}},
        [("rule", "failed with LookupError"), ("rule", USER)],
    ),
    Case(
        "one value that fails does not cost the others",
        {"GET_METADATA": {"a": {"callable": raises}, "b": [{"callable": raises}, {"value": 1}]}},
        [
            ("", "failed with LookupError in one value, which has none then"),
            ("", "failed with LookupError in one value, which has none then"),
            ("", "gave b"),
        ],
    ),
    Case(
        "a condition names the part that is false",
        {"SKIP": {"a": {"method": "GET", "header": "X-Probe", "equals": "1", "path": "/a"}}},
        [("a", 'does not match: header = "X-Probe", equals = "1"')],
    ),
    Case(
        "a joint is a part",
        {"SKIP": {"a": {"method": "GET", "any": [{"path": "/b"}, {"status": 404}]}}},
        [("a", 'does not match: any = [{ path = "/b" }, { status = 404 }]')],
    ),
    Case(
        "no lots are drawn, not even by a value",
        {"SAMPLE": {"rate": 0.5, "by": {"query": "u"}}},
        [("rule", 'matched: 0.5 % are sent, chosen by query = "u"')],
        entry(url="https://api.test/a?u=7"),
    ),
    Case("at rate 0 nothing is sent", {"SAMPLE": {"rate": 0}}, [("rule", "matched: 0 % are sent")]),
    Case(
        "what a mask hid is not told",
        {
            "IDENTIFY_USER": {"value": "ann"},
            "GET_SESSION_TOKEN": {"header": "X-Session"},
            "MASK_EVENT_MODEL": {
                "session": {"jsonpath": "$.session_token"},
                "user": {"jsonpath": "$.user_id", "action": "remove"},
                "idle": {"header": "X-None"},
                "elsewhere": {"header": "X-Session", "when": {"path": "/b"}},
            },
        },
        [
            ("rule", "gave user_id, which is not sent"),
            ("rule", 'gave session_token = "[REDACTED]"'),
            ("session", "masked session_token"),
            ("user", "masked user_id"),
            ("idle", "nothing to mask"),
            ("elsewhere", 'its condition does not hold: path = "/b"'),
        ],
        entry(headers={"X-Session": "canary"}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_rule_tells_what_came_of_it(case: Case) -> None:
    told = explain(case.settings, case.har)
    assert outcomes(told) == case.expected
    assert all(set(row) == {"hook", "rule", "origin", "outcome"} for row in told["trace"])
    assert "canary" not in json.dumps(told["trace"])
    assert told["skipped"] == (told["event"] is None)


def test_a_callable_is_asked_once() -> None:
    asked: list[Any] = []
    told = explain({"IDENTIFY_USER": {"callable": asked.append}})
    assert len(asked) == 1
    assert told["trace"][0]["outcome"].startswith("no value: callable = ")


def test_an_entry_brings_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "eu")
    settings = {"GET_METADATA": {"region": {"env": "REGION"}}}
    for own, expected in (
        ({"REGION": "us"}, {"region": "us"}),
        ({"REGION": None}, None),
        ({}, None),
    ):
        event = explain(settings, entry(_env=own))["event"]
        assert event.get("metadata") == (expected if own else {"region": "eu"})


def test_variables_under_which_the_settings_are_wrong_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "long-enough")
    settings = {"MASK_EVENT_MODEL": {"db": {"env_value": "DB_PASSWORD"}}}
    with pytest.raises(HarError, match="MASK_EVENT_MODEL"):
        explain(settings, entry(_env={"DB_PASSWORD": "x"}))


SETTINGS = """
[default]
APPLICATION_ID = "id"
[default.IDENTIFY_USER.gateway]
header = "X-User"
[default.SKIP.health]
path = "/health"
[default.MASK_EVENT_MODEL.password]
field = "password"
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command: ``run("-", har, "-v")``."""
    (tmp_path / "settings.toml").write_text(SETTINGS, "utf-8")
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, har: Any = None) -> Result:
        text = har if isinstance(har, str | bytes) else json.dumps(har)
        return CliRunner().invoke(command, arguments, input=text)

    return invoke


def log(*entries: Any) -> dict[str, Any]:
    return {"log": {"entries": list(entries)}}


def test_the_text_is_short_and_whole_on_demand(run: Any) -> None:
    har = log(
        entry("POST", "https://h/a?x=1", '{"password": "canary"}', headers={"X-User": "ann"}),
        entry(url="https://u:canary@h/health?canary=1"),
    )
    short = run("-", har=har).stdout
    assert [line.partition(" (")[0] for line in short.splitlines()] == [
        "POST https://h/a?x=1 sent",
        '  IDENTIFY_USER gateway: gave user_id = "ann"',
        "  MASK_EVENT_MODEL password: masked request.body.password",
        "GET https://h/health not sent",
        "  SKIP health: matched: skipped",
    ]
    whole = run("-", "-v", har=har).stdout
    assert '  SKIP health: does not match: path = "/health"' in whole
    assert '"password": "[REDACTED]"' in whole
    assert "canary" not in short + whole


def test_json_writes_numbers_as_they_were_written(run: Any) -> None:
    numbers = '{"a":1.10,"b":1e5,"c":12345678901234567890,"d":-0}'
    result = run("--request", "POST https://h/a", "-d", numbers, "--format", "json")
    assert result.exit_code == 0
    assert "".join(result.stdout.split()).count(numbers) == 1


def test_what_a_terminal_would_act_upon_is_shown_by_its_escape(run: Any) -> None:
    har = log(entry("POST", body='{"\\ud800\\u001b[31mpassword": 1}'))
    result = run("-", har=har)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (("GET /items?to=https://h/",), "http://localhost/items?to=https://h/"),
        (("GET /items", "-H", "host: api.test:8443"), "http://api.test:8443/items"),
        (("GET https://h/items", "-H", "Host: api.test"), "https://h/items"),
    ],
)
def test_a_path_alone_goes_to_the_host_of_the_headers(
    run: Any, arguments: tuple[str, ...], address: str
) -> None:
    result = run("--request", *arguments, "--format", "json")
    (told,) = json.loads(result.stdout)["entries"]
    assert told["event"]["request"]["uri"] == address


@pytest.mark.parametrize(
    ("arguments", "har", "status", "said"),
    [
        ((), "", 2, "either a HAR file or --request"),
        (("-", "--request", "GET https://h/"), "", 2, "either a HAR file or --request"),
        (("--request", "GET a"), "", 2, "a URL or path"),
        (("--request", "GET"), "", 2, "a URL or path"),
        (("--request", "GET a?to=https://h/"), "", 2, "a URL or path"),
        (("--request", "GET https://h/", "-H", "x"), "", 2, "Name: value"),
        (("gone.har",), "", 2, "cannot be read"),
        (("-",), "", 1, "no HAR"),
        (("-",), b"\xff\xfe\xff", 1, "no HAR"),
        (("-",), "[" * 100_000, 1, "no HAR"),
        (("-",), {"log": {}}, 1, "no HAR"),
        (("-",), log(1), 1, "no list of objects"),
        (("-",), log(entry(), {}), 1, "entry 1: a HAR entry needs"),
    ],
)
def test_a_wrong_call_or_file_is_told(
    run: Any, arguments: tuple[str, ...], har: Any, status: int, said: str
) -> None:
    result = run(*arguments, har=har)
    assert (result.exit_code, said in result.output) == (status, True), result.output


def test_a_har_in_utf_16_is_read(run: Any) -> None:
    result = run("-", har=json.dumps(log(entry(url="https://h/health"))).encode("utf-16"))
    assert result.stdout.startswith("GET https://h/health not sent")


def test_a_har_recorded_by_chromium_is_explained_whole(run: Any) -> None:
    result = run(str(CHROMIUM), "--format", "json")
    assert result.exit_code == 0, result.output
    assert "canary" not in result.stdout
    entries = json.loads(result.stdout)["entries"]
    calls = [told["event"] for told in entries if told["event"]]
    assert [
        (
            event["request"]["verb"],
            event["request"]["uri"].split("/", 3)[3],
            event["response"]["status"],
            event["request"].get("body", "none"),
        )
        for event in calls
    ] == [
        ("GET", "items", 200, "none"),
        ("GET", "favicon.ico", 404, "none"),
        ("POST", "login", 200, {"email": "ann@example.com", "password": "[REDACTED]"}),
        ("POST", "payments", 201, PAYMENT),
        ("POST", "form", 200, {"name": "Ann Ünü", "password": "[REDACTED]"}),
        ("POST", "upload", 200, UPLOAD),
        ("GET", "search?q=a%20b&token=[REDACTED]", 200, "none"),
        ("GET", "users/ann", 200, "none"),
        ("GET", "admin/fail", 500, "none"),
        ("GET", "nowhere", 404, "none"),
        ("GET", "closed", 0, "none"),
        ("GET", "socket", 101, "none"),
    ]
    assert entries[-1]["trace"][0]["outcome"] == "no call over HTTP, but data:"
    assert calls[0]["response"]["body"]["items"][0]["price"] == 19.9
    assert calls[3]["request"]["headers"]["Authorization"] == "[REDACTED]"
    assert not any(name.startswith(":") for event in calls for name in event["request"]["headers"])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('BODY_CONTENT_TYPES = ["text/*"]', "not wanted by BODY_CONTENT_TYPES"),
        ("MAX_BODY_SIZE = 3", "larger than MAX_BODY_SIZE"),
        ("LOG_REQUEST_BODY = false", "not wanted by LOG_REQUEST_BODY"),
    ],
)
def test_what_left_a_body_out_is_told_with_its_origin(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'[default]\nAPPLICATION_ID = "id"\n{line}\n')
    request = {
        "method": "POST",
        "url": "https://api.test/",
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
    }
    told = MoesifMiddleware(path, SINK="null").explain(
        {"request": request, "response": {"status": 200, "headers": []}}
    )
    rows = [(row["origin"], row["outcome"]) for row in told["trace"] if row["hook"] == "left out"]
    assert rows == [(f"{path}:3:1", f"request.body: {why}")]
