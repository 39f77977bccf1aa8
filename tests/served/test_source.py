"""When what Moesif serves is fetched, and what stays through outages."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.delivery import Fetched, NoAnswerError
from moesif_declarative.errors import Problems
from moesif_declarative.schema.settings import Settings
from moesif_declarative.served import Intervals, Served
from moesif_declarative.startup import start

RULE = {"_id": "r1", "type": "regex", "block": True}


def settings_of(**given: Any) -> Settings:
    """Compile settings."""
    compiled = start({"APPLICATION_ID": "id", "GOVERNANCE": True, **given}, {}, Problems())
    assert compiled is not None
    return compiled.settings


@dataclass
class Collector:
    """What a collector would answer, and what it was asked."""

    documents: dict[str, Any] = field(default_factory=lambda: {"/v1/config": {}, "/v1/rules": []})
    tags: dict[str, str] = field(default_factory=dict)
    answer: Any = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def fetch(self, _settings: Settings, path: str, etag: str | None) -> Fetched:
        self.asked.append((path, etag))
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, Fetched):
            return self.answer
        tag = self.tags.get(path, "")
        if tag and etag == f'"{tag}"':
            return Fetched(304, {}, b"")
        name = "x-moesif-config-etag" if path == "/v1/config" else "x-moesif-rules-tag"
        headers = {"etag": f'"{tag}"', name: tag} if tag else {}
        return Fetched(200, headers, json.dumps(self.documents[path]).encode())

    def take_asked(self) -> list[tuple[str, str | None]]:
        """What was asked since the last time."""
        asked, self.asked = self.asked, []
        return asked


class Bench:
    """A `Served` under a clock that is turned by hand."""

    def __init__(self, **given: Any) -> None:
        self.now = 1_000.0
        self.collector = Collector()
        settings = settings_of(**given)
        self.served = Served(settings, Intervals(), self.collector.fetch, lambda: self.now)

    def look(self, after_s: float = 0.0) -> list[str]:
        """Look after so many seconds; gives the paths that were asked for."""
        self.now += after_s
        self.served.look()
        return [path.removeprefix("/v1/") for path, _ in self.collector.take_asked()]


@pytest.fixture
def bench() -> Bench:
    return Bench()


BOTH = ["config", "rules"]


def rate(bench: Bench) -> float | None:
    config = bench.served.config
    return None if config is None else config.sample_rate


def test_nothing_is_known_before_the_first_look(bench: Bench) -> None:
    assert (bench.served.config, bench.served.rules) == (None, None)
    assert bench.look() == BOTH
    assert (rate(bench), bench.served.rules and bench.served.rules.rules) == (100.0, ())


def test_without_governance_the_rules_are_not_asked_for() -> None:
    bench = Bench(GOVERNANCE=False)
    assert bench.look() == ["config"]
    bench.served.note_answer({"x-moesif-rules-tag": "new"})
    assert bench.look(61) == []


def test_without_any_sign_it_is_fetched_again_after_five_minutes(bench: Bench) -> None:
    bench.look()
    assert bench.look(299) == []
    assert bench.look(1) == BOTH


def test_a_tag_that_changes_brings_a_new_fetch_once_a_minute_at_most(bench: Bench) -> None:
    bench.collector.tags = {"/v1/config": "c1", "/v1/rules": "r1"}
    bench.look()
    bench.served.note_answer({"x-moesif-config-etag": "c1", "x-moesif-rules-tag": "r1"})
    assert bench.look(61) == []
    bench.served.note_answer({"x-moesif-config-etag": "c2", "x-moesif-rules-tag": "r1"})
    bench.collector.tags["/v1/config"] = "c2"
    bench.collector.documents["/v1/config"] = {"sample_rate": 5}
    assert bench.look() == ["config"]
    assert rate(bench) == 5.0
    for _ in range(100):
        bench.served.note_answer({"x-moesif-config-etag": "c3"})
    bench.collector.tags["/v1/config"] = "c3"
    assert [bench.look(20), bench.look(39), bench.look(1)] == [[], [], ["config"]]


@pytest.mark.parametrize("name", ["x-moesif-rules-tag", "x-moesif-rules-etag"])
def test_both_names_of_the_rules_tag_are_taken(name: str, bench: Bench) -> None:
    bench.collector.tags = {"/v1/config": "c1", "/v1/rules": "r1"}
    bench.look()
    bench.served.note_answer({"x-moesif-config-etag": "c1", name: "r2"})
    assert bench.look(60) == ["rules"]


def test_rules_without_a_tag_change_with_the_config(bench: Bench) -> None:
    bench.collector.tags = {"/v1/config": "c1"}
    bench.served.note_answer({"x-moesif-config-etag": "c1"})
    bench.look()
    bench.served.note_answer({"x-moesif-config-etag": "c2"})
    assert bench.look(60) == BOTH


def test_rules_with_a_tag_of_their_own_do_not_change_with_the_config(bench: Bench) -> None:
    bench.served.note_answer({"x-moesif-config-etag": "c1"})
    bench.collector.tags = {"/v1/config": "c1", "/v1/rules": "r1"}
    bench.look()
    bench.served.note_answer({"x-moesif-config-etag": "c1"})
    assert bench.look(61) == []
    bench.served.note_answer({"x-moesif-config-etag": "c2"})
    assert bench.look() == ["config"]


def test_the_tag_is_sent_back_and_304_keeps_what_is_known(bench: Bench) -> None:
    bench.collector.tags = {"/v1/config": "c1", "/v1/rules": "r1"}
    bench.collector.documents["/v1/config"] = {"sample_rate": 5}
    bench.served.look()
    bench.now += 300
    bench.served.look()
    assert bench.collector.take_asked() == [
        ("/v1/config", None), ("/v1/rules", None), ("/v1/config", '"c1"'), ("/v1/rules", '"r1"'),
    ]  # fmt: skip
    assert rate(bench) == 5.0
    assert bench.look(299) == []


FAILURES = [
    NoAnswerError("timeout"),
    Fetched(500, {}, b"{}"),
    Fetched(401, {}, b"{}"),
    Fetched(200, {}, b"<html>"),
    Fetched(200, {}, b"\xff\xfe"),
    Fetched(200, {}, b'"a text"'),
    Fetched(200, {}, b"[" * 100_000),
    Fetched(200, {}, b""),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: repr(failure)[:50])
def test_what_is_known_stays_through_an_outage(
    failure: Any, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.collector.documents = {"/v1/config": {"sample_rate": 5}, "/v1/rules": [RULE]}
    bench.look()
    bench.collector.answer = failure
    known = (bench.served.config, bench.served.rules)
    assert bench.look(300) == BOTH
    assert [bench.look(59), bench.look(1)] == [[], BOTH]
    assert (bench.served.config, bench.served.rules) == known
    assert len(caplog.records) == 4  # two documents, twice a minute apart
    bench.collector.answer = None
    bench.collector.documents["/v1/config"] = {"sample_rate": 6}
    bench.look(60)
    assert rate(bench) == 6.0


def test_an_outage_is_told_once_a_minute_at_most(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(GOVERNANCE=False)
    bench.collector.answer = NoAnswerError("connection refused")
    quick = Served(settings_of(GOVERNANCE=False), Intervals(1, 1), bench.collector.fetch,
                   lambda: bench.now)  # fmt: skip
    for _ in range(125):
        quick.look()
        bench.now += 1
    assert [record.getMessage() for record in caplog.records] == [
        "/v1/config could not be fetched (connection refused): nothing is known yet"
    ] * 3
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_faults_are_told_once_for_each_version(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.collector.tags = {"/v1/config": "c1", "/v1/rules": "r1"}
    bench.collector.documents["/v1/rules"] = [{"_id": "r1"}, *[7] * 9]
    for _ in range(3):
        bench.look(300)
    assert [record.getMessage() for record in caplog.records] == [
        (
            "/v1/rules was served with faults: rule [0] has no type that is known; "
            "rule [1] is no object; rule [2] is no object; rule [3] is no object; "
            "rule [4] is no object; and 5 more"
        )
    ]


@pytest.mark.parametrize(
    "given", [{"SINK": "null"}, {"ENABLED": False}, {"SINK": "stdout"}], ids=str
)
def test_without_moesif_nothing_is_fetched(given: Mapping[str, Any]) -> None:
    bench = Bench(**given)
    before = threading.active_count()
    bench.served.begin()
    assert threading.active_count() == before
    assert bench.collector.asked == []


def test_a_thread_fetches_from_the_first_begin_to_the_end() -> None:
    fetched = threading.Event()
    collector = Collector()

    def fetch(settings: Settings, path: str, etag: str | None) -> Fetched:
        answer = collector.fetch(settings, path, etag)
        if len(collector.asked) == 2:
            fetched.set()
        return answer

    before = set(threading.enumerate())
    served = Served(settings_of(), Intervals(), fetch)
    assert set(threading.enumerate()) == before
    for _ in range(3):
        served.begin()
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon
    assert fetched.wait(10)
    served.end()
    thread.join(10)
    assert not thread.is_alive()
    served.begin()
    assert set(threading.enumerate()) <= before
    assert [path for path, _ in collector.asked] == ["/v1/config", "/v1/rules"]


def test_a_fault_of_our_own_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    asked = threading.Event()

    def fetch(_settings: Settings, _path: str, _etag: str | None) -> Fetched:
        asked.set()
        raise RuntimeError("on purpose")

    served = Served(settings_of(), Intervals(), fetch)
    before = set(threading.enumerate())
    served.begin()
    (thread,) = set(threading.enumerate()) - before
    assert asked.wait(10)
    served.end()
    thread.join(10)
    assert not thread.is_alive()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["what Moesif serves could not be looked at"]


def test_a_forked_child_fetches_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served(settings_of(), Intervals(), Collector().fetch)
    before = set(threading.enumerate())
    served.begin()
    wake_parent = served._wake
    monkeypatch.setattr(os, "getpid", lambda: -1)
    served.begin()
    served.begin()
    begun = set(threading.enumerate()) - before
    served.end()
    wake_parent.set()
    for thread in begun:
        thread.join(10)
    assert [thread.is_alive() for thread in begun] == [False, False]
