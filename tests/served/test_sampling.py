"""Served sampling: who is left out, and how much the others weigh."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.call import Call
from moesif_declarative.errors import Problems
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.served import prepare, read_config
from moesif_declarative.served.sampling import BOT, sample
from moesif_declarative.startup import start

ROUNDS = 20_000


def hooks_of(**settings: Any) -> Hooks:
    """Compile settings."""
    problems = Problems()
    compiled = start({"APPLICATION_ID": "a", **settings}, {}, problems)
    assert compiled is not None, list(map(str, problems))
    return compiled.hooks


@pytest.mark.parametrize("rate", [1, 7, 33.3, 50, 60, 75, 99, 100])
def test_weights_add_up_to_the_number_of_calls(rate: float, make_call: Callable[..., Call]) -> None:
    config = read_config({"sample_rate": rate}, [])
    assert config is not None
    draw = random.Random(20_240_601).random
    total = kept = 0
    call = make_call()
    for _ in range(ROUNDS):
        findings = Findings(draw=draw)
        sample(config, call, findings)
        total += 0 if findings.sampled_out else findings.weight
        kept += not findings.sampled_out
    assert total == pytest.approx(ROUNDS, rel=0.35 / rate**0.5)
    assert kept == pytest.approx(ROUNDS * rate / 100, rel=0.35 / rate**0.5)


@pytest.mark.parametrize(
    ("rate", "draw", "left_out", "weight"),
    [
        (0, 0.0, True, 1),
        (100, 0.99, False, 1),
        (50, 0.49, False, 2),
        (50, 0.5, True, 1),
        (60, 0.1, False, 2),
        (60, 0.5, False, 1),
        (1, 0.005, False, 100),
    ],
)
def test_a_lot_decides(
    rate: int, draw: float, left_out: bool, weight: int, make_call: Callable[..., Call]
) -> None:
    config = read_config({"sample_rate": rate}, [])
    assert config is not None
    findings, call = Findings(draw=lambda: draw), make_call()
    sample(config, call, findings)
    assert (findings.sampled_out, findings.weight) == (left_out, weight)
    assert call.document["weight"] == weight


def test_a_sample_rule_that_matched_is_all_that_counts(make_call: Callable[..., Call]) -> None:
    config = read_config({"sample_rate": 0}, [])
    hooks = hooks_of(SAMPLE=[{"path": "/v1/*", "rate": 100}])
    for target, left_out in (("/v1/orders", False), ("/v2/orders", True)):
        call, findings = make_call(target=target), Findings()
        prepare(config, hooks, call, findings)
        assert findings.sampled_out is left_out


@dataclass(frozen=True)
class Agent:
    """A user agent, and whether it is a bot's."""

    text: str
    bot: bool


MOZILLA = "Mozilla/5.0 (compatible; {})"
AGENTS = [
    Agent(MOZILLA.format("Googlebot/2.1; +http://www.google.com/bot.html"), True),
    Agent(MOZILLA.format("bingbot/2.0"), True),
    Agent(MOZILLA.format("YandexBot/3.0"), True),
    Agent(MOZILLA.format("Baiduspider/2.0"), True),
    Agent(MOZILLA.format("Yahoo! Slurp"), True),
    Agent(MOZILLA.format("AhrefsBot/7.0"), True),
    Agent(MOZILLA.format("UptimeRobot/2.0"), True),
    Agent("facebookexternalhit/1.1", True),
    Agent("Twitterbot/1.0", True),
    Agent("Slackbot-LinkExpanding 1.0", True),
    Agent("ia_archiver", True),
    Agent("archive.org_bot", True),
    Agent("GPTBot/1.1", True),
    Agent("CCBot/2.0", True),
    Agent("Bytespider", True),
    Agent("Mozilla/5.0 HeadlessChrome/120.0", True),
    Agent("Pingdom.com_bot_version_1.4", True),
    Agent("Scrapy/2.11", True),
    Agent("curl/8.5.0", False),
    Agent("python-requests/2.31", False),
    Agent("okhttp/4.12.0", False),
    Agent("PostmanRuntime/7.36", False),
    Agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36", False),
    Agent("Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120.0 Mobile", False),
    Agent("Talbott-App/3.0", False),
    Agent("", False),
]


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.text or "none")
def test_bots_are_left_out_while_that_is_served(
    agent: Agent, make_call: Callable[..., Call]
) -> None:
    for served, skipped in ((True, agent.bot), (False, False), ("true", False)):
        config = read_config({"block_bot_traffic": served, "sample_rate": 50}, [])
        assert config is not None
        findings = Findings(draw=lambda: 0.0)
        sample(config, make_call(headers={"User-Agent": agent.text}), findings)
        assert findings.skipped_by == (BOT if skipped else None)
        assert findings.weight == (1 if skipped else 2)


def test_nothing_is_decided_where_nothing_could_be_left_out(
    make_call: Callable[..., Call],
) -> None:
    for config in (None, read_config({}, [])):
        findings = Findings()
        prepare(config, hooks_of(), make_call(), findings)
        assert findings == Findings(draw=findings.draw)


def test_identities_are_found_once_and_before_anything_dear(
    make_call: Callable[..., Call],
) -> None:
    config = read_config({"user_sample_rate": {"ann": 0}}, [])
    hooks = hooks_of(IDENTIFY_USER={"header": "X-User"}, GET_METADATA={"a": {"form": "a"}})
    for user, left_out in (("ann", True), ("bob", False)):
        call, findings = make_call(headers={"X-User": user}, body="{}"), Findings()
        prepare(config, hooks, call, findings)
        hooks.run_on_loop(call, findings)
        assert (findings.sampled_out, findings.identities) == (left_out, {"IDENTIFY_USER": user})
        assert not {"request_body", "document"} & call.__dict__.keys()
        hooks.run_rest(call, findings)
        assert ("document" in call.__dict__ or "request_body" in call.__dict__) is not left_out


@pytest.mark.parametrize("at_once", [True, False])
def test_a_decision_that_needs_a_body_waits_unless_it_cannot(
    at_once: bool, make_call: Callable[..., Call]
) -> None:
    path = {"path": "request.body.operationName", "value": "^Poll$"}
    config = read_config({"regex_config": [{"conditions": [path], "sample_rate": 0}]}, [])
    call, findings = make_call(body='{"operationName": "Poll"}'), Findings()
    hooks = hooks_of()
    prepare(config, hooks, call, findings, at_once=at_once)
    hooks.run_on_loop(call, findings)
    assert findings.sampled_out is at_once
    hooks.run_rest(call, findings)
    assert findings.sampled_out
