"""What an attacker may try to get a masked value out: lying charsets, odd forms, cookies, URLs."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from moesif_declarative.rules.mask import MaskTrace

CANARY = "CANARY-7731"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NAMES = ["password", "contraseña", "a b", "k&v"]


@dataclass(frozen=True)
class Case:
    """A body, and what is left of it under a rule for `NAMES`."""

    id: str
    body: bytes
    content_type: str
    expected: Any
    headers: dict[str, str] = field(default_factory=dict)


def _multipart(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    pieces = [
        f"--{boundary}\r\n{head.format(name)}".encode() + value + b"\r\n" for name, value in parts
    ]
    return b"".join(pieces) + f"--{boundary}--\r\n".encode()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(strategy=zlib.Z_FIXED, wbits=-15)
    return packer.compress(data) + packer.flush()


X = "[REDACTED]"
SECRET = CANARY.encode()
BODIES = [
    Case(
        "utf-8-called-latin-1",
        '{"contraseña": "%s"}'.encode() % SECRET,
        f"{JSON}; charset=latin-1",
        {"contraseña": X},
    ),
    Case(
        "form-utf-8-called-latin-1",
        b"contrase%C3%B1a=" + SECRET,
        f"{FORM}; charset=latin-1",
        {"contraseña": X},
    ),
    Case(
        "raw-form-utf-8-called-latin-1",
        "contraseña=".encode() + SECRET,
        f"{FORM}; charset=latin-1",
        {"contraseña": X},
    ),
    Case(
        "form-latin-1-without-charset",
        b"s=1&contrase%F1a=" + SECRET,
        FORM,
        {"s": "1", "contraseña": X},
    ),
    Case(
        "form-utf-8-beside-other-bytes",
        b"s=%FF&contrase%C3%B1a=" + SECRET,
        FORM,
        {"s": "ÿ", "contraseña": X},
    ),
    Case(
        "form-called-ebcdic",
        b"p%61ssword=" + SECRET + b"&s=1",
        f"{FORM}; charset=cp037",
        {"password": X, "s": "1"},
    ),
    Case(
        "form-called-utf-16",
        b"p%61ssword=" + SECRET + b"&s=1",
        f"{FORM}; charset=utf-16",
        {"password": X, "s": "1"},
    ),
    Case(
        "form-called-by-an-alias-of-utf-16",
        b"password=" + SECRET,
        f"{FORM}; charset=u16",
        {"password": X},
    ),
    Case(
        "utf-7",
        '{"password": "%s", "s": "é"}'.replace("%s", CANARY).encode("utf-7"),
        f"{JSON}; charset=utf-7",
        {"password": X, "s": "é"},
    ),
    Case(
        "ascii-that-means-another-key-in-utf-7",
        b'{"+password": "' + SECRET + b'"}',
        f"{JSON}; charset=utf-7",
        None,
    ),
    Case(
        "utf-8-called-gbk", '{"contraseña": "%s"}'.encode() % SECRET, f"{JSON}; charset=gbk", None
    ),
    Case("form-utf-8-called-gbk", b"contrase%C3%B1a=" + SECRET, f"{FORM}; charset=gbk", None),
    Case(
        "zlib-called-latin-1",
        zlib.compress(b'{"password": "%s"}' % SECRET),
        "text/plain; charset=latin-1",
        None,
    ),
    Case(
        "gzip-called-utf-16",
        gzip.compress(b'{"password": "%s"}' % SECRET, mtime=0),
        "text/plain; charset=utf-16",
        None,
    ),
    Case(
        "deflate-that-begins-like-json",
        _raw_deflate(b'{"password":"%s","s":1}' % SECRET),
        JSON,
        {"password": X, "s": 1},
        {"Content-Encoding": "deflate"},
    ),
    Case(
        "json-called-deflate",
        b'{"password":"%s","s":1}' % SECRET,
        JSON,
        {"password": X, "s": 1},
        {"Content-Encoding": "deflate"},
    ),
    Case(
        "part-in-utf-16",
        _multipart("b", ("d", f'{{"password":"{CANARY}"}}'.encode("utf-16"))),
        "multipart/form-data; boundary=b",
        {"d": f'{{"password":"{X}"}}'},
    ),
    Case(
        "quoted-boundary",
        _multipart("a;b", ("password", SECRET), ("s", b"1")),
        'multipart/form-data; boundary="a;b"',
        {"password": X, "s": "1"},
    ),
    Case(
        "odd-name-in-a-part",
        _multipart("b", ("a b", SECRET), ("s", b"1")),
        "multipart/form-data; boundary=b",
        {"a b": X, "s": "1"},
    ),
    Case(
        "odd-names-in-a-form",
        b"a+b=%s&k%%26v=%s&s=1" % (SECRET, SECRET),
        FORM,
        {"a b": X, "k&v": X, "s": "1"},
    ),
    Case(
        "names-in-brackets",
        b"user[password]=%s&password[]=%s&user[name]=x" % (SECRET, SECRET),
        FORM,
        {"user[password]": X, "password[]": X, "user[name]": "x"},
    ),
    Case(
        "encoded-brackets",
        b"user%%5Bpassword%%5D%%5B0%%5D=%s&s=1" % SECRET,
        FORM,
        {"user[password][0]": X, "s": "1"},
    ),
    Case(
        "a-multipart-body-in-a-part",
        _multipart("b", ("d", _multipart("c", ("password", SECRET)))),
        "multipart/form-data; boundary=b",
        None,
    ),
    Case("cookies-called-a-form", b"a=1; password=%s; b=2" % SECRET, FORM, None),
    Case("semicolons-in-a-form", b"a=1;password=%s&s=1" % SECRET, FORM, None),
    Case("a-name-with-an-ampersand-in-no-form", b"{'k&v': '%s'}; b=1" % SECRET, FORM, None),
    Case(
        "words-in-a-form",
        b"note=my password; is lost&s=a, b",
        FORM,
        {"note": "my password; is lost", "s": "a, b"},
    ),
]


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.id)
def test_no_disguise_of_a_body_lets_a_masked_field_out(
    case: Case, bench: Any, make_call: Any, leaks: Any
) -> None:
    headers = {"Content-Type": case.content_type, **case.headers}
    call = make_call(headers=headers, body=case.body)
    masked = bench({"mine": {"field": NAMES}}).apply(call)
    assert masked.failures == ()
    assert masked.document["request"]["body"] == case.expected
    assert not leaks(masked.document, CANARY)


HIDDEN = [
    Case("a-name", b'{"x+password": "%s"}' % SECRET, f"{JSON}; charset=utf-7", None),
    Case("a-value", b'{"x": "+CANARYxx"}', f"{JSON}; charset=utf-7", None),
    Case("a-value-in-a-form", b"x=%C3%B1+CANARYxx", f"{FORM}; charset=big5", None),
]


@pytest.mark.parametrize("case", HIDDEN, ids=lambda case: case.id)
def test_what_a_charset_hides_but_utf_8_shows_is_left_out(
    case: Case, bench: Any, make_call: Any
) -> None:
    rules = {"names": {"field": "*password"}, "values": {"regex": "[+ñ] ?CANARYxx"}}
    call = make_call(headers={"Content-Type": case.content_type}, body=case.body)
    masked = bench(rules).apply(call)
    assert masked.failures == ()
    assert masked.document["request"]["body"] is case.expected


@dataclass(frozen=True)
class Text:
    """A text in a header or a URL, before and after."""

    id: str
    before: str
    after: str


COOKIES = [
    Text("a-semicolon-in-quotes", f'sid="a;{CANARY};b"; x=1', f"sid={X}; x=1"),
    Text("a-quote-that-is-never-closed", f'sid="{CANARY}; x=1', f"sid={X}; x=1"),
    Text("commas-in-the-value", f"sid=a,b={CANARY}; x=1", f"sid={X}; x=1"),
    Text(
        "a-repeated-header", f"x=1; sid={CANARY}, sid={CANARY}; y=2", f"x=1; sid={X}, sid={X}; y=2"
    ),
    Text("equals-in-the-value", f"sid=={CANARY}=; x", f"sid={X}; x"),
    Text("spaces", f"sid = a {CANARY} ;x=1", f"sid ={X};x=1"),
    Text("another-cookie-in-quotes", 'x="a;b"; y="c', 'x="a;b"; y="c'),
]


@pytest.mark.parametrize("case", COOKIES, ids=lambda case: case.id)
def test_a_cookie_is_masked_up_to_its_end_and_no_further(
    case: Text, bench: Any, make_call: Any
) -> None:
    call = make_call(headers={"Cookie": case.before})
    masked = bench({"mine": {"cookie": "sid"}}).apply(call)
    assert masked.document["request"]["headers"] == {"Cookie": case.after}


SET_COOKIES = [
    Text("a-semicolon-in-quotes", f'sid="a;{CANARY}"; Path=/', f"sid={X}; Path=/"),
    Text(
        "commas-in-the-value",
        f"sid=a,b={CANARY}; Path=/, x=1; Secure",
        f"sid={X}; Path=/, x=1; Secure",
    ),
    Text(
        "a-date",
        f"x=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, sid={CANARY}",
        f"x=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, sid={X}",
    ),
]


@pytest.mark.parametrize("case", SET_COOKIES, ids=lambda case: case.id)
def test_a_cookie_that_is_set_is_masked_up_to_its_end_and_no_further(
    case: Text, bench: Any, make_call: Any
) -> None:
    call = make_call(response_headers={"Set-Cookie": case.before})
    masked = bench({"mine": {"cookie": "sid"}}).apply(call)
    assert masked.document["response"]["headers"] == {"Set-Cookie": case.after}


def test_many_quotes_in_a_cookie_take_no_longer_than_others(bench: Any, make_call: Any) -> None:
    call = make_call(headers={"Cookie": 'sid="' + ';"a' * 50_000})
    masked = bench({"mine": {"cookie": "sid"}}).apply(call)
    assert masked.document["request"]["headers"]["Cookie"].startswith(f"sid={X}")


TARGETS = [
    Text("decoded-twice", f"/p?tok%2565n={CANARY}&s=1", f"/p?tok%2565n={X}&s=1"),
    Text("two-question-marks", f"/p??token={CANARY}", f"/p??token={X}"),
    Text("a-nul-behind-the-name", f"/p?token%00={CANARY}", f"/p?token%00={X}"),
    Text("a-space-before-the-name", f"/p?+token={CANARY}", f"/p?+token={X}"),
    Text(
        "brackets",
        f"/p?token[]={CANARY}&u[token]={CANARY}&u[x]=1",
        f"/p?token[]={X}&u[token]={X}&u[x]=1",
    ),
    Text("a-matrix-parameter", f"/p;token={CANARY};x=1/q;y=2?s=1", f"/p;token={X};x=1/q;y=2?s=1"),
    Text("no-value", "/p?token&s=1", "/p?token&s=1"),
    Text("nothing-named", "/p;x=1/q?tokens=1&s=%2541+b&&=;", "/p;x=1/q?tokens=1&s=%2541+b&&=;"),
]


@pytest.mark.parametrize("case", TARGETS, ids=lambda case: case.id)
def test_an_argument_is_masked_however_its_name_is_written(
    case: Text, bench: Any, make_call: Any
) -> None:
    masked = bench({"mine": {"query": "token"}}).apply(make_call(uri=case.before))
    assert masked.document["request"]["uri"] == f"https://api.example.test{case.after}"


def test_an_argument_is_masked_in_every_header_that_holds_a_url(bench: Any, make_call: Any) -> None:
    headers = {
        "X-Callback": f"https://b.test/?token={CANARY}",
        "X-Return-Url": f"/back?token={CANARY}",
        "X-Note": f"see ?token={CANARY}",
    }
    masked = bench({"mine": {"query": "token"}}).apply(make_call(headers=headers))
    assert masked.document["request"]["headers"] == {
        "X-Callback": f"https://b.test/?token={X}",
        "X-Return-Url": f"/back?token={X}",
        "X-Note": f"see ?token={CANARY}",  # no URL stands there
    }


def test_a_failed_query_rule_takes_the_arguments_of_the_path_too(
    bench: Any, make_call: Any
) -> None:
    def fails(handler: Any) -> bool:
        raise ValueError

    rule = {"query": "token", "when": {"callable": fails}}
    call = make_call(uri=f"/p;token={CANARY}/q?token={CANARY}", handler=object())
    masked = bench({"mine": rule}).apply(call)
    assert masked.document["request"]["uri"] == "https://api.example.test/p/q"


def test_a_variable_s_value_is_masked_wherever_a_hook_put_it(bench: Any, make_call: Any) -> None:
    keys = ["user_id", "company_id", "session_token", "subscription_id", "action_name", "trace_id"]
    members = dict.fromkeys([*keys, "metadata"], f"a {CANARY}")
    call = make_call()
    call.add(("request", "api_version"), CANARY)
    masks = bench({"mine": {"env_value": "DB"}}, variables={"DB": CANARY})
    document = masks.apply(call, **members).document
    assert {key: document[key] for key in members} == dict.fromkeys(members, f"a {X}")
    assert document["request"]["api_version"] == X


def test_the_trace_tells_the_place_of_every_node_and_no_masked_key(
    bench: Any, make_call: Any
) -> None:
    body = {"jo@example.test": {"password": "1"}, "items": [{"cvv": 1}, {"cvv": 2}]}
    rules = {
        "fields": {"field": "password"},
        "paths": {"jsonpath": "$..cvv"},
        "mails": {"preset": "emails"},
    }
    trace = MaskTrace()
    call = make_call(body=json.dumps(body), headers={"Content-Type": JSON})
    bench(rules).apply(call, trace)
    assert {name: sorted(trace.places(name)) for name in rules} == {
        "fields": [f"request.body.{X}.password"],
        "paths": ["request.body.items[0].cvv", "request.body.items[1].cvv"],
        "mails": ["request.body"],
    }


BEHIND = [
    Case("a-key", b'{"a b": "%s", "s": 1}' % SECRET, JSON, {f"{X} b": X, "s": 1}),
    Case(
        "a-key-in-a-string",
        json.dumps({"d": json.dumps({"a b": CANARY, "s": 1})}).encode(),
        JSON,
        {"d": json.dumps({f"{X} b": X, "s": 1}, separators=(",", ":"))},
    ),
    Case("a-string-that-is-no-json", json.dumps({"d": "{a b: " + CANARY}).encode(), JSON, {"d": X}),
    Case("a-text", b"a b: " + SECRET, "text/plain", None),
]


@pytest.mark.parametrize("case", BEHIND, ids=lambda case: case.id)
def test_a_rule_that_changes_a_name_hides_no_value_from_a_later_rule(
    case: Case, bench: Any, make_call: Any
) -> None:
    call = make_call(headers={"Content-Type": case.content_type}, body=case.body)
    rules = {"early": {"regex": r"\ba\b"}, "late": {"field": "a b"}, "path": {"jsonpath": "$..c"}}
    masked = bench(rules).apply(call)
    assert masked.failures == ()
    assert masked.document["request"]["body"] == case.expected


def test_a_preset_stands_for_calls_that_a_rule_of_the_same_preset_passes_over(
    bench: Any, make_call: Any
) -> None:
    mine = {"preset": "credentials", "with": "mine", "when": {"path": "/mine"}}
    masks = bench({"mine": mine}, MASK_PRESETS=["credentials"])
    headers = {"Authorization": f"Bearer {CANARY}"}
    masked = [masks.apply(make_call(uri=uri, headers=headers)) for uri in ("/mine", "/other")]
    assert [each.document["request"]["headers"] for each in masked] == [
        {"Authorization": "mine"},
        {"Authorization": X},
    ]


def test_a_pattern_that_gives_up_fails_alone(bench: Any, make_call: Any) -> None:
    rules = {
        "early": {"preset": "emails"},
        "python": {"regex": "(a+)+$", "engine": "python"},
        "late": {"regex": "late"},
    }
    body = json.dumps({"a": "a" * 300_000, "b": f"late {CANARY}"})
    call = make_call(body=body, headers={"Content-Type": JSON})
    masked = bench(rules).apply(call)
    assert [name for name, _ in masked.failures] == ["python"]
    assert "body" not in masked.document["request"]


def test_why_a_body_was_left_out_says_nothing_that_was_sent(bench: Any, make_call: Any) -> None:
    headers = {"Content-Encoding": CANARY, "Content-Type": JSON}
    call = make_call(headers=headers, body=base64.b64encode(b"x"))
    masked = bench({"mine": {"field": "password"}, "more": {"header": "*"}}).apply(call)
    assert masked.left_out == (
        ("request.body", "no structure to mask: an unknown Content-Encoding"),
    )
