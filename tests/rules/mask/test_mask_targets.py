"""Every target with every action: what stands in the event afterwards."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.call import json_text
from moesif_declarative.rules.mask import MaskTrace

ABSENT = "(absent)"
KEY = "a key of more than sixteen characters"


def _hmac(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class Case:
    id: str
    rules: dict[str, dict[str, Any]]
    expect: dict[str, Any]
    body: Any = ""
    response_body: Any = ""
    uri: str = "/v1/items"
    headers: Any = ()
    response_headers: Any = ()
    members: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] | None = None
    options: dict[str, Any] = field(default_factory=dict)


def _one(rule_id: str, rule: dict[str, Any], expect: dict[str, Any], **more: Any) -> Case:
    return Case(rule_id, {"m": rule}, expect, **more)


CARD = {"card": "4111111111111111", "n": 4111111111111111, "o": {"b": 2, "a": 1}, "z": None}
FIELDS = ["card", "n", "o", "z"]
COOKIE = "a=1; sid=abcdefghijkl; b=2"
GIVEN = [
    ("Set-Cookie", "sid=abcdefghijkl; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/"),
    ("Set-Cookie", "o=1; Path=/"),
]
STARS = "************1111"

CASES = [
    # --- field and actions ---
    _one(
        "field redact",
        {"field": FIELDS},
        {"request.body": dict.fromkeys(FIELDS, "[REDACTED]")},
        body=CARD,
        counts={"m": 4},
    ),
    _one(
        "field redact with",
        {"field": FIELDS, "with": r"\1"},
        {"request.body": dict.fromkeys(FIELDS, r"\1")},
        body=CARD,
    ),
    _one("field remove", {"field": FIELDS, "action": "remove"}, {"request.body": {}}, body=CARD),
    _one(
        "field null",
        {"field": FIELDS, "action": "null"},
        {"request.body": dict.fromkeys(FIELDS)},
        body=CARD,
    ),
    _one(
        "field keep",
        {"field": FIELDS, "action": "keep"},
        {"request.body": {"card": STARS, "n": STARS, "o": "[REDACTED]", "z": "[REDACTED]"}},
        body=CARD,
    ),
    _one(
        "field keep, first and last",
        {"field": ["a", "b", "c"], "action": "keep", "first": 2, "last": 1},
        {"request.body": {"a": "ab***f", "b": "*****", "c": ""}},
        body={"a": "abcdef", "b": "abcde", "c": ""},
    ),
    _one(
        "field keep nothing",
        {"field": "a", "action": "keep", "last": 0},
        {"request.body": {"a": "******"}},
        body={"a": "abcdef"},
    ),
    _one(
        "field hash",
        {"field": FIELDS, "action": "hash"},
        {
            "request.body": {
                "card": _hmac("4111111111111111"),
                "n": _hmac("4111111111111111"),
                "o": _hmac('{"a":1,"b":2}'),
                "z": _hmac("null"),
            }
        },
        body=CARD,
        options={"MASK_HASH_KEY": KEY},
    ),
    _one(
        "field truncate",
        {"field": ["t", "s", "o", "n"], "action": "truncate", "length": 3, "with": "…"},
        {"request.body": {"t": "abc…", "s": "abc", "o": '{"a…', "n": 7}},
        body={"t": "abcd", "s": "abc", "o": {"a": 1}, "n": 7},
    ),
    _one(
        "field set",
        {"field": FIELDS, "action": "set", "with": {"k": [0]}},
        {"request.body": {key: {"k": [0]} for key in FIELDS}},
        body=CARD,
    ),
    _one(
        "field: case, dashes, globs, depth, both sides, JSON in strings",
        {"field": ["card-number", "*secret*"]},
        {
            "request.body": {
                "CARD_Number": "[REDACTED]",
                "l": [{"card-number": "[REDACTED]"}],
                "s": '{"my secrets":"[REDACTED]","x":1}',
            },
            "response.body": [{"Secret": "[REDACTED]"}],
        },
        body={"CARD_Number": 1, "l": [{"card-number": 2}], "s": '{ "my secrets": [], "x": 1}'},
        response_body=[{"Secret": "s"}],
    ),
    _one(
        "field: one side",
        {"field": "a", "in": ["response.body"]},
        {"request.body": {"a": 1}, "response.body": {"a": "[REDACTED]"}},
        body={"a": 1},
        response_body={"a": 1},
    ),
    _one(
        "field: numbers and strings that no rule names stay as they were",
        {"field": "a"},
        {"request.body": {"s": '{"b": 1.0}', "f": "1.50", "a": "[REDACTED]"}},
        body={"s": '{"b": 1.0}', "f": "1.50", "a": 1},
    ),
    Case(
        "field: the first rule in order wins, and what is masked is left alone",
        {
            "one": {"field": "a", "action": "keep"},
            "two": {"field": "*"},
            "three": {"regex": r"\*"},
            "four": {"jsonpath": "$.request.body.a"},
        },
        {"request.body": {"a": "****5678", "b": "[REDACTED]"}},
        body={"a": "12345678", "b": 1},
        counts={"one": 1, "two": 1},
    ),
    Case(
        "what a truncated object held is still masked by name",
        {
            "cut": {"field": "user", "action": "truncate", "length": 20},
            "pw": {"field": "password"},
        },
        {"request.body": {"user": "[REDACTED]"}},
        body={"user": {"password": "secret-secret-secret"}},
    ),
    # --- jsonpath ---
    _one(
        "jsonpath redact, null included",
        {"jsonpath": ["$.request.body.list[*].a", "$.response.body.a"]},
        {
            "request.body": {"list": [{"a": "[REDACTED]", "b": 1}, {"a": "[REDACTED]"}, {}]},
            "response.body": {"a": "[REDACTED]"},
        },
        body={"list": [{"a": 1, "b": 1}, {"a": None}, {}]},
        response_body={"a": False},
        counts={"m": 3},
    ),
    _one(
        "jsonpath remove from a list",
        {"jsonpath": "$.request.body[?@.x > 1]", "action": "remove"},
        {"request.body": [{"x": 1}, {"x": 0}]},
        body=[{"x": 2}, {"x": 1}, {"x": 3}, {"x": 0}],
    ),
    _one(
        "jsonpath: the outer match wins",
        {"jsonpath": "$..a", "action": "hash"},
        {"request.body": {"a": _hmac('{"a":{"a":1}}')}},
        body={"a": {"a": {"a": 1}}},
        counts={"m": 1},
        options={"MASK_HASH_KEY": KEY},
    ),
    _one(
        "jsonpath set makes the last key",
        {"jsonpath": "$.request.body.a.b", "action": "set", "with": 7},
        {"request.body": {"a": {"b": 7}}, "response.body": {"x": 1}},
        body={"a": {}},
        response_body={"x": 1},
    ),
    _one(
        "jsonpath set makes nothing without a parent",
        {"jsonpath": "$.request.body.x.y", "action": "set", "with": 7},
        {"request.body": {"a": 1}},
        body={"a": 1},
        counts={},
    ),
    _one(
        "jsonpath set makes a header",
        {"jsonpath": "$.request.headers['X-Env']", "action": "set", "with": 7},
        {"request.headers": {"X-Env": "7"}},
    ),
    _one(
        "jsonpath set makes a member of the event",
        {"jsonpath": "$.user_id", "action": "set", "with": "someone"},
        {"user_id": "someone"},
    ),
    _one(
        "jsonpath on identities and metadata",
        {"jsonpath": ["$.user_id", "$.metadata.a"], "action": "remove"},
        {"user_id": ABSENT, "metadata": {"b": 2}},
        members={"user_id": "u", "metadata": {"a": 1, "b": 2}},
    ),
    _one(
        "jsonpath on a whole text body",
        {"jsonpath": "$.request.body"},
        {"request.body": "[REDACTED]", "request.transfer_encoding": "json"},
        body="some text",
    ),
    _one(
        "jsonpath: wildcards pass over what keeps its type",
        {"jsonpath": "$.*.*"},
        {
            "request.verb": "POST",
            "request.uri": "[REDACTED]",
            "request.headers": {"X-A": "[REDACTED]"},
            "request.body": "[REDACTED]",
            "request.transfer_encoding": "json",
            "response.status": 200,
            "weight": 1,
        },
        body="text",
        headers={"X-A": "1"},
    ),
    _one(
        "jsonpath: headers stay a map",
        {"jsonpath": "$.request.headers", "action": "keep"},
        {"request.headers": {"X-A": "*****6789"}},
        headers={"X-A": "123456789"},
    ),
    _one(
        "jsonpath set of a protected value with its own type",
        {"jsonpath": "$.response.status", "action": "set", "with": 418},
        {"response.status": 418},
    ),
    # --- headers ---
    _one(
        "header redact, both sides, any case",
        {"header": ["x-key", "*-id"]},
        {
            "request.headers": {"X-Key": "[REDACTED]", "X-User-Id": "[REDACTED]", "Accept": "a"},
            "response.headers": {"X-Key": "[REDACTED]"},
        },
        headers={"X-Key": "k", "X-User-Id": "u", "Accept": "a"},
        response_headers={"x-key": "k"},
    ),
    _one(
        "request_header remove",
        {"request_header": "X-Key", "action": "remove"},
        {"request.headers": {}, "response.headers": {"X-Key": "k"}},
        headers={"X-Key": "k"},
        response_headers={"X-Key": "k"},
    ),
    _one(
        "response_header keep, repeated headers",
        {"response_header": "X-Key", "action": "keep"},
        {"request.headers": {"X-Key": "k"}, "response.headers": {"X-Key": "*****mnop"}},
        headers={"X-Key": "k"},
        response_headers=[("X-Key", "abc"), ("X-Key", "mnop")],
    ),
    _one(
        "header null",
        {"header": "X-Key", "action": "null"},
        {"request.headers": {"X-Key": None}},
        headers={"X-Key": "k"},
    ),
    _one(
        "header hash",
        {"header": "X-Key", "action": "hash"},
        {"request.headers": {"X-Key": _hmac("k")}},
        headers={"X-Key": "k"},
        options={"MASK_HASH_KEY": KEY},
    ),
    _one(
        "header truncate",
        {"header": "X-Key", "action": "truncate", "length": 2},
        {"request.headers": {"X-Key": "ab"}},
        headers={"X-Key": "abc"},
    ),
    _one(
        "request_header set",
        {"request_header": "x-env", "action": "set", "with": 1},
        {"request.headers": {"X-Env": "1"}, "response.headers": {}},
    ),
    _one(
        "headers_except",
        {"headers_except": ["accept", "X-*"], "action": "remove"},
        {"request.headers": {"Accept": "a", "X-A": "1"}, "response.headers": {}},
        headers={"Accept": "a", "X-A": "1", "Cookie": "c"},
        response_headers={"Server": "s"},
    ),
    # --- query ---
    _one(
        "query redact wherever a URL stands",
        {"query": "api-key"},
        {
            "request.uri": "https://api.example.test/p?a=%41&API_KEY=[REDACTED]&b=#api_key=[REDACTED]",
            "request.headers": {"Referer": "https://x/?%61pi_key=[REDACTED]"},
            "response.headers": {"Location": "/next?x=1;api-key=[REDACTED]&y"},
        },
        uri="/p?a=%41&API_KEY=s&b=#api_key=s",
        headers={"Referer": "https://x/?%61pi_key=s"},
        response_headers={"Location": "/next?x=1;api-key=s%3Bx&y"},
        counts={"m": 4},
    ),
    _one(
        "query remove takes the separator too",
        {"query": "t", "action": "remove"},
        {
            "request.uri": "https://api.example.test/p?a=1&b=2",
            "request.headers": {"Referer": "https://x/"},
        },
        uri="/p?t=0&a=1&T=2&b=2&t=3",
        headers={"Referer": "https://x/?t=1"},
    ),
    _one(
        "query null, keep, repeated names",
        {"query": ["t"], "action": "keep", "last": 2},
        {"request.uri": "https://api.example.test/?t=****%20f&t=**"},
        uri="/?t=abcd%20f&t=ab",
    ),
    _one(
        "query null",
        {"query": "t", "action": "null"},
        {"request.uri": "https://api.example.test/?t=&a"},
        uri="/?t=abc&a",
    ),
    _one(
        "query set",
        {"query": "t", "action": "set", "with": "a b&c"},
        {"request.uri": "https://api.example.test/?t=a%20b%26c"},
        uri="/?t=abc",
    ),
    _one(
        "query in a URL inside an argument",
        {"query": "token"},
        {"request.uri": "https://api.example.test/?next=%2Fa%3Ftoken%3D[REDACTED]%26x%3D1&y=2"},
        uri="/?next=%2Fa%3Ftoken%3Dabc%26x%3D1&y=2",
    ),
    _one(
        "query in Link and Refresh",
        {"query": "t"},
        {
            "response.headers": {
                "Link": '<https://x/?t=[REDACTED]>; rel="next", <https://x/?a=1>; rel="prev"',
                "Refresh": "0; url=/?t=[REDACTED]",
            }
        },
        response_headers={
            "Link": '<https://x/?t=1>; rel="next", <https://x/?a=1>; rel="prev"',
            "Refresh": "0; url=/?t=1",
        },
    ),
    Case(
        "query: what one rule masked, the next leaves alone",
        {
            "one": {"query": "t", "action": "keep"},
            "two": {"query": "*"},
            "three": {"regex": r"\*+"},
        },
        {"request.uri": "https://api.example.test/?t=****5678&a=[REDACTED]"},
        uri="/?t=12345678&a=1",
    ),
    # --- cookie ---
    _one(
        "cookie redact",
        {"cookie": "sid"},
        {
            "request.headers": {"Cookie": "a=1; sid=[REDACTED]; b=2"},
            "response.headers": {
                "Set-Cookie": "sid=[REDACTED]; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/, "
                "o=1; Path=/"
            },
        },
        headers={"Cookie": COOKIE},
        response_headers=GIVEN,
    ),
    _one(
        "cookie remove",
        {"cookie": "sid", "action": "remove"},
        {
            "request.headers": {"Cookie": "a=1; b=2"},
            "response.headers": {"Set-Cookie": "o=1; Path=/"},
        },
        headers={"Cookie": COOKIE},
        response_headers=GIVEN,
    ),
    _one(
        "cookie remove the only one",
        {"cookie": "s*", "action": "remove"},
        {"request.headers": {}},
        headers={"Cookie": "sid=1"},
    ),
    _one(
        "cookie keep",
        {"cookie": "sid", "action": "keep"},
        {"request.headers": {"Cookie": "a=1; sid=********ijkl; b=2"}},
        headers={"Cookie": COOKIE},
    ),
    # --- regex ---
    _one(
        "regex redact everywhere, numbers, keys, groups",
        {"regex": r"acct-?([0-9])[0-9]+|7{4}", "with": r"acct-\1x"},
        {
            "request.uri": "https://api.example.test/acct-1x?a=acct-2x",
            "request.headers": {"X-A": "acct-3x"},
            "request.body": {"acct-4x": ["acct-5x!", "acct-x", True, None]},
            "response.headers": {"X-B": "acct-6x"},
            "response.body": _base64("a acct-7x b"),
            "metadata": {"a": "acct-8x", "n": 7777},
        },
        uri="/acct-11?a=acct-22",
        headers={"X-A": "acct-33"},
        body={"acct-44": ["acct-55!", 7777, True, None]},
        response_headers={"X-B": "acct-66"},
        response_body="a acct-77 b",
        members={"metadata": {"a": "acct-88", "n": 7777}},
        counts={"m": 9},
    ),
    _one(
        "regex in one header",
        {"regex": "[0-9]+", "in": ["request.headers.x-a"]},
        {"request.headers": {"X-A": "a[REDACTED]", "X-B": "b1"}, "request.body": {"a": 1}},
        headers={"X-A": "a1", "X-B": "b1"},
        body={"a": 1},
    ),
    _one(
        "regex remove",
        {"regex": "[0-9]+", "action": "remove", "in": ["request.body"]},
        {"request.body": {"a": "xy"}},
        body={"a": "x12y"},
    ),
    _one(
        "regex keep",
        {"regex": "[0-9]{6,}", "action": "keep", "last": 2, "in": ["request.body"]},
        {"request.body": {"a": "x******78 1"}},
        body={"a": "x12345678 1"},
    ),
    _one(
        "regex sees decoded arguments",
        {"regex": "a b", "in": ["request.uri"]},
        {"request.uri": "https://api.example.test/x%20y?q=c%20[REDACTED]&r=[REDACTED]"},
        uri="/x%20y?q=c%20a%20b&r=a+b",
    ),
    _one(
        "regex on keys keeps them distinct",
        {"regex": "[0-9]+", "in": ["request.body"]},
        {"request.body": {"[REDACTED]": 0, "[REDACTED] (2)": 0, "[REDACTED] (3)": 0}},
        body={"1": False, "2": False, "3": False},
    ),
    _one(
        "env_value",
        {"env_value": "DB_PASSWORD"},
        {"request.body": {"a": "x [REDACTED] y"}},
        body={"a": "x hunter2hunter2 y"},
        options={"variables": {"DB_PASSWORD": "hunter2hunter2"}},
    ),
    # --- body ---
    _one(
        "body redact",
        {"body": "both"},
        {
            "request.body": "[REDACTED]",
            "request.transfer_encoding": "json",
            "response.body": "[REDACTED]",
            "response.transfer_encoding": "json",
        },
        body={"a": 1},
        response_body=b"\xff\xfe\x00\x00\x01",
    ),
    _one(
        "body remove",
        {"body": "response", "action": "remove"},
        {
            "request.body": {"a": 1},
            "response.body": None,
            "response.transfer_encoding": ABSENT,
        },
        body={"a": 1},
        response_body={"a": 1},
    ),
    _one(
        "body null",
        {"body": "request", "action": "null"},
        {"request.body": None, "request.transfer_encoding": ABSENT},
        body="text",
    ),
    _one(
        "body hash",
        {"body": "both", "action": "hash"},
        {"request.body": _hmac("text"), "response.body": _hmac('{"a":1}')},
        body="text",
        response_body={"a": 1},
        options={"MASK_HASH_KEY": KEY},
    ),
    _one(
        "body truncate",
        {"body": "both", "action": "truncate", "length": 4, "with": "... [truncated]"},
        {
            "request.body": _base64("long... [truncated]"),
            "request.transfer_encoding": "base64",
            "response.body": '{"a"... [truncated]',
        },
        body="longer text",
        response_body={"a": 1},
    ),
    _one(
        "body set",
        {"body": "request", "action": "set", "with": {"n": 1}},
        {"request.body": {"n": 1}, "request.transfer_encoding": "json"},
        body="text",
    ),
    # --- presets ---
    _one(
        "credentials",
        {"preset": "credentials"},
        {
            "request.uri": "https://api.example.test/a?sig=[REDACTED]&x=1",
            "request.headers": {
                "Authorization": "[REDACTED]",
                "X-My-Token": "[REDACTED]",
                "Cookie": "[REDACTED]",
                "Referer": "https://[REDACTED]@h/",
            },
            "request.body": {
                "newPassword": "[REDACTED]",
                "client_secret": "[REDACTED]",
                "Api-Key": "[REDACTED]",
                "key": "k",
                "token": "t",
                "auth": "a",
                "url": "postgres://[REDACTED]@db/x",
            },
        },
        uri="/a?sig=abc&x=1",
        headers={
            "Authorization": "Bearer x",
            "X-My-Token": "t",
            "Cookie": "a=b",
            "Referer": "https://u:p@h/",
        },
        body={
            "newPassword": 1,
            "client_secret": {"a": 1},
            "Api-Key": "k",
            "key": "k",
            "token": "t",
            "auth": "a",
            "url": "postgres://u:p%40@db/x",
        },
    ),
    _one(
        "credentials without, and with an action",
        {"preset": "credentials", "without": ["cookie", "cvv"], "action": "remove"},
        {"request.headers": {"Cookie": "a=b"}, "request.body": {"cvv": 1}},
        headers={"Authorization": "x", "Cookie": "a=b"},
        body={"cvv": 1, "password": 1},
        options={"MASK_PRESETS": ["credentials"]},
    ),
    _one(
        "credentials in bodies alone",
        {"preset": "credentials", "in": ["request.body"]},
        {"request.headers": {"Authorization": "x"}, "request.body": {"cvv": "[REDACTED]"}},
        headers={"Authorization": "x"},
        body={"cvv": 1},
    ),
    _one(
        "emails, in the user id too",
        {"preset": "emails", "in": ["user_id", "request.body"]},
        {"user_id": "[REDACTED]", "request.body": ["[REDACTED]"], "company_id": "c@d.co"},
        body=["a@b.co"],
        members={"user_id": "a@b.co", "company_id": "c@d.co"},
    ),
    _one(
        "credit cards, as numbers and in arguments",
        {"preset": "credit_cards", "action": "keep"},
        {
            "request.uri": "https://api.example.test/?n=***************1111",
            "request.body": {"n": STARS, "m": 4111111111111112},
        },
        uri="/?n=4111%201111%201111%201111",
        body={"n": 4111111111111111, "m": 4111111111111112},
    ),
    _one(
        "ip_addresses",
        {"preset": "ip_addresses"},
        {"request.ip_address": "0.0.0.0", "request.headers": {"X-Forwarded-For": "[REDACTED]"}},
        headers={"X-Forwarded-For": "198.51.100.7"},
    ),
    # --- settings of the sibling packages, MASK_PRESETS, when ---
    Case(
        "list settings",
        {},
        {
            "request.uri": "https://api.example.test/?q=[REDACTED]",
            "request.headers": {"X-A": "[REDACTED]", "X-B": "2"},
            "response.headers": {"X-A": "1", "X-B": "[REDACTED]"},
            "request.body": {"a": "[REDACTED]", "b": 2},
            "response.body": {"a": 1, "b": "[REDACTED]"},
        },
        uri="/?q=1",
        headers={"X-A": "1", "X-B": "2"},
        response_headers={"X-A": "1", "X-B": "2"},
        body={"a": 1, "b": 2},
        response_body={"a": 1, "b": 2},
        options={
            "REQUEST_HEADER_MASKS": ["X-A"],
            "RESPONSE_HEADER_MASKS": ["X-B"],
            "REQUEST_BODY_MASKS": ["a"],
            "RESPONSE_BODY_MASKS": ["b"],
            "REQUEST_QUERY_MASKS": ["q"],
        },
        counts={
            "REQUEST_HEADER_MASKS": 1,
            "RESPONSE_HEADER_MASKS": 1,
            "REQUEST_BODY_MASKS": 1,
            "RESPONSE_BODY_MASKS": 1,
            "REQUEST_QUERY_MASKS": 1,
        },
    ),
    Case(
        "explicit rules first, presets after",
        {"mine": {"request_header": "Authorization", "action": "keep"}},
        {"request.headers": {"Authorization": "*****6789", "Cookie": "[REDACTED]"}},
        headers={"Authorization": "123456789", "Cookie": "a=b"},
        options={"MASK_PRESETS": ["credentials"]},
        counts={"mine": 1, "credentials": 1},
    ),
    Case(
        "when reads the call before any mask",
        {
            "one": {"field": "a"},
            "two": {"field": "b", "when": {"jsonpath": "$.request.body.a", "equals": 1}},
            "three": {"field": "c", "when": {"method": "GET"}},
        },
        {"request.body": {"a": "[REDACTED]", "b": "[REDACTED]", "c": 1}},
        body={"a": 1, "b": 1, "c": 1},
    ),
    _one(
        "options of other actions are ignored",
        {"field": "a", "action": "remove", "with": "x", "last": 4, "length": 1},
        {"request.body": {}},
        body={"a": 1},
    ),
]


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(document, dict) or key not in document:
            return ABSENT
        document = document[key]
    return document


def _raw(body: Any) -> Any:
    return body if isinstance(body, str | bytes) else json.dumps(body)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_rule_masks_what_its_target_names(case: Case, bench: Any, make_call: Any) -> None:
    masks = bench(case.rules or None, **case.options)
    assert not masks.problems.errors
    call = make_call(
        uri=case.uri,
        headers=case.headers,
        body=_raw(case.body),
        response_headers=case.response_headers,
        response_body=_raw(case.response_body),
    )
    masked = masks.apply(call, **case.members)
    assert {path: _at(masked.document, path) for path in case.expect} == case.expect
    assert (masked.failures, masked.left_out) == ((), ())
    if case.counts is not None:
        assert masked.counts == case.counts


NEVER = {"method": "TRACE"}


@pytest.mark.parametrize(
    "rule",
    [
        {"jsonpath": "$..*"},
        {"field": "*"},
        {"header": "*"},
        {"headers_except": "none"},
        {"query": "*"},
        {"cookie": "*"},
        {"regex": "."},
        {"body": "both"},
        {"preset": "credentials"},
        {"callable": lambda event: None},
    ],
    ids=lambda table: next(iter(table)),
)
def test_a_rule_whose_condition_does_not_hold_changes_nothing(
    rule: dict[str, Any], bench: Any, make_call: Any
) -> None:
    call = make_call(uri="/?a=1", headers={"Cookie": "a=b"}, body='{"password": 1}')
    before = copy.deepcopy(call.document)
    masked = bench({"never": {**rule, "when": NEVER}, "too": rule | {"when": [NEVER]}}).apply(call)
    assert (masked.document, masked.counts, masked.failures) == (before, {}, ())


def test_numbers_leave_as_they_were_written(bench: Any, make_call: Any) -> None:
    body = '{"a":1.10,"b":-0.0,"c":1e400,"password":1}'
    masked = bench({"pw": {"field": "password", "action": "remove"}}).apply(make_call(body=body))
    assert json_text.dump(masked.document["request"]["body"]) == '{"a":1.10,"b":-0.0,"c":"1e400"}'


def test_a_trace_says_where_never_what(bench: Any, make_call: Any) -> None:
    trace = MaskTrace()
    masks = bench({"pw": {"field": "password"}, "k": {"header": "X-Key"}})
    call = make_call(
        headers={"X-Key": "k"}, body='{"a": [{"password": 1}], "s": "{\\"password\\": 2}"}'
    )
    masks.apply(call, trace)
    assert sorted(trace.places("pw")) == [
        "request.body.a[0].password",
        "request.body.s.password",
    ]
    assert trace.places("k") == ["request.headers.X-Key"]
    assert trace.places("other") == []


def test_rules_stand_in_their_order_of_work(bench: Any) -> None:
    masks = bench(
        {"mail": {"preset": "emails"}, "pw": {"field": "password", "action": "remove"}},
        REQUEST_BODY_MASKS=["a"],
        MASK_PRESETS=["credentials", "emails"],
    )
    assert [(rule.name, rule.text) for rule in masks.masks.rules] == [
        ("pw", 'field = "password", action = "remove"'),
        ("REQUEST_BODY_MASKS", 'field = ["a"], in = ["request.body"]'),
        ("mail", 'preset = "emails"'),
        ("credentials", 'preset = "credentials"'),
    ]
