"""Nothing that is served can do harm: whatever JSON comes, nothing raises, nobody is shut out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call import Call
from moesif_declarative.hooks import Findings
from moesif_declarative.served import GovernanceRules, ServedConfig, read_config, read_rules
from moesif_declarative.served.response import header_value
from moesif_declarative.served.sampling import sample
from moesif_declarative.served.text import UnreadableError, parse_served

TEXTS = st.text(max_size=8) | st.sampled_from(
    ["regex", "user", "company", "matching", "not_matching", "r1", "GET", "(", "{{0}}", ".*",
     "request.verb", "request.body.a", "request.headers.X", "response.status", "ann", "acme"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
WORDS = st.sampled_from(
    ["_id", "type", "block", "applied_to", "applied_to_unidentified", "regex_config", "response",
     "conditions", "path", "value", "status", "headers", "body", "rules", "values", "sample_rate",
     "user_sample_rate", "company_sample_rate", "user_rules", "company_rules", "ann", "acme",
     "block_bot_traffic", "X-A", "0"]
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXTS, inner, max_size=6),
    max_leaves=12,
)
CONFIGS = st.dictionaries(WORDS, ANYTHING, max_size=8) | ANYTHING
CONDITIONS = st.lists(st.fixed_dictionaries({"path": TEXTS, "value": SCALARS}), max_size=3)
RULES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "_id": TEXTS,
            "type": st.sampled_from(["user", "company", "regex"]) | ANYTHING,
            "block": st.booleans() | ANYTHING,
            "applied_to": TEXTS,
            "applied_to_unidentified": st.booleans(),
            "regex_config": ANYTHING | st.lists(st.fixed_dictionaries({"conditions": CONDITIONS})),
            "response": ANYTHING,
        },
    ),
    max_size=4,
)


def means_all(rule: Any) -> bool:
    """Whether a rule says in so many words that it blocks without looking at the request."""
    return (
        isinstance(rule, dict)
        and rule.get("block") is True
        and rule.get("regex_config") in (None, [])
    )


def shuts_out(rule: Any) -> bool:
    """Whether a rule is about requests that have conditions, and blocks those."""
    return isinstance(rule, dict) and rule.get("block") is True and bool(rule.get("regex_config"))


@given(served=CONFIGS, user=st.sampled_from([None, "ann", "", "\udc80"]))
def test_no_config_makes_a_decision_raise(served: Any, user: str | None) -> None:
    call = CALL()
    config = read_config(parse_served(json.dumps(served).encode()), [])
    if config is None:
        assert not isinstance(served, dict)
        return
    identities = {} if user is None else {"IDENTIFY_USER": user, "IDENTIFY_COMPANY": "acme"}
    findings = Findings(identities=identities)
    sample(config, call, findings)
    assert 0 <= config.rate(call, user, "acme") <= 100
    assert findings.weight >= 1
    for kind in ("user", "company"):
        config.memberships(kind, "ann")


@given(rules=RULES | ANYTHING, served=CONFIGS, known=st.booleans())
def test_no_rules_raise_and_none_that_is_broken_blocks(
    rules: Any, served: Any, known: bool, identities: Callable[..., Any]
) -> None:
    config = read_config(served, []) or ServedConfig()
    read = read_rules(rules, []) or GovernanceRules()
    who = identities("ann", "acme") if known else identities()
    verdict = read.judge(CALL(), who, config)
    for name, value in verdict.headers:
        assert name.isascii()
        assert not set("\r\n\0") & set(value)
        value.encode("latin-1")
    if verdict.blocking is None:
        return
    assert 200 <= verdict.blocking.status < 600
    (blocker,) = [rule for rule in read.rules if rule.id == verdict.blocking.rule][:1]
    wanted = [rule for rule in rules if isinstance(rule, dict) and rule.get("_id") == blocker.id]
    assert any(means_all(rule) or shuts_out(rule) for rule in wanted)


BROKEN = st.sampled_from(
    [{}, "x", 7, True, {"conditions": []}, [{}], [{"conditions": []}], [{"conditions": [{}]}],
     [{"conditions": [{"path": "request.verb", "value": "("}]}], [None], ["request.verb"],
     [{"conditions": [{"path": "request.colour", "value": ".*"}]}], [[]], [{"conditions": {}}],
     [{"conditions": [{"path": "request.verb", "value": ".*"}, {"path": "request.verb"}]}]]
)  # fmt: skip


@given(conditions=BROKEN, kind=st.sampled_from(["user", "company", "regex"]))
def test_conditions_that_cannot_be_read_never_mean_everything(
    conditions: Any, kind: str, identities: Callable[..., Any]
) -> None:
    rule = {"_id": "r1", "type": kind, "block": True, "regex_config": conditions,
            "applied_to_unidentified": True, "applied_to": "not_matching"}  # fmt: skip
    rules = read_rules([rule], [])
    assert rules == GovernanceRules()
    assert rules.judge(CALL(), identities("ann", "acme"), ServedConfig()).blocking is None


@given(text=st.text())
def test_a_header_is_one_line_of_what_http_can_carry(text: str) -> None:
    value = header_value(text)
    assert not any(ord(character) < 32 or ord(character) == 127 for character in value)
    value.encode("latin-1")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"sample_rate": NaN}', {"sample_rate": None}),
        (b'{"sample_rate": 1e999}', {"sample_rate": float("inf")}),
        (b'{"sample_rate": 1' + b"0" * 5_000 + b"}", {"sample_rate": float("inf")}),
        (b"\xef\xbb\xbf{}", {}),
    ],
    ids=["NaN", "a float without measure", "an integer without measure", "a byte order mark"],
)
def test_numbers_without_measure_are_read(body: bytes, value: Any) -> None:
    assert parse_served(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 200_000], ids=repr)
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="it is no JSON"):
        parse_served(body)


def test_a_body_without_measure_is_left_out(identities: Callable[..., Any]) -> None:
    deep: Any = "{{0}}"
    for _ in range(400):
        deep = [deep]
    told: list[str] = []
    rules = read_rules(
        [{"_id": "r1", "type": "regex", "block": True, "response": {"body": deep}}], told
    )
    assert rules is not None
    verdict = rules.judge(CALL(), identities(), None)
    assert verdict.blocking is not None
    assert (verdict.blocking.status, verdict.blocking.body) == (403, b"")
    assert told == ["rule [0].response.body is too large"]


CALL: Callable[..., Call]


@pytest.fixture(autouse=True, scope="module")
def _call(make_call: Callable[..., Call]) -> None:
    global CALL
    CALL = lambda: make_call(status=0, body='{"a": "b"}')  # noqa: E731
