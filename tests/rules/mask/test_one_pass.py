"""What the pass over a JSON body's bytes tells is what a look at everything finds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from moesif_declarative.call import Call, View, json_text
from moesif_declarative.call.json_scan import JsonScan
from moesif_declarative.rules.mask.names import compile_names
from moesif_declarative.rules.mask.sieve import Sieve, sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign

UNLIMITED = 1 << 26
JSON = {"Content-Type": "application/json"}
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = (
    *("password", "Pass-Word", "api_key", "a@b.co", "4111 1111 1111 1111", "plain", "", "/"),
    *("eyJhbGciOiJIUzI1NiJ9.e30.x", "https://u:p@h/", "token=1", "é", '"', "\n", "a\\b"),
    *('{"password": 1}', " [", "2024-05-01T10:20:30Z", "x" * 40),
)
NUMBERS = ("0", "7", "1.5", "1.50", "-0", "1e5", "12345678901234567890123", "4111111111111111")
texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=4))
values = st.recursive(
    st.none() | st.booleans() | texts | st.sampled_from([float(n) for n in NUMBERS]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=16,
)
bodies = st.one_of(
    st.builds(
        lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only), values, st.booleans()
    ),
    st.builds(
        lambda name, number, text: f'{{"{name}": {number}, "{name}": "{text}", "x": [{number}]}}',
        st.sampled_from(["password", "a", "api-key", "é"]),
        st.sampled_from(NUMBERS),
        st.sampled_from(["a@b.co", "b", "eyJhbGciOiJIUzI1NiJ9.e30.x"]),
    ),
    st.text('{}[]":, 01aé\\', max_size=8),
)
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"f": {"field": ["password", "*key", "é"]}},
    {"f": {"field": "password", "action": "remove"}, "p": {"jsonpath": ["$..x", "$..password"]}},
    {"f": {"field": "password", "action": "truncate", "length": 2}, "e": {"preset": "emails"}},
    {"r": {"regex": "a", "with": "password"}, "f": {"field": "pass*"}, "q": {"query": "token"}},
    {"w": {"field": "password", "when": {"path": "/never"}}, "f": {"field": "x"}},
)
PRESETS: tuple[list[str], ...] = ([], ["credentials"], ["credentials", "emails", "credit_cards"])


@given(
    rules=st.sampled_from(RULES),
    presets=st.sampled_from(PRESETS),
    request_body=bodies,
    response_body=bodies,
    uri=st.sampled_from(["/a", "/a?token=1", "/a?x=%70assword%3D1", "/a+b?%2574oken=1"]),
    metadata=st.none() | st.dictionaries(texts, texts, max_size=2),
)
@example({}, ["credentials"], '{"a": 1}', '{"password": 1.50, "b": "x"}', "/a", None)
@THOROUGH
def test_one_pass_masks_as_a_look_at_everything(
    bench: Any,
    make_call: Any,
    rules: dict[str, Any],
    presets: list[str],
    request_body: str,
    response_body: str,
    uri: str,
    metadata: Any,
) -> None:
    made = bench(rules or None, MASK_PRESETS=presets)
    plain_masks = replace(made.masks, sieve=None)
    call = make_call(
        uri=uri,
        headers=JSON,
        body=request_body.encode("utf-8", "replace"),
        response_headers=JSON,
        response_body=response_body.encode("utf-8", "replace"),
    )
    members = {} if metadata is None else {"metadata": metadata}
    masked = [
        replace(made, masks=masks).apply(
            Call(call.record, View(UNLIMITED, scan=made.masks.scan)), **json_text.plain(members)
        )
        for masks in (made.masks, plain_masks)
    ]
    fast, plain = masked
    assert json_text.encode(fast.document) == json_text.encode(plain.document)
    assert (fast.counts, fast.left_out, fast.failures) == (
        plain.counts,
        plain.left_out,
        plain.failures,
    )


SIGNS = (
    sign_of_names(compile_names(["password", "api_key", "*secret"]).cores),
    Sign('//[^/?#"<> ]+@'),
    Sign(r"[0-9]{13}", "shadow"),
)


@given(body=bodies)
@THOROUGH
def test_what_the_bytes_hold_is_what_the_sieve_finds_in_the_text(body: str) -> None:
    if not body.isascii() or "\\" in body:
        return
    look = JsonScan({sign: sign.pattern for sign in SIGNS}).look(body.encode())
    assert look.found == Sieve(SIGNS).found(body) & set(SIGNS)


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    exact: bool
    literal: bool
    found: frozenset[str]


CASES = (
    Case("nothing", '{"a": 1}', True, True, frozenset()),
    Case("one sign", '{"secret": 1}', True, True, frozenset({"s"})),
    Case("a number with its zeros", '{"secret": 1.50}', False, True, frozenset({"s"})),
    Case("an escape", '{"secret": "\\u0041"}', True, False, frozenset({"s"})),
    Case("a string of JSON", '{"mine": "[1]"}', True, False, frozenset({"m"})),
    Case("both signs", '{"mine": "secret"}', True, True, frozenset({"s", "m"})),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_pass_tells_how_to_read_and_what_is_there(case: Case) -> None:
    look = JsonScan({"s": "secret", "m": "mine"}).look(case.text.encode())
    assert (look.exact, look.literal, look.found) == (case.exact, case.literal, case.found)
