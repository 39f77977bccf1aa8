"""What governance found about a request is used again when the call is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from moesif_declarative.call import Call
from moesif_declarative.errors import Problems
from moesif_declarative.hooks import Hooks
from moesif_declarative.served import read_rules
from moesif_declarative.served.passage import Passage, examine
from moesif_declarative.startup import start

RULES = [
    {"_id": "u", "type": "user"},
    {"_id": "c", "type": "company"},
    {"_id": "b", "type": "regex",
     "regex_config": [{"conditions": [{"path": "request.body.a", "value": "1"}]}]},
]  # fmt: skip


class Handler:
    """Stands for a handler that has not run."""

    user = "ann"


def hooks_of(**settings: Any) -> Hooks:
    """Compile settings."""
    compiled = start({"APPLICATION_ID": "a", **settings}, {}, Problems())
    assert compiled is not None
    return compiled.hooks


def look(hooks: Hooks, early: Call, made: list[Handler]) -> Passage:
    """Examine a request; notes the handlers that were made for it."""
    rules = read_rules(RULES, [])
    assert rules is not None

    def make() -> Handler:
        made.append(Handler())
        return made[-1]

    return examine(early.record, hooks, rules, None, make)


@pytest.mark.parametrize(
    ("sources", "user", "known", "handlers"),
    [
        ([{"header": "X-User"}], "bob", ["bob"], 0),
        ([{"header": "X-None"}, {"header": "X-User"}], "bob", [None, "bob"], 0),
        ([{"handler": "user"}], "ann", ["ann"], 1),
        ([{"handler": "nobody"}, {"header": "X-User"}], "bob", ["bob"], 1),
        ([{"response": "status"}, {"header": "X-User"}], "200", ["bob"], 0),
        ([{"response_header": "X"}, {"header": "X-User"}], "bob", ["bob"], 0),
        ([{"header": "X-User", "when": {"status": 200}}], "bob", [None], 0),
        ([{"jsonpath": "$.request.body.a"}], "1", ["1"], 0),
        ([{"jsonpath": "$.response.status"}], "200", [None], 0),
        ([{"jsonpath": "$.session_token"}, {"header": "X-User"}], "bob", ["bob"], 0),
    ],
    ids=str,
)
def test_a_source_is_asked_again_only_where_it_may_know_more(
    sources: list[dict[str, Any]],
    user: str,
    known: list[str | None],
    handlers: int,
    make_call: Callable[..., Call],
) -> None:
    hooks = hooks_of(IDENTIFY_USER=sources)
    made: list[Handler] = []
    early = make_call(status=0, headers={"X-User": "bob"}, body='{"a": 1}')
    passage = look(hooks, early, made)
    assert (list(passage.known.values()), len(made)) == (known, handlers)
    # Where the rules give nobody, the authorization header was asked, and gave nobody either.
    record = early.record._replace(status=200)
    call, findings = passage.resume(record, hooks, Handler())
    hooks.run_on_loop(call, findings)
    hooks.run_rest(call, findings)
    assert findings.identities == {"IDENTIFY_USER": user}
    assert call.document["user_id"] == user


def test_the_company_may_be_found_by_the_user(make_call: Callable[..., Call]) -> None:
    rules = read_rules([{"_id": "c", "type": "company"}, {"_id": "u", "type": "user"}], [])
    hooks = hooks_of(IDENTIFY_USER={"value": "ann"}, IDENTIFY_COMPANY={"jsonpath": "$.user_id"})
    assert rules is not None
    passage = examine(make_call(status=0).record, hooks, rules, None, Handler)
    assert passage.call.document["user_id"] == "ann"
    assert list(passage.known.values()) == ["ann"]


def test_what_was_read_of_the_request_is_not_read_again(make_call: Callable[..., Call]) -> None:
    hooks = hooks_of(IDENTIFY_USER={"query": "user"})
    early = make_call(status=0, target="/a?user=ann", body='{"a": 1}')
    passage = look(hooks, early, [])
    call, _ = passage.resume(early.record._replace(status=200), hooks, Handler())
    for view in ("request_body", "query"):
        assert call.__dict__[view] is passage.call.__dict__[view]
    other = early.record._replace(status=200, request_body=b"{}")
    assert "request_body" not in passage.resume(other, hooks, Handler())[0].__dict__


def test_after_a_reload_everything_is_read_again(make_call: Callable[..., Call]) -> None:
    settings = {"IDENTIFY_USER": {"header": "User-Agent"}}
    early = make_call(status=0)
    passage = look(hooks_of(**settings), early, [])
    later = hooks_of(**settings)
    call, findings = passage.resume(early.record._replace(status=200), later, Handler())
    assert (findings.known, "request_headers" in call.__dict__) == ({}, False)
