"""Whatever the rules, the body and its encoding: no masked value leaves, and nothing else stays."""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.call import json_text

CANARY = "canary7G4kQ2zz"
NAMES = ("password", "card-number", "apiKey", "naïve name", 'quo"ted', "x")
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "the other dash": lambda name: name.replace("-", "_"),
}

masked_value = st.one_of(
    st.just(CANARY),
    st.just([CANARY, 1]),
    st.just({"inner": {"deep": CANARY}}),
    st.just(f'{{"half": "{CANARY}'),
)
ordinary_value = st.one_of(
    st.integers(0, 2**63),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.just("[a] b"),
    st.just(1.5),
)


@dataclass(frozen=True)
class Sample:
    """A body with masked members, and the siblings that must be there afterwards."""

    value: dict[str, Any]
    siblings: tuple[str, ...]


@st.composite
def samples(draw: st.DrawFn, names: tuple[str, ...], spelled: bool) -> Sample:
    siblings: list[str] = []

    def members(depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(draw(st.integers(1, 3))):
            sibling = f"sibling-{len(siblings)}-end"
            siblings.append(sibling)
            found[f"k{len(siblings)}"] = sibling
            found[f"v{len(siblings)}"] = draw(ordinary_value)
            kind = draw(st.sampled_from(["masked", "object", "list", "none"]))
            if kind == "masked":
                name = draw(st.sampled_from(names))
                spell = draw(st.sampled_from(sorted(SPELLINGS))) if spelled else "as it is"
                found[SPELLINGS[spell](name)] = draw(masked_value)
            elif kind == "object" and depth < 3:
                found[f"o{len(siblings)}"] = members(depth + 1)
            elif kind == "list" and depth < 3:
                found[f"l{len(siblings)}"] = [members(depth + 1), [members(depth + 1)]]
        return found

    value = members(0)
    value[names[0]] = CANARY
    return Sample(value, tuple(siblings))


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _escaped_keys(value: Any) -> str:
    text = json.dumps(value)
    for name in NAMES:
        for spell in SPELLINGS.values():
            written = json.dumps(spell(name))
            codes = "".join(f"\\u{ord(letter):04x}" for letter in spell(name))
            text = text.replace(f"{written}:", f'"{codes}":')
    return text


def _nested(depth: int) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        for level in range(depth):
            value = {f"level{level}": json.dumps(value)}
        return json.dumps(value)

    return write


TEXTS: dict[str, Callable[[Any], str]] = {
    "plain": _plain,
    "indented": lambda value: "\r\n\t " + json.dumps(value, indent=2),
    "escaped keys": _escaped_keys,
}
NESTED: dict[str, Callable[[Any], str]] = {
    "in a string": _nested(1),
    "in strings five deep": _nested(5),
    "a string in a list": lambda value: json.dumps([[" " + json.dumps(value)]]),
    "a string of a string": lambda value: json.dumps({"s": json.dumps(json.dumps(value))}),
    "escaped keys in a string": lambda value: json.dumps({"s": _escaped_keys(value)}),
    "a repeated key in a string": lambda value: json.dumps(
        {"s": f'{{"again": {json.dumps(value)}, "again": {json.dumps(value)}}}'}
    ),
    "a member that a repeated key hides": lambda value: json.dumps(
        {"s": f'{{"again": {json.dumps({NAMES[0]: CANARY})}, "again": {json.dumps(value)}}}'}
    ),
    "a string that is cut": lambda value: json.dumps(
        {"s": json.dumps({NAMES[0]: CANARY})[:-1], "v": json.dumps(value)}
    ),
    "a key": lambda value: json.dumps({json.dumps({NAMES[0]: CANARY}): 1, "v": value}),
}
BYTES: dict[str, Callable[[str], tuple[dict[str, str], bytes]]] = {
    "utf-8": lambda text: ({}, text.encode()),
    "utf-8 with a mark": lambda text: ({}, b"\xef\xbb\xbf" + text.encode()),
    "utf-16": lambda text: ({"Content-Type": "application/json"}, text.encode("utf-16")),
    "utf-16-be": lambda text: (
        {"Content-Type": "application/json; charset=utf-16-be"},
        text.encode("utf-16-be"),
    ),
    "utf-32": lambda text: ({"Content-Type": "application/json"}, text.encode("utf-32")),
    "gzip": lambda text: ({"Content-Encoding": "gzip"}, gzip.compress(text.encode())),
    "deflate": lambda text: ({"Content-Encoding": "deflate"}, zlib.compress(text.encode())),
    "a lying type": lambda text: ({"Content-Type": "text/html"}, text.encode()),
    "a form by its type": lambda text: (
        {"Content-Type": "application/x-www-form-urlencoded"},
        text.encode(),
    ),
    "a lying charset": lambda text: (
        {"Content-Type": "application/json; charset=utf-16"},
        text.encode(),
    ),
}
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda raw: raw[: len(raw) - 3],
    "doubled": lambda raw: raw + raw,
    "garbage before": lambda raw: b"x" + raw,
}


def _form(value: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    pairs = [
        (key, item if isinstance(item, str) else json.dumps(item)) for key, item in value.items()
    ]
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(pairs).encode()


def _multipart(value: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    parts = "".join(
        f'--b0\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
        f"{item if isinstance(item, str) else json.dumps(item)}\r\n"
        for key, item in value.items()
        if '"' not in key
    )
    return {"Content-Type": "multipart/form-data; boundary=b0"}, f"{parts}--b0--\r\n".encode()


FINAL = st.sampled_from(["redact", "remove", "null", "keep"])
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _check(masks: Any, call: Any, leaks: Any, siblings: tuple[str, ...]) -> None:
    masked = masks.apply(call)
    assert masked.failures == ()
    assert not leaks(masked.document, CANARY)
    sent = json_text.dump(masked.document)
    assert [sibling for sibling in siblings if sibling not in sent] == []


def _twice(masks: Any, make_call: Any, document: dict[str, Any]) -> None:
    again = masks.masks.apply(copy.deepcopy(document), make_call(), masks.masks.decide(make_call()))
    assert again.document == document


@given(
    sample=samples(NAMES, spelled=True),
    text=st.sampled_from(sorted({**TEXTS, **NESTED})),
    raw=st.sampled_from(sorted(BYTES)),
    action=FINAL,
    several=st.booleans(),
)
@RELAXED
def test_fields_are_masked_in_every_encoding_of_json(
    bench: Any,
    make_call: Any,
    leaks: Any,
    sample: Any,
    text: str,
    raw: str,
    action: str,
    several: bool,
) -> None:
    rules = (
        {f"f{n}": {"field": name, "action": action} for n, name in enumerate(NAMES)}
        if several
        else {"every": {"field": list(NAMES), "action": action}}
    )
    headers, body = BYTES[raw]({**TEXTS, **NESTED}[text](sample.value))
    masks = bench(rules)
    call = make_call(headers=headers, body=body, response_headers=headers, response_body=body)
    _check(masks, call, leaks, sample.siblings)
    _twice(masks, make_call, call.document)


@given(
    sample=samples(("password", "card-number", "x"), spelled=True),
    encode=st.sampled_from([_form, _multipart]),
    action=FINAL,
)
@RELAXED
def test_fields_are_masked_in_forms(
    bench: Any, make_call: Any, leaks: Any, sample: Any, encode: Any, action: str
) -> None:
    headers, body = encode(sample.value)
    masks = bench({"every": {"field": ["password", "card-number", "x"], "action": action}})
    call = make_call(headers=headers, body=body)
    assert call.request_body.kind == "form"
    _check(masks, call, leaks, sample.siblings)
    _twice(masks, make_call, call.document)


@given(
    sample=samples(NAMES, spelled=True),
    text=st.sampled_from(sorted({**TEXTS, **NESTED})),
    raw=st.sampled_from(sorted(BYTES)),
    broken=st.sampled_from(sorted(BROKEN)),
    preset=st.booleans(),
)
@RELAXED
def test_no_broken_body_carries_a_masked_value_out(
    bench: Any,
    make_call: Any,
    leaks: Any,
    sample: Any,
    text: str,
    raw: str,
    broken: str,
    preset: bool,
) -> None:
    headers, body = BYTES[raw]({**TEXTS, **NESTED}[text](sample.value))
    rules: dict[str, Any] = {"every": {"field": list(NAMES)}}
    if preset:
        rules["creds"] = {"preset": "credentials"}
    call = make_call(headers=headers, body=BROKEN[broken](body))
    _check(bench(rules), call, leaks, ())


@given(
    sample=samples(("password", "x", "naïve name"), spelled=False),
    text=st.sampled_from(sorted({**TEXTS, **NESTED})),
    raw=st.sampled_from(sorted(BYTES)),
    broken=st.sampled_from(["", *sorted(BROKEN)]),
    action=FINAL,
)
@RELAXED
def test_paths_reach_every_node_or_the_body_stays(
    bench: Any,
    make_call: Any,
    leaks: Any,
    sample: Any,
    text: str,
    raw: str,
    broken: str,
    action: str,
) -> None:
    headers, body = BYTES[raw]({**TEXTS, **NESTED}[text](sample.value))
    if broken:
        body = BROKEN[broken](body)
    paths = ["$..password", "$.request.body..x", "$.*.body..['naïve name']", "$.response.body..x"]
    masks = bench({"every": {"jsonpath": paths, "action": action}})
    call = make_call(headers=headers, body=body, response_headers=headers, response_body=body)
    _check(masks, call, leaks, () if broken else sample.siblings)
    _twice(masks, make_call, call.document)


@given(
    sample=samples(NAMES, spelled=True),
    text=st.sampled_from(sorted({**TEXTS, **NESTED})),
    raw=st.sampled_from(sorted(BYTES)),
    broken=st.sampled_from(["", *sorted(BROKEN)]),
)
@RELAXED
def test_a_regex_finds_its_text_in_every_body(
    bench: Any, make_call: Any, leaks: Any, sample: Any, text: str, raw: str, broken: str
) -> None:
    headers, body = BYTES[raw]({**TEXTS, **NESTED}[text](sample.value))
    if broken:
        body = BROKEN[broken](body)
    masks = bench({"canary": {"regex": "canary[0-9A-Za-z]+"}})
    call = make_call(headers=headers, body=body)
    _check(masks, call, leaks, ())
    _twice(masks, make_call, call.document)


argument = st.tuples(
    st.sampled_from(["token", "Token", "%74oken", "a", "page", "api-key", "API_KEY", ""]),
    st.sampled_from([CANARY, "", "1", "%20", CANARY + "%20x", f"{CANARY}=;{CANARY}", "%zz"]),
)


@given(
    arguments=st.lists(argument, max_size=5),
    separator=st.sampled_from("&;"),
    start=st.sampled_from(["?", "#", "?a=1#", "#/route?"]),
    action=FINAL,
)
@RELAXED
def test_arguments_are_masked_wherever_a_url_stands(
    bench: Any, make_call: Any, leaks: Any, arguments: Any, separator: str, start: str, action: str
) -> None:
    masked_names = {"token", "Token", "%74oken", "api-key", "API_KEY"}
    pairs = [
        (name, value if name in masked_names else value.replace(CANARY, "ok").replace(";", ""))
        for name, value in arguments
    ]
    url = "https://shop.test/x" + start + separator.join(f"{name}={value}" for name, value in pairs)
    masks = bench({"args": {"query": ["token", "api_key"], "action": action}})
    call = make_call(
        uri=url.removeprefix("https://shop.test"),
        headers={"Referer": url},
        response_headers={"Location": url.removeprefix("https:")},
    )
    _check(masks, call, leaks, ())
    if not any(name in masked_names for name, _ in pairs):
        assert call.document["request"]["headers"]["Referer"] == url
    _twice(masks, make_call, call.document)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("action", ["redact", "remove", "null", "keep", "truncate", "hash", "set"])
@given(body=json_values, metadata=json_values, user=json_values)
@settings(max_examples=25, deadline=None)
def test_no_rule_raises_on_any_json(
    bench: Any, make_call: Any, action: str, body: Any, metadata: Any, user: Any
) -> None:
    rules: dict[str, dict[str, Any]] = {
        "f1": {"field": ["*a*", "0"], "action": action},
        "p1": {"jsonpath": ["$..*", "$.request.body[0]", "$.metadata.x"], "action": action},
        "h1": {"header": "*", "action": action},
        "r1": {"regex": ".", "action": action},
        "b1": {"body": "both", "action": action},
    }
    for rule in rules.values():
        rule |= {"with": "*"} if action == "set" else {}
    for chosen in (*({name: rule} for name, rule in rules.items()), rules):
        masks = bench(chosen, MASK_HASH_KEY="a key of more than sixteen characters")
        assert not masks.problems.errors
        call = make_call(headers={"X": "1"})
        call.document["request"] |= {"body": copy.deepcopy(body), "transfer_encoding": "json"}
        masked = masks.apply(call, metadata=copy.deepcopy(metadata), user_id=user)
        assert masked.failures == ()
        assert masked.document["request"]["time"] == call.request_time
        json_text.encode(masked.document)
