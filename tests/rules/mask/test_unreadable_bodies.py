"""Bodies that are no clean JSON: whatever they are, a masked value does not leave in them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

HARD_FILES = Path(__file__).parents[4] / "shared" / "data" / "json-parsing.json"
CANARY = "canary7G4kQ2"
RULES: dict[str, Any] = {
    "fields": {"field": "password"},
    "paths": {"jsonpath": ["$.request.body..password", "$..password"]},
    "creds": {"preset": "credentials"},
}
TYPES = ["application/json", "text/plain", "", "application/x-www-form-urlencoded"]


def _wrapped(raw: bytes) -> list[bytes]:
    secret = b'"password": "' + CANARY.encode() + b'"'
    return [
        b"{" + secret + b', "x": ' + raw + b"}",
        b'{"x": ' + raw + b", " + secret + b"}",
        raw + b"{" + secret + b"}",
        b"{" + secret + b"}" + raw,
        b'{"password": [' + raw + b', "' + CANARY.encode() + b'"]}',
        b'{"x": ' + json.dumps(raw.decode("latin-1") + "{" + secret.decode() + "}").encode() + b"}",
    ]


@pytest.fixture(scope="module")
def hard_files() -> dict[str, bytes]:
    if not HARD_FILES.is_file():
        pytest.skip("the JSON test suite is not beside the project (../shared/data)")
    files = json.loads(HARD_FILES.read_text())
    return {name: base64.b64decode(data) for name, data in files.items()}


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("content_type", TYPES)
def test_no_hard_file_carries_a_masked_value_out(
    rule: str, content_type: str, hard_files: Any, bench: Any, make_call: Any, leaks: Any
) -> None:
    masks = bench({rule: RULES[rule]})
    assert not masks.problems.errors
    leaked = []
    for name, raw in hard_files.items():
        for number, body in enumerate(_wrapped(raw)):
            if number == 5 and (rule == "paths" or raw.strip()[:1] not in {b"{", b"[", b'"'}):
                continue  # inside strings: fields alone, in what begins like JSON
            headers = {"Content-Type": content_type} if content_type else {}
            call = make_call(
                headers=headers, body=body, response_headers=headers, response_body=body
            )
            masked = masks.apply(call)
            if leaks(masked.document, CANARY) or masked.failures:
                leaked.append((name, number))
    assert leaked == []


PLAIN = json.dumps({"a": 1, "password": CANARY}).encode()
CASES = {
    "truncated JSON": PLAIN[:-2],
    "an escaped name": b'{"pass\\u0077ord": "' + CANARY.encode() + b'",}',
    "a doubly escaped name": b'{"x": "{\\"pass\\\\u0077ord\\": \\"' + CANARY.encode() + b'\\"}",}',
    "a percent-encoded name": b"<a href='?pass%77ord=" + CANARY.encode() + b"'>",
    "a twice percent-encoded name": b"<a href='?pass%2577ord=" + CANARY.encode() + b"'>",
    "an entity in a name": b"<pass&#119;ord>" + CANARY.encode() + b"</pass&#x77;ord>",
    "JSON with NaN": b'{"n": NaN, "password": "' + CANARY.encode() + b'"}',
    "UTF-16 without a mark": (PLAIN[:-1]).decode().encode("utf-16-le"),
    "UTF-16 with a mark": (PLAIN[:-1]).decode().encode("utf-16"),
    "two documents": PLAIN + PLAIN,
    "upper case": PLAIN[:-1].replace(b"password", b"PASSWORD"),
    "XML": b"<password>" + CANARY.encode() + b"</password>",
    "YAML": b"user: x\npassword: " + CANARY.encode(),
    "a very deep array": b"[" * 100_000 + PLAIN + b"]" * 100_000,
}


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("content_type", TYPES)
def test_a_body_without_structure_is_left_out_where_a_masked_name_may_stand(
    name: str, content_type: str, bench: Any, make_call: Any, leaks: Any
) -> None:
    call = make_call(headers={"Content-Type": content_type}, body=CASES[name])
    masked = bench({"pw": {"field": "password"}}).apply(call)
    assert not leaks(masked.document, CANARY)
    assert masked.failures == ()


COMPRESSED = {
    "gzip": ("gzip", gzip.compress(PLAIN)),
    "deflate": ("deflate", zlib.compress(PLAIN)),
    "raw deflate": ("deflate", zlib.compress(PLAIN)[2:-4]),
    "truncated gzip": ("gzip", gzip.compress(PLAIN)[:-4]),
    "gzip that lies": ("deflate", gzip.compress(PLAIN)),
    "gzip without saying so": ("", gzip.compress(PLAIN)),
    "an unknown coding": ("br", gzip.compress(PLAIN)),
    "compressed twice": ("gzip", gzip.compress(gzip.compress(PLAIN))),
}


@pytest.mark.parametrize("name", sorted(COMPRESSED))
@pytest.mark.parametrize("rule", [{"field": "password"}, {"regex": CANARY}, {"body": "request"}])
def test_a_compressed_body_is_masked_or_left_out(
    name: str, rule: dict[str, str], bench: Any, make_call: Any, leaks: Any
) -> None:
    coding, body = COMPRESSED[name]
    call = make_call(headers={"Content-Encoding": coding}, body=body)
    masked = bench({"it": rule}).apply(call)
    assert not leaks(masked.document, CANARY)


def test_a_text_that_holds_no_masked_name_goes_as_it_is(bench: Any, make_call: Any) -> None:
    masked = bench({"pw": {"field": "password"}}).apply(make_call(body="nothing to hide: 1+1 = 2%"))
    assert (
        masked.document["request"]["body"]
        == base64.b64encode(b"nothing to hide: 1+1 = 2%").decode()
    )
    assert masked.left_out == ()


def test_a_body_left_out_says_why(bench: Any, make_call: Any) -> None:
    masked = bench({"pw": {"field": "password"}}).apply(make_call(body='{"password": "x"'))
    assert masked.document["request"]["body"] is None
    assert "transfer_encoding" not in masked.document["request"]
    assert masked.left_out == (("request.body", "no structure to mask: malformed JSON"),)
    assert masked.remarks == {
        "moesif_left_out": {"request.body": "no structure to mask: malformed JSON"}
    }


def test_unparsed_bodies_go_out_where_the_user_accepts_that(bench: Any, make_call: Any) -> None:
    masks = bench({"pw": {"field": "password"}}, UNPARSED_BODY="send")
    masked = masks.apply(make_call(body="password=?"))
    assert base64.b64decode(masked.document["request"]["body"]) == b"password=?"


def test_a_binary_body_goes_out_where_no_rule_guards_bodies(bench: Any, make_call: Any) -> None:
    call = make_call(headers={"X-Key": "k"}, body=b"\x89PNG\xff\xfe\x00")
    masked = bench({"k": {"header": "X-Key"}}).apply(call)
    assert base64.b64decode(masked.document["request"]["body"]) == b"\x89PNG\xff\xfe\x00"


def test_a_path_that_needs_no_name_leaves_every_unreadable_body_out(
    bench: Any, make_call: Any
) -> None:
    masked = bench({"inside": {"jsonpath": "$.request.body.*"}}).apply(make_call(body="any text"))
    assert masked.document["request"]["body"] is None


def test_a_repeated_key_inside_a_string_hides_nothing(
    bench: Any, make_call: Any, leaks: Any
) -> None:
    inner = '{"a": {"password": "' + CANARY + '"}, "a": 1}'
    masked = bench({"pw": {"field": "password"}}).apply(make_call(body=json.dumps({"x": inner})))
    assert masked.document["request"]["body"] == {"x": '{"a":1}'}


def test_what_deep_nesting_costs_is_bounded(bench: Any, make_call: Any) -> None:
    value: Any = {"password": CANARY}
    for _ in range(100_000):
        value = [value]
    call = make_call()
    call.document["request"] |= {"body": value, "transfer_encoding": "json"}
    masked = bench({"pw": {"field": "password"}, "rx": {"regex": "zzz"}}).apply(call)
    assert masked.counts == {"pw": 1}
    assert masked.failures == ()
