"""Governance: which rules apply to a request, and what they say of its response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.call import Call
from moesif_declarative.served import Verdict, read_config, read_rules
from moesif_declarative.served.governance import Blocking

TEXT, JSON = "text/plain; charset=UTF-8", "application/json; charset=UTF-8"
PAY = {"status": 402, "headers": {"X-Why": "pay"}, "body": {"error": "pay first"}}
PAY_BODY = b'{"error":"pay first"}'


def rule(name: Any = "r1", kind: Any = "regex", **rest: Any) -> dict[str, Any]:
    """A blocking rule that says PAY."""
    return {"_id": name, "type": kind, "block": True, "response": PAY, **rest}


def adds(name: str, value: str, kind: str = "regex", **rest: Any) -> dict[str, Any]:
    """A rule that only adds the header X-Rule."""
    response = {"headers": {"X-Rule": value}}
    return rule(name, kind, **{"block": False, "response": response, **rest})


def on(*groups: Mapping[str, str]) -> list[dict[str, Any]]:
    """Groups of conditions, any of which must hold: ``on({path: pattern, …}, …)``."""
    return [
        {"conditions": [{"path": path, "value": value} for path, value in group.items()]}
        for group in groups
    ]


def members(kind: str, identity: str, *entries: Any) -> dict[str, Any]:
    """A config in which someone falls under rules: ids, or ids with values."""
    found = [
        {"rules": entry} if isinstance(entry, str) else {"rules": entry[0], "values": entry[1]}
        for entry in entries
    ]
    return {f"{kind}_rules": {identity: found}}


ORDERS = {"request.verb": "GET", "request.route": "^/v1/orders$"}
MATCHING = {"applied_to": "matching"}
OTHERS = {"applied_to": "not_matching"}
NOBODY = {"applied_to_unidentified": True}
ANN = members("user", "ann", "r1")
ACME = members("company", "acme", "r1")
GOLD = members("user", "ann", ("r1", {"0": "gold", "name": "Ann", "n": 7}))


@dataclass(frozen=True)
class Case:
    """Rules, a request of someone, and who blocks it with which headers added."""

    id: str
    rules: Sequence[Any]
    blocked_by: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    company: str | None = None
    config: Mapping[str, Any] | None = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)


WHY = {"X-Why": "pay"}
CASES = [
    Case("no rules", [], None),
    Case("a rule for everything", [rule()], "r1", WHY),
    Case("an empty list of conditions is all", [rule(regex_config=[])], "r1", WHY),
    Case("conditions that hold", [rule(regex_config=on(ORDERS))], "r1", WHY),
    Case("one condition that does not", [rule(regex_config=on(ORDERS))], None,
         call={"method": "POST"}),
    Case("one group of two holds",
         [rule(regex_config=on({"request.verb": "POST"}, ORDERS))], "r1", WHY),
    Case("no group holds",
         [rule(regex_config=on({"request.verb": "POST"}, {"request.verb": "PUT"}))], None),
    Case("the route is the path alone", [rule(regex_config=on({"request.route": "https|page"}))],
         None),
    Case("the address", [rule(regex_config=on({"request.ip": r"^198\.51\.100\.7$"}))], "r1", WHY),
    Case("a header", [rule(regex_config=on({"request.headers.X-Beta": "^on$"}))], "r1", WHY,
         call={"headers": {"x-beta": "on"}}),
    Case("a header that is not there", [rule(regex_config=on({"request.headers.X-Beta": ".*"}))],
         None),
    Case("a field of the body", [rule(regex_config=on({"request.body.subject": "block"}))], "r1",
         WHY, call={"body": '{"subject": "should_block"}'}),
    Case("a body without the field", [rule(regex_config=on({"request.body.subject": "."}))], None,
         call={"body": '{"other": 1}'}),
    Case("a status is not there yet", [rule(regex_config=on({"response.status": ".*"}))], None),
    Case("a user who falls under it", [rule(kind="user")], "r1", WHY, user="ann", config=ANN),
    Case("the word for that", [rule(kind="user", **MATCHING)], "r1", WHY, user="ann", config=ANN),
    Case("a user who does not", [rule(kind="user")], None, user="bob", config=ANN),
    Case("a user who falls under another", [rule("r2", "user")], None, user="ann", config=ANN),
    Case("a user elsewhere", [rule(kind="user", regex_config=on({"request.verb": "PUT"}))], None,
         user="ann", config=ANN),
    Case("not matching: one who falls under it", [rule(kind="user", **OTHERS)], None, user="ann",
         config=ANN),
    Case("not matching: one who does not", [rule(kind="user", **OTHERS)], "r1", WHY, user="bob",
         config=ANN),
    Case("not matching: nobody falls under it", [rule(kind="user", **OTHERS)], "r1", WHY,
         user="bob", config={}),
    Case("not matching: elsewhere",
         [rule(kind="user", regex_config=on({"request.verb": "PUT"}), **OTHERS)], None, user="bob"),
    Case("not matching: before the config is known", [rule(kind="user", **OTHERS)], None,
         user="bob", config=None),
    Case("matching: before the config is known", [rule(kind="user")], None, user="ann",
         config=None),
    Case("not matching: the config is broken", [rule(kind="user", **OTHERS)], None, user="bob",
         config={"user_rules": 7}),
    Case("not matching: the user's entry is broken", [rule(kind="user", **OTHERS)], None,
         user="bob", config={"user_rules": {"bob": "r1"}}),
    Case("nobody known", [rule(kind="user")], None, config=ANN),
    Case("nobody known, not matching", [rule(kind="user", **OTHERS)], None, config=ANN),
    Case("nobody known, and about them", [rule(kind="user", **NOBODY)], "r1", WHY, config=ANN),
    Case("about nobody known, before the config", [rule(kind="user", **NOBODY)], "r1", WHY,
         config=None),
    Case("about nobody known, elsewhere",
         [rule(kind="user", regex_config=on({"request.verb": "PUT"}), **NOBODY)], None),
    Case("about nobody known, but somebody is", [rule(kind="user", **NOBODY)], None, user="bob",
         config=ANN),
    Case("a company that falls under it", [rule(kind="company")], "r1", WHY, company="acme",
         config=ACME),
    Case("a company that does not", [rule(kind="company")], None, company="other", config=ACME),
    Case("not matching: another company", [rule(kind="company", **OTHERS)], "r1", WHY,
         company="other", config=ACME),
    Case("no company known, and about them", [rule(kind="company", **NOBODY)], "r1", WHY,
         user="ann", config=ACME),
    Case("a user is no company", [rule(kind="company")], None, user="acme", config=ACME),
    Case("users' rules go first",
         [rule("x"), rule("c", "company"), rule("u", "user")], "u", WHY, user="ann",
         company="acme", config={**members("user", "ann", "u"),
                                 **members("company", "acme", "c")}),
    Case("then companies'", [rule("x"), rule("c", "company"), rule("u", "user")], "c", WHY,
         user="bob", company="acme", config={**members("user", "ann", "u"),
                                             **members("company", "acme", "c")}),
    Case("the first of one kind", [rule("a"), rule("b")], "a", WHY),
    Case("one that does not match does not cancel the rest",
         [rule("a", regex_config=on({"request.verb": "PUT"})), rule("b")], "b", WHY),
    Case("one that only adds headers", [adds("a", "1")], None, {"X-Rule": "1"}),
    Case("headers add up",
         [adds("a", "1"), adds("b", "2", response={"headers": {"X-Other": "2"}})], None,
         {"X-Rule": "1", "X-Other": "2"}),
    Case("headers of a block and of others", [adds("a", "1"), rule("b")], "b",
         {"X-Rule": "1", "X-Why": "pay"}),
    Case("headers behind a block", [rule("a"), adds("b", "1")], "a",
         {"X-Why": "pay", "X-Rule": "1"}),
    Case("a header of two rules: the user's goes first",
         [adds("x", "regex"), adds("u", "user", "user")], None, {"X-Rule": "user"}, user="ann",
         config=members("user", "ann", "u")),
    Case("a header of two rules, in another case",
         [adds("a", "1"), adds("b", "2", response={"headers": {"x-rule": "2"}})], None,
         {"X-Rule": "1"}),
    Case("headers of a rule that does not match",
         [adds("a", "1", regex_config=on({"request.verb": "PUT"}))], None),
    Case("a value in a header", [adds("r1", "{{0}} for {{name}}", "user")], None,
         {"X-Rule": "gold for Ann"}, user="ann", config=GOLD),
    Case("a value that is a number", [adds("r1", "{{n}}", "user")], None, {"X-Rule": "7"},
         user="ann", config=GOLD),
    Case("a value that there is not", [adds("r1", "a {{1}}", "user")], None,
         {"X-Rule": "a UNKNOWN"}, user="ann", config=GOLD),
    Case("nobody has values", [adds("r1", "{{0}}", "user", **NOBODY)], None,
         {"X-Rule": "UNKNOWN"}, config=GOLD),
    Case("a value of another rule", [adds("r2", "{{0}}")], None, {"X-Rule": "UNKNOWN"}, user="ann",
         config=GOLD),
    Case("braces that are no value", [adds("a", "{0} {{}")], None, {"X-Rule": "{0} {{}"}),
    Case("line breaks in a value", [adds("r1", "{{0}}", "user")], None, {"X-Rule": "a  b"},
         user="ann", config=members("user", "ann", ("r1", {"0": "a\r\n b"}))),
    Case("block that is no boolean", [rule(block="true")], None, WHY),
    Case("block is missing", [{"_id": "a", "type": "regex", "response": PAY}], None, WHY),
    Case("an unknown rule id in the config", [rule("r9")], "r9", WHY, user="ann", config=ANN),
    Case("a rule without an id", [rule("")], None),
    Case("a rule whose id is a number", [rule(7)], None),
    Case("a rule of a kind that nobody knows", [rule(kind="plan")], None),
    Case("a rule of no kind", [{"_id": "a", "block": True, "response": PAY}], None),
    Case("applied to whom nobody knows", [rule(kind="user", applied_to="some")], None, user="bob"),
    Case("applied to a list", [rule(kind="user", applied_to=["matching"])], None, user="bob"),
    Case("conditions that are no list", [rule(regex_config={})], None),
    Case("a broken pattern", [rule(regex_config=on({"request.verb": "("}))], None),
    Case("a broken pattern beside a good group",
         [rule(regex_config=on({"request.verb": "("}, ORDERS))], "r1", WHY),
    Case("a group without conditions", [rule(regex_config=[{"conditions": []}])], None),
    Case("a group that is no object", [rule(regex_config=["x"])], None),
    Case("a path that nobody knows", [rule(regex_config=on({"request.colour": ".*"}))], None),
    Case("broken rules do not spoil others", [None, 7, {}, [], rule(kind=None), rule("z")], "z",
         WHY),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_request_is_judged_as_the_rules_say(
    case: Case, make_call: Callable[..., Call], identities: Callable[..., Any]
) -> None:
    rules = read_rules(list(case.rules), [])
    config = None if case.config is None else read_config(case.config, [])
    assert rules is not None
    call = make_call(**{"status": 0, **case.call})
    verdict = rules.judge(call, identities(case.user, case.company), config)
    blocking = case.blocked_by and Blocking(case.blocked_by, 402, PAY_BODY, JSON)
    assert verdict == Verdict(tuple(case.headers.items()), blocking or None)


@dataclass(frozen=True)
class Answer:
    """What a rule says of the response, and what is sent."""

    id: str
    response: Any
    status: int = 403
    body: bytes = b""
    kind: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()
    told: int = 0


VALUES = {"0": "gold", "quote": '"a\nb', "list": ["x"], "flag": True, "empty": ""}

ANSWERS = [
    Answer("nothing said", None),
    Answer("an empty object", {}),
    Answer("no object", "blocked", told=1),
    Answer("a status", {"status": 429}, 429),
    Answer("a status as text", {"status": "429"}, 429),
    Answer("a status as a float", {"status": 429.0}, 429),
    Answer("success", {"status": 200}, 200),
    Answer("a status of one's own", {"status": 599}, 599),
    Answer("100 cannot end a request", {"status": 100}, told=1),
    Answer("too large a status", {"status": 600}, told=1),
    Answer("a negative status", {"status": -1}, told=1),
    Answer("a status that is true", {"status": True}, told=1),
    Answer("a status that is a word", {"status": "Forbidden"}, told=1),
    Answer("a status without measure", {"status": 1e300}, told=1),
    Answer("text", {"body": "Pay first"}, body=b"Pay first"),
    Answer("text beyond ASCII", {"body": "Zahlen für"}, body="Zahlen für".encode()),
    Answer("an object", {"body": {"a": [1, None, 2.5]}}, body=b'{"a":[1,null,2.5]}', kind=JSON),
    Answer("a list", {"body": []}, body=b"[]", kind=JSON),
    Answer("a number", {"body": 7}, body=b"7", kind=JSON),
    Answer("false", {"body": False}, body=b"false", kind=JSON),
    Answer("JSON as text stays as it is", {"body": '{ "a": 1 }'}, body=b'{ "a": 1 }', kind=JSON),
    Answer("what looks like JSON", {"body": "{a}"}, body=b"{a}"),
    Answer("a value in text", {"body": "You have {{0}}."}, body=b"You have gold."),
    Answer("a value in braces with spaces", {"body": "{{ 0 }}"}, body=b"gold"),
    Answer("a value inside", {"body": {"a": ["{{0}}", {"b": "{{1}}"}]}},
           body=b'{"a":["gold",{"b":"UNKNOWN"}]}', kind=JSON),
    Answer("names of members stay", {"body": {"{{0}}": 1}}, body=b'{"{{0}}":1}', kind=JSON),
    Answer("a quote in a value", {"body": {"a": "{{quote}}"}}, body=rb'{"a":"\"a\nb"}', kind=JSON),
    Answer("a quote in JSON as text", {"body": '{"a": "{{quote}}"}'}, body=rb'{"a":"\"a\nb"}',
           kind=JSON),
    Answer("a value that is a list", {"body": "{{list}}"}, body=b"UNKNOWN"),
    Answer("a value that is true", {"body": "{{flag}}"}, body=b"true"),
    Answer("a value that is empty", {"body": "{{empty}}"}, body=b"UNKNOWN"),
    Answer("a value is not filled again", {"body": "{{a{{0}}}}"}, body=b"{{agold}}"),
    Answer("too large a body", {"body": "x" * 1_000_001}, told=1),
    Answer("headers", {"headers": {"X-A": "1", "X-B": 2, "X-C": True}},
           headers=(("X-A", "1"), ("X-B", "2"), ("X-C", "true"))),
    Answer("a header of an own type", {"headers": {"Content-Type": "text/html"}, "body": "<p>"},
           body=b"<p>", headers=(("Content-Type", "text/html"),)),
    Answer("line breaks in a header", {"headers": {"X-A": "a\r\nSet-Cookie: b"}},
           headers=(("X-A", "a Set-Cookie: b"),)),
    Answer("a header beyond ASCII", {"headers": {"X-A": "für"}},
           headers=(("X-A", "für".encode().decode("latin-1")),)),
    Answer("a name that is none", {"headers": {"X A": "1", "": "2", "X:B": "3", "X\n": "4"}},
           told=4),
    Answer("framing is the server's", {"headers": {"Content-Length": "1", "transfer-encoding": "x",
                                                   "Connection": "close"}}, told=3),
    Answer("values that are no text", {"headers": {"X-A": None, "X-B": ["b"], "X-C": {}}}, told=3),
    Answer("headers that are no object", {"headers": [["X-A", "1"]]}, told=1),
]  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.id)
def test_a_blocked_request_gets_what_the_rule_says(
    case: Answer, make_call: Callable[..., Call], identities: Callable[..., Any]
) -> None:
    told: list[str] = []
    rules = read_rules([rule(kind="user", response=case.response)], told)
    config = read_config(members("user", "ann", ("r1", VALUES)), [])
    assert rules is not None
    verdict = rules.judge(make_call(status=0), identities("ann"), config)
    blocking = Blocking("r1", case.status, case.body, case.kind)
    assert verdict == Verdict(case.headers, blocking)
    assert len(told) == case.told


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, ["it is no list"]),
        ([7], ["rule [0] is no object"]),
        ([rule(), rule("")], ["rule [1] has no _id"]),
        ([rule(kind="plan")], ["rule [0] has no type that is known"]),
        ([rule(applied_to="some")], ["rule [0] has no applied_to that is known"]),
        ([rule(regex_config=7)], ["rule [0].regex_config is no list"]),
        ([rule(regex_config=on({"request.verb": "("}))],
         ["rule [0].regex_config[0].conditions[0].value cannot be read: missing ): ("]),
        ([rule(response={"status": 99})],
         ["rule [0].response.status is none from 200 to 599: it is 403 now"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rules_is_told(document: Any, told: list[str]) -> None:
    found: list[str] = []
    read_rules(document, found)
    assert found == told


def test_nobody_is_identified_for_rules_that_are_about_nobody(
    make_call: Callable[..., Call],
) -> None:
    asked: list[str] = []
    rules = read_rules([adds("a", "1"), rule("c", "company"), rule("d", "company")], [])
    assert rules is not None
    rules.judge(make_call(status=0), lambda setting: asked.append(setting), None)
    assert asked == ["IDENTIFY_COMPANY"]


def test_what_was_served_is_not_changed_by_filling_it(
    make_call: Callable[..., Call], identities: Callable[..., Any]
) -> None:
    served = [rule(kind="user", response={"body": {"a": ["{{0}}"]}})]
    rules = read_rules(served, [])
    assert rules is not None
    for value in ("x", "y"):
        config = read_config(members("user", "ann", ("r1", {"0": value})), [])
        blocking = rules.judge(make_call(status=0), identities("ann"), config).blocking
        assert blocking is not None
        assert blocking.body == f'{{"a":["{value}"]}}'.encode()
