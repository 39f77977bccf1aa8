"""Passing over what holds nothing to mask gives the same as looking at everything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from moesif_declarative.call import json_text
from moesif_declarative.errors import Place, Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.names import compile_names, normalise
from moesif_declarative.rules.mask.nested import begins_like_json
from moesif_declarative.rules.mask.presets import USERINFO
from moesif_declarative.rules.mask.sieve import Sieve, sign_of_names
from moesif_declarative.rules.mask.text import PRESETS, compile_detector
from moesif_declarative.rules.mask.text.sign import Sign

JSON = {"Content-Type": "application/json"}
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("password", "Pass-Word", "pass_word", "api_key", "straße", "STRASSE", "x", "na me", "é")
SECRETS = (
    *("4111 1111 1111 1111", "a@b.co", "a＠b.co", "10.0.0.1", "fe80::1", "123-45-6789"),  # noqa: RUF001
    *("DE89370400440532013000", "+1 415 555 2671", "eyJhbGciOiJIUzI1NiJ9.e30.x", "030 1234567"),
    *("https://u:p@h/", "//u:p@h", "acct-123456", "٤١١١١١١١١١١١١١١١", "１２３-４５-６７８９"),  # noqa: RUF001
    *("x\nacct-9\n", "acct", "%40", "a%40b.co", "a%2540b.co", "&#112;assword", "\\u0070assword"),
)
texts = st.one_of(
    st.sampled_from(SECRETS),
    st.text(max_size=6),
    st.text('"\\/{}[]:,\n\t ap@-_%+&=.0é\u2028\x00', max_size=8),
    st.lists(st.sampled_from((*SECRETS, *NAMES, " ", "-", "=", "&")), max_size=3).map("".join),
)
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([4111111111111111, 1.5, -0.0, 1e300, 10.01]),
)
keys = st.one_of(st.sampled_from(NAMES), st.text(max_size=4), texts)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | inner.map(json.dumps)
        | inner.map(lambda value: json.dumps(value, ensure_ascii=False))
    ),
    max_leaves=14,
)
bodies = st.builds(
    lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
    values,
    st.booleans(),
    st.sampled_from([None, 1]),
)
written = st.one_of(
    bodies,
    bodies.map(lambda text: text.replace("/", "\\/")),
    bodies.map(lambda text: text.replace("password", "p\\u0061ssword")),
    st.builds(
        lambda text, name, number: f'{{"{name}": {number}, "{name}": {text}}}',
        bodies,
        st.sampled_from(["password", "a", "é"]),
        st.sampled_from(["1.50", "-0", "1e5", "12345678901234567890123", "0.00001", "7"]),
    ),
    st.text(max_size=10),
)
KEY = "a key of more than sixteen characters"
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"f": {"field": ["password", "api_key", "strasse", "é"]}},
    {"f": {"field": ["*pass*", "x"], "action": "remove"}, "g": {"field": "na?me"}},
    {"f": {"field": "password", "action": "hash"}, "p": {"jsonpath": ["$..x", "$..password"]}},
    {"p": {"jsonpath": "$..password"}, "q": {"jsonpath": "$..x", "action": "truncate"}},
    {"p": {"jsonpath": ["$..headers", "$..x", "$..metadata"]}, "f": {"field": "x"}},
    {
        "p": {"jsonpath": "$..x", "action": "set", "with": {"password": {"x": 1}}},
        "q": {"jsonpath": ["$..password", "$..api_key"]},
    },
    {
        "m": {"jsonpath": "$.request.body.password", "action": "set", "with": "a@b.co"},
        "e": {"preset": "emails"},
        "f": {"field": "api_key"},
    },
    {
        "t": {"field": "x", "action": "truncate", "length": 3, "with": "a@b.co"},
        "e": {"preset": "emails"},
        "r": {"regex": "acct-[0-9]+"},
    },
    {"r": {"regex": "acct-[0-9]+|(?i:P[a]ss)"}, "s": {"regex": "^acct$", "with": "a@b.co"}},
    {"r": {"regex": "a", "with": "password"}, "f": {"field": "p*"}, "e": {"preset": "emails"}},
    {"b": {"body": "request"}, "f": {"field": "password"}, "p": {"jsonpath": "$..password"}},
    {"w": {"field": "password", "when": {"path": "/never"}}, "f": {"field": "x"}},
    {"q": {"query": ["password", "api_key", "é"]}, "c": {"cookie": "x"}},
    {
        "p": {"jsonpath": "$..x", "action": "truncate", "length": 9},
        "q": {"jsonpath": "$..password"},
    },
    {
        "p": {"jsonpath": ["$..password", "$..api_key", "$..x"], "action": "remove"},
        "q": {"jsonpath": ["$.*.body..[?@.x]", "$.metadata.*.*", "$.request.body[0].password"]},
        "r": {"jsonpath": "$.request.body.a.password", "action": "set", "with": "{"},
        "f": {"field": "x"},
    },
)
CONTENT = ["credit_cards", "emails", "ip_addresses", "us_ssn", "iban", "phone_numbers"]
PRESET_LISTS: tuple[list[str], ...] = (
    [],
    ["credentials"],
    ["credentials", "emails"],
    CONTENT,
    ["credentials", *CONTENT],
)
uris = st.lists(
    st.sampled_from(
        [*SECRETS, "?", "&", "#", "=", "password", "%70assword", "%2570assword", "/a", ";", "+"]
    ),
    max_size=6,
).map(lambda pieces: "/" + "".join(pieces))
headers = st.dictionaries(
    st.sampled_from(["Referer", "X-Note", "Link", "Authorization", "Cookie", "X-Back-Url"]),
    st.one_of(texts, uris.map(lambda uri: f"https://h{uri}")).map(
        lambda text: "".join(letter for letter in text if " " < letter < "\x7f")
    ),
    max_size=3,
)


_made: dict[tuple[int, int], tuple[Any, Any]] = {}


def _both(bench: Any, rules: int, presets: int) -> tuple[Any, Any]:
    """Compile a rule set, once, for both ways."""
    if (rules, presets) not in _made:
        made = bench(RULES[rules] or None, MASK_PRESETS=PRESET_LISTS[presets], MASK_HASH_KEY=KEY)
        assert not made.problems.errors
        _made[rules, presets] = made, replace(made, masks=replace(made.masks, sieve=None))
    return _made[rules, presets]


@given(
    rules=st.integers(0, len(RULES) - 1),
    presets=st.integers(0, len(PRESET_LISTS) - 1),
    request_body=written,
    response_body=written,
    typed=st.booleans(),
    uri=uris,
    sent=headers,
    answered=headers,
    metadata=st.none() | st.dictionaries(keys, values, max_size=3),
    user=st.none() | texts,
)
@THOROUGH
def test_the_fast_way_masks_as_the_plain_way(
    bench: Any,
    make_call: Any,
    rules: int,
    presets: int,
    request_body: str,
    response_body: str,
    typed: bool,
    uri: str,
    sent: Any,
    answered: Any,
    metadata: Any,
    user: Any,
) -> None:
    members = {"metadata": metadata, "user_id": user}
    call = {
        "uri": uri,
        "headers": {**sent, **(JSON if typed else {})},
        "body": request_body.encode("utf-8", "replace"),
        "response_headers": {**answered, **JSON},
        "response_body": response_body.encode("utf-8", "replace"),
    }
    given_members = {key: value for key, value in members.items() if value is not None}
    fast, plain = (
        masks.apply(make_call(**call), **copy.deepcopy(given_members))
        for masks in _both(bench, rules, presets)
    )
    assert json_text.encode(fast.document) == json_text.encode(plain.document)
    assert (fast.counts, fast.left_out, fast.failures) == (
        plain.counts,
        plain.left_out,
        plain.failures,
    )


@given(text=written)
@example(text='{"a": "b\\n\\/\\"c", "\\t": 1.5}')
@example(text='["\u00a0{", "\\u00e9", "\\\\"]')
@settings(max_examples=300, deadline=None)
def test_what_is_literal_stands_in_the_text_as_it_is(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    text = raw.decode()
    try:
        value, literal = json_text.parse_utf8(raw, text)
    except ValueError:
        return
    assert json_text.encode(value) == json_text.encode(json_text.parse(text))
    if literal:
        plain = json_text.unescaped(text)
        missing = [part for part in _parts(value) if part not in plain]
        assert missing == []
        assert not any(map(begins_like_json, _parts(value)))


def _parts(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += (*item, *item.values())
        elif isinstance(item, list):
            stack += item
        else:
            part = scalar_text(item)
            if part is not None:
                yield part


DETECTORS = {**PRESETS, "userinfo": USERINFO}
around = st.text('"{}[]:,. -@/+0a1:\x00é?', max_size=6)


@pytest.mark.parametrize("name", DETECTORS)
@given(part=texts, before=around, after=around)
@settings(max_examples=150, deadline=None)
def test_a_detector_s_sign_stands_around_all_it_finds(
    name: str, part: str, before: str, after: str
) -> None:
    detector = DETECTORS[name]
    assert detector.sign is not None
    if detector.replace(part, lambda _: "")[1]:
        assert detector.sign in Sieve([detector.sign]).found(f"{before}{part}{after}")


SOURCES = ("a", "a.b", "[^x]{2}", "(?i)A", "^a", "a$", r"\ba\b", r"x\[^a", r"\Qa[\E^", r"a\z", "x*")


@pytest.mark.parametrize("source", SOURCES)
@given(part=st.text("abxyA[ \n", max_size=4), before=st.text("ab[ \n", max_size=2))
@settings(max_examples=100, deadline=None)
def test_a_regex_that_tests_whole_texts_misses_no_part(source: str, part: str, before: str) -> None:
    scope = Scope(Problems(), {}, "test")
    detector = compile_detector("regex", {"regex": source}, Place(("m",), {}), scope)
    if detector is None or detector.may is None:
        return
    if detector.replace(part, lambda _: "")[1]:
        assert detector.may(f"{before}{part}{before}")


@pytest.mark.parametrize("source", ["^a", "a$", r"\ba", r"x\[^a", r"\Qa[\E^", r"a\z", r"\Aa"])
def test_a_regex_that_looks_around_is_tried_on_each_text(source: str) -> None:
    scope = Scope(Problems(), {}, "test")
    detector = compile_detector("regex", {"regex": source}, Place(("m",), {}), scope)
    assert detector is None or detector.may is None


@given(
    globs=st.lists(st.one_of(st.sampled_from(NAMES), st.text("ab-_*?é", max_size=4)), max_size=3),
    key=keys,
    before=around,
)
@settings(max_examples=300, deadline=None)
def test_the_sign_of_names_stands_around_every_name(
    globs: list[str], key: str, before: str
) -> None:
    names = compile_names(globs)
    sign = sign_of_names(names.cores)
    if names.match(normalise(key)):
        assert sign in Sieve([sign]).found(f"{before}{key}{before}")


def test_a_lone_surrogate_hides_no_sign() -> None:
    sign = Sign("@")
    assert Sieve([sign]).found("\ud800") >= {sign}
