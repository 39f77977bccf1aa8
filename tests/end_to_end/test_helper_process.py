"""``WORKER = "process"``: the same events as with a thread, and nothing lost at any end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

RULES: dict[str, Any] = {
    "IDENTIFY_USER": {"header": "X-User-Id"},
    "IDENTIFY_COMPANY": {"handler": "request.path"},
    "SKIP": {"health": {"path": "/status/204"}, "quiet": {"jsonpath": "$.request.body.quiet"}},
    "GET_METADATA": {"agent": {"header": "X-Agent"}, "big": {"value": 2**70}},
    "MASK_EVENT_MODEL": {"card": {"field": "card", "action": "keep", "last": 4}},
    "MASK_PRESETS": ["credentials"],
    "MASK_REMARKS": True,
}
VARYING = {"time", "transaction_id", "Date", "X-Moesif-Transaction-Id", "Etag", "Host", "uri"}


def without_varying(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_varying(v) for k, v in value.items() if k not in VARYING}
    return value


def traffic(api: Any) -> None:
    body = json.dumps({"card": "4111111111111111", "password": "canary", "n": 1.50}).encode()
    api.call("POST", "/echo", body, Content_Type="application/json", X_User_Id="u1")
    api.call("GET", "/echo?token=canary&a=1", X_Agent="é", Cookie="sid=canary")
    api.call("GET", "/status/204")
    api.call("POST", "/echo", b'{"quiet": true}', Content_Type="application/json")
    api.call("GET", "/headers")
    api.call("POST", "/echo", b"\xff\x00binary", Content_Type="application/octet-stream")
    api.call("GET", "/finishes/abc")


def helpers() -> list[int]:
    """The children of this process that are helpers, or become one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"process.helper" in command:
            found.append(int(folder.name))
    return found


@pytest.fixture
def no_helper_is_left() -> Iterator[None]:
    yield
    assert helpers() == []


def wait_until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def test_the_events_are_those_of_a_thread(start_api: Callable[..., Any], collector: Any) -> None:
    seen: list[list[str]] = []
    for worker in ("thread", "process"):
        api = start_api(**RULES, WORKER=worker)
        traffic(api)
        before = sum(map(len, seen))
        events = api.events(before + 5)[before:]
        seen.append(sorted(map(json.dumps, map(without_varying, events))))
        stats = api.moesif.stats()
        assert (stats["captured"], stats["sent"], stats["skipped"]) == (7, 5, 2)
        assert stats["skipped_by_rule"] == {"health": 1, "quiet": 1}
        assert "canary" not in json.dumps(events).replace("response-canary", "")
    assert seen[0] == seen[1]


@pytest.mark.usefixtures("no_helper_is_left")
def test_the_helper_starts_with_the_first_call_and_ends_with_close(
    start_api: Callable[..., Any],
) -> None:
    api = start_api(WORKER="process")
    assert helpers() == []
    api.call("GET", "/echo")
    api.events(1)
    assert len(helpers()) == 1
    assert api.moesif.close(10)
    assert api.moesif.stats()["sent"] == 1


@pytest.mark.usefixtures("no_helper_is_left")
def test_a_helper_that_is_killed_is_replaced_and_counted(start_api: Callable[..., Any]) -> None:
    api = start_api(WORKER="process")
    api.call("GET", "/echo")
    api.events(1)
    (first,) = helpers()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: helpers() == [])
    for _ in range(3):
        api.call("GET", "/echo")
    api.serving.settle()
    assert api.moesif.flush(10)
    stats = api.moesif.stats()
    assert stats["captured"] == 4
    assert stats["sent"] + sum(stats["dropped"].values()) == 4
    assert stats["sent"] >= 3
    assert len(helpers()) == 1
    assert api.moesif.close(10)


@pytest.mark.usefixtures("no_helper_is_left")
def test_a_helper_that_always_dies_is_done_without(
    start_api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    api = start_api(WORKER="process")
    for _ in range(30):
        api.call("GET", "/echo")
        api.serving.settle()
        api.moesif.flush(10)
    stats = api.moesif.stats()
    assert stats["captured"] == 30
    assert stats["sent"] + sum(stats["dropped"].values()) == 30
    assert stats["sent"] >= 20


@pytest.mark.usefixtures("no_helper_is_left")
def test_an_interpreter_that_cannot_be_started_costs_nothing(
    start_api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    api = start_api(WORKER="process")
    api.call("GET", "/echo")
    api.events(1)
    assert api.moesif.stats()["sent"] == 1


def test_reloaded_settings_reach_the_helper(
    collector: Any, start_api: Callable[..., Any], tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    text = f'[default]\nAPPLICATION_ID = "id"\nBASE_URI = "{collector.url}"\nWORKER = "process"\n'
    settings.write_text(text)
    api = start_api(str(settings))
    api.call("GET", "/echo", X_User_Id="u1")
    settings.write_text(text + '[default.IDENTIFY_USER]\nheader = "X-User-Id"\n')
    api.serving.settle()
    assert api.moesif.reload()
    api.call("GET", "/echo", X_User_Id="u1")
    assert [event.get("user_id") for event in api.events(2)] == [None, "u1"]


def test_outgoing_calls_take_the_same_way(start_api: Callable[..., Any]) -> None:
    api = start_api(
        WORKER="process",
        CAPTURE_OUTGOING_REQUESTS=True,
        IDENTIFY_USER_OUTGOING={"value": "we"},
        MASK_EVENT_MODEL={"field": "token"},
    )
    from tornado.httpclient import HTTPClient

    client = HTTPClient()
    client.fetch(api.url + "/echo")
    client.close()
    found = {event["direction"]: event for event in api.events(2)}
    assert found["Outgoing"]["user_id"] == "we"
    assert found["Outgoing"]["response"]["body"]["token"] == "[REDACTED]"
    assert "user_id" not in found["Incoming"]


def test_profiles_and_events_are_counted_together(start_api: Callable[..., Any]) -> None:
    api = start_api(WORKER="process")
    api.moesif.update_user({"user_id": "u1"})
    api.call("GET", "/echo")
    api.events(1)
    stats = api.moesif.stats()
    assert (stats["sent"], stats["profiles"]["sent"]) == (1, 1)


PROGRAM = """
import asyncio, os, signal, sys
import tornado.web
from tornado.httpclient import AsyncHTTPClient
from moesif_declarative import MoesifMiddleware

class Hello(tornado.web.RequestHandler):
    def get(self):
        self.write("hello")

async def main():
    app = tornado.web.Application([("/", Hello)])
    moesif = MoesifMiddleware(
        {"APPLICATION_ID": "id", "BASE_URI": sys.argv[1], "WORKER": "process", "ACCESS_LOG": False}
    )
    moesif.install(app)
    server = app.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    client = AsyncHTTPClient()
    for _ in range(25):
        await client.fetch(f"http://127.0.0.1:{port}/")
    await asyncio.sleep(0.3)  # what has reached the helper is safe
    if sys.argv[2] == "SIGKILL":
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[2] == "SIGTERM":
        os.killpg(os.getpgid(0), signal.SIGTERM)
        await asyncio.sleep(10)
    if sys.argv[2] == "sys.exit":
        sys.exit(0)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("end", "status"), [("return", 0), ("sys.exit", 0), ("SIGKILL", -9), ("SIGTERM", -15)]
)
def test_at_every_end_the_helper_delivers_what_it_holds(
    collector: Any, tmp_path: Path, end: str, status: int
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), collector.url, end],
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status
    ids = {event["transaction_id"] for event in collector.events(25)}
    assert len(ids) == 25
    assert all(uuid.UUID(transaction_id) for transaction_id in ids)


PREFORKED = """
import asyncio, sys
import tornado.web
from tornado.httpclient import AsyncHTTPClient
from tornado.process import fork_processes
from moesif_declarative import MoesifMiddleware

app = tornado.web.Application([])
moesif = MoesifMiddleware(
    {"APPLICATION_ID": "id", "BASE_URI": sys.argv[1], "WORKER": "process", "ACCESS_LOG": False}
)
moesif.install(app)

async def serve_and_call():
    server = app.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    client = AsyncHTTPClient()
    for _ in range(10):
        await client.fetch(f"http://127.0.0.1:{port}/", raise_error=False)

asyncio.run(serve_and_call())  # the parent has a helper already
fork_processes(2, max_restarts=0)
assert moesif.stats()["captured"] == 0
asyncio.run(serve_and_call())
"""


def test_forked_children_have_helpers_of_their_own(collector: Any, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PREFORKED)
    subprocess.run([sys.executable, str(program), collector.url], timeout=60, check=True)
    ids = [event["transaction_id"] for event in collector.events(30)]
    assert len(set(ids)) == len(ids) == 30
