"""Fixtures of the end-to-end tests: the collector in a process of its own, and served apps."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from tornado.web import Application

from moesif_declarative.demo.serving import Serving, serving

POLL_INTERVAL_S = 0.01

# Machines are noisy, so no test asserts a time; and a change is judged by the same examples
# every time, where people run tests to explore.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("here", deadline=None, suppress_health_check=SLOW)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def wait_until(done: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Poll until something is so; false when it did not become so in time."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not done():
        if time.monotonic() >= deadline:
            return False
        pause.wait(POLL_INTERVAL_S)
    return True


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str,
    url: str,
    body: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
) -> Answer:
    """Make one HTTP request on a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass
class CollectorProcess:
    """The real collector, in a process of its own."""

    url: str
    process: subprocess.Popen[str] = field(repr=False)

    def get(self, path: str) -> Any:
        """Read one of its JSON documents."""
        answer = request("GET", self.url + path)
        assert answer.status == 200, answer.body
        return answer.json()

    def put(self, path: str, value: Any) -> Any:
        """Set one of its control documents."""
        answer = request("PUT", self.url + path, json.dumps(value))
        assert answer.status == 200, answer.body
        return answer.json()

    def records(self, plural: str = "events") -> list[dict[str, Any]]:
        """All documents of a kind, oldest first, each as ``{number, application_id,
        received_at, received, document}``."""
        records: list[dict[str, Any]] = self.get(f"/{plural}.json?limit=0")
        return records[::-1]

    def documents(
        self, plural: str, count: int | None = None, timeout_s: float = 10.0
    ) -> list[dict[str, Any]]:
        """The documents of a kind, oldest first, once `count` of them have arrived.

        Fails when fewer arrive in time, or when there are more.
        """
        if count is not None:
            wait_until(lambda: self.stats()[plural] >= count, timeout_s)
        documents = [record["document"] for record in self.records(plural)]
        if count is not None:
            assert len(documents) == count, f"{len(documents)} {plural} arrived, not {count}"
        return documents

    def events(self, count: int | None = None, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """The events, oldest first, once `count` of them have arrived."""
        return self.documents("events", count, timeout_s)

    def users(self, count: int | None = None, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """The users, oldest first, once `count` of them have arrived."""
        return self.documents("users", count, timeout_s)

    def companies(self, count: int | None = None, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """The companies, oldest first, once `count` of them have arrived."""
        return self.documents("companies", count, timeout_s)

    def subscriptions(
        self, count: int | None = None, timeout_s: float = 10.0
    ) -> list[dict[str, Any]]:
        """The subscriptions, oldest first, once `count` of them have arrived."""
        return self.documents("subscriptions", count, timeout_s)

    def transactions(self) -> dict[str, int]:
        """Transaction id to how often it came."""
        transactions: dict[str, int] = self.get("/transactions.json")
        return transactions

    def stats(self) -> dict[str, Any]:
        """Counts by kind, duplicates, answers by status, chaos."""
        stats: dict[str, Any] = self.get("/stats.json")
        return stats

    def put_config(self, config: Any) -> str:
        """Serve a config; gives its tag."""
        tag: str = self.put("/control/config.json", config)["tag"]
        return tag

    def put_rules(self, rules: Any) -> str:
        """Serve governance rules; gives their tag."""
        tag: str = self.put("/control/rules.json", rules)["tag"]
        return tag

    def put_chaos(self, mode: str, **options: Any) -> None:
        """Commit faults: ``put_chaos("500", times=2)``."""
        self.put("/control/chaos.json", {"mode": mode, **options})

    def clear(self) -> None:
        """Back to the state after the start."""
        for path in ("chaos", "config", "rules"):
            assert request("DELETE", f"{self.url}/control/{path}.json").status == 204
        assert request("DELETE", self.url + "/stats.json").status == 204

    def stop(self) -> int:
        """End the process as ``kill`` does; gives its exit status."""
        self.process.terminate()
        status = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status


def start_collector(*arguments: str) -> CollectorProcess:
    """Start a collector with these arguments; whoever calls must `stop` it."""
    command = [sys.executable, "-m", "moesif_declarative", "collector", "--port", "0", *arguments]
    process = subprocess.Popen(  # the caller's `stop` waits for it
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env={**os.environ}
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("Collector: "):
        process.kill()
        process.wait()
        process.stdout.close()
        pytest.fail(f"the collector did not start: {line!r}")
    return CollectorProcess(line.removeprefix("Collector: ").strip(), process)


@pytest.fixture(scope="session")
def collector_process() -> Iterator[CollectorProcess]:
    """One collector for the whole run; tests rather take `collector`."""
    process = start_collector()
    yield process
    assert process.stop() == 0


@pytest.fixture
def collector(collector_process: CollectorProcess) -> Iterator[CollectorProcess]:
    """The running collector, empty and well-behaved."""
    collector_process.clear()
    yield collector_process
    collector_process.clear()


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """Serves Tornado applications, each from a thread of its own, until the test ends.

    ``serve(app).url`` is where; ``serve(app).settle()`` waits until all answers are logged.
    """
    with ExitStack() as stack:

        def start(app: Application, **server_options: Any) -> Serving:
            return stack.enter_context(serving(app, **server_options))

        yield start


@pytest.fixture(name="request_http")
def request_http_fixture() -> Callable[..., Answer]:
    """A blocking HTTP client: ``request_http("GET", url, body, headers)``."""
    return request


@pytest.fixture(name="start_collector")
def start_collector_fixture() -> Iterator[Callable[..., CollectorProcess]]:
    """Starts further collectors, with arguments of their own, that end with the test."""
    started: list[CollectorProcess] = []

    def start(*arguments: str) -> CollectorProcess:
        started.append(start_collector(*arguments))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            process.stop()


FIGURES = pytest.StashKey[Counter[str]]()


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> Counter[str]:
    """Counts verdicts of the RFC 9535 compliance suite; they stand in the summary."""
    return pytestconfig.stash.setdefault(FIGURES, Counter())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist: hand the figures to the process that prints them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        counted: Counter[str] = session.config.stash.setdefault(FIGURES, Counter())
        output["figures"] = dict(counted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist counted."""
    counted: dict[str, int] = getattr(node, "workeroutput", {}).get("figures", {})
    config: pytest.Config = node.config
    total: Counter[str] = config.stash.setdefault(FIGURES, Counter())
    total.update(counted)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures of the compliance suite."""
    counted = config.stash.setdefault(FIGURES, Counter())
    if counted:
        terminalreporter.section("RFC 9535 compliance suite")
        shown = ", ".join(f"{verdict}: {count}" for verdict, count in counted.items())
        terminalreporter.write_line(shown)
