"""JSONPaths reach into JSON texts inside strings, as if these were the JSON that they hold."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moesif_declarative.call import json_text
from moesif_declarative.rules.mask import MaskTrace

CANARY = "CANARY-7731"
KEY = "a key of more than sixteen characters"
X = "[REDACTED]"
FORM = "application/x-www-form-urlencoded"
THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def _hashed(value: str) -> str:
    return hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


def text(value: Any, levels: int = 1) -> Any:
    """Write a value as a JSON text, compact, so many times."""
    for _ in range(levels):
        value = json_text.dump(value)
    return value


SECRET = {"password": CANARY, "a": 1}
SHOWN = {"password": X, "a": 1}


@dataclass(frozen=True)
class Case:
    """A rule, a request body, and what the rule leaves of it."""

    id: str
    paths: Any
    body: Any
    expected: Any
    options: dict[str, Any] = field(default_factory=dict)


KEEP = {"action": "keep"}
REMOVE = {"action": "remove"}
NULL = {"action": "null"}
HASH = {"action": "hash"}
CUT = {"action": "truncate", "length": 3}
SET = {"action": "set", "with": {"n": 7}}

ACTIONS = [
    Case("redact", "$..password", {"s": text(SECRET)}, {"s": text(SHOWN)}),
    Case("remove", "$..password", {"s": text(SECRET)}, {"s": text({"a": 1})}, REMOVE),
    Case(
        "null", "$..password", {"s": text(SECRET)}, {"s": text({**SECRET, "password": None})}, NULL
    ),
    Case(
        "keep",
        "$..password",
        {"s": text(SECRET)},
        {"s": text({"password": "*******7731", "a": 1})},
        KEEP,
    ),
    Case(
        "hash",
        "$..password",
        {"s": text(SECRET)},
        {"s": text({"password": _hashed(CANARY), "a": 1})},
        HASH,
    ),
    Case(
        "truncate",
        "$..password",
        {"s": text(SECRET)},
        {"s": text({"password": "CAN", "a": 1})},
        CUT,
    ),
    Case(
        "set", "$..password", {"s": text(SECRET)}, {"s": text({"password": {"n": 7}, "a": 1})}, SET
    ),
    Case(
        "set-makes-the-last-key",
        "$.request.body.s.b.new",
        {"s": text({"b": text({"c": 1})}), "t": text({"b": 1})},
        {"s": text({"b": text({"c": 1, "new": {"n": 7}})}), "t": text({"b": 1})},
        SET,
    ),
    Case(
        "set-makes-a-key-in-each",
        "$.request.body[*].new",
        [text({"c": 1}), text([1]), "{c", {"d": 1}],
        [text({"c": 1, "new": 7}), text([1]), "{c", {"d": 1, "new": 7}],
        {"action": "set", "with": 7},
    ),
    Case("remove-of-null", "$.request.body.s.a", {"s": '{ "a" : null }'}, {"s": "{}"}, REMOVE),
    Case(
        "remove-of-items",
        "$.request.body.s[?@ > 1]",
        {"s": text([1, 2, 3]), "t": [1, 2]},
        {"s": "[1]", "t": [1, 2]},
        REMOVE,
    ),
]
NODES = [
    # --- the string itself ---
    Case("keep-of-the-string", "$.request.body.s", {"s": "[12345678]"}, {"s": "******678]"}, KEEP),
    Case("hash-of-the-string", "$.request.body.s", {"s": "[1 ]"}, {"s": _hashed("[1 ]")}, HASH),
    Case("cut-of-the-string", "$.request.body.s", {"s": '{"a": 1}'}, {"s": '{"a'}, CUT),
    Case(
        "the-string-and-what-is-in-it",
        ["$.request.body.s", "$.request.body.s.password"],
        {"s": text(SECRET)},
        {"s": X},
    ),
    # --- how the path comes there ---
    Case("by-names", "$.request.body.s.password", {"s": text(SECRET)}, {"s": text(SHOWN)}),
    Case("a-body-that-is-a-string", "$.request.body.password", text(SECRET), text(SHOWN)),
    Case("a-string-of-a-string", "$..password", {"s": text(SECRET, 3)}, {"s": text(SHOWN, 3)}),
    Case(
        "strings-in-strings",
        "$.request.body.s.t.u.password",
        {"s": text({"t": text({"u": text(SECRET)})})},
        {"s": text({"t": text({"u": text(SHOWN)})})},
    ),
    Case(
        "by-a-wildcard",
        "$.request.body.*.password",
        {"s": text(SECRET), "p": SECRET, "n": 1},
        {"s": text(SHOWN), "p": SHOWN, "n": 1},
    ),
    Case(
        "by-an-index",
        "$.request.body.s[-1].password",
        {"s": text([SECRET, SECRET])},
        {"s": text([SECRET, SHOWN])},
    ),
    Case(
        "by-a-slice",
        "$.request.body[:2].password",
        [text(SECRET), SECRET, text(SECRET)],
        [text(SHOWN), SHOWN, text(SECRET)],
    ),
    Case(
        "by-a-filter-inside",
        "$.request.body.s[?@.a == 1].password",
        {"s": text([SECRET, {**SECRET, "a": 2}])},
        {"s": text([SHOWN, {**SECRET, "a": 2}])},
    ),
    Case(
        "by-a-filter-on-strings",
        "$.request.body.s[?@.a == 1].password",
        {"s": [text(SECRET), text({**SECRET, "a": 2}), SECRET]},
        {"s": [text(SHOWN), text({**SECRET, "a": 2}), SHOWN]},
    ),
    Case(
        "by-a-filter-that-looks-inside",
        "$.request.body[?@.s.a == 1].password",
        [{"s": text({"a": 1}), "password": CANARY}, {"s": text({"a": 2}), "password": "ok"}],
        [{"s": text({"a": 1}), "password": X}, {"s": text({"a": 2}), "password": "ok"}],
    ),
    Case(
        "several-selectors",
        "$.request.body.s['password', 'a']",
        {"s": text({**SECRET, "b": 2})},
        {"s": text({"password": X, "a": X, "b": 2})},
    ),
    Case(
        "two-descendants",
        "$..s..password",
        {"s": text({"s": text({"t": [SECRET]})}), "password": "ok"},
        {"s": text({"s": text({"t": [SHOWN]})}), "password": "ok"},
    ),
    Case(
        "several-names-that-share-a-walk",
        ["$..password", "$..a", "$..zz"],
        {"s": text({"t": text(SECRET), "a": {"password": CANARY}}), "zz": text(SECRET)},
        {"s": text({"t": text({"password": X, "a": X}), "a": X}), "zz": X},
    ),
    Case(
        "a-null-in-a-string",
        "$..password",
        {"s": text({"password": None})},
        {"s": text({"password": X})},
    ),
    # --- what stays ---
    Case(
        "strings-without-the-name",
        "$..password",
        {"s": '{ "a" : 1.50, "a\\u00e9":[ ] }', "t": "[info] hello", "u": '["x"', "v": " {}\n"},
        {"s": '{ "a" : 1.50, "a\\u00e9":[ ] }', "t": "[info] hello", "u": '["x"', "v": " {}\n"},
    ),
    Case(
        "a-string-beside-the-path",
        "$.request.body.s.password",
        {"t": '{ "password" : 1}', "u": '{"s": {"password": 1', "s": 5},
        {"t": '{ "password" : 1}', "u": '{"s": {"password": 1', "s": 5},
    ),
    Case(
        "a-name-in-a-value",
        "$..password",
        {"s": '{ "note" : "the password" }'},
        {"s": '{ "note" : "the password" }'},
    ),
    Case(
        "a-name-in-other-letters",
        "$..password",
        {"s": '{ "Password" : 1 }'},
        {"s": '{ "Password" : 1 }'},
    ),
    Case(
        "numbers-as-written",
        "$..password",
        {"s": '{"password": 1, "n": [1.50, 1e5, -0, 12345678901234567890123]}'},
        {"s": f'{{"password":"{X}","n":[1.50,1e5,-0,"12345678901234567890123"]}}'},
    ),
    Case(
        "lone-surrogates",
        "$..password",
        {"s": '{"password": 1, "\\ud800": "\\udfff"}'},
        {"s": f'{{"password":"{X}","\\ud800":"\\udfff"}}'},
    ),
    # --- filters and functions see texts ---
    Case(
        "a-text-is-a-text",
        "$.request.body[?@.s == '[1, 2]'].z",
        [{"s": "[1, 2]", "z": 1}, {"s": "[1,2]", "z": 1}],
        [{"s": "[1, 2]", "z": X}, {"s": "[1,2]", "z": 1}],
    ),
    Case(
        "a-length-is-that-of-the-text",
        "$.request.body[?length(@.s) == 6].z",
        [{"s": "[1, 2]", "z": 1}, {"s": "[1,2,3,4,5,6]", "z": 1}],
        [{"s": "[1, 2]", "z": X}, {"s": "[1,2,3,4,5,6]", "z": 1}],
    ),
    Case(
        "a-pattern-looks-at-the-text",
        "$.request.body[?@.s =~ '^.1, '].z",
        [{"s": "[1, 2]", "z": 1}, {"s": "[2]", "z": 1}],
        [{"s": "[1, 2]", "z": X}, {"s": "[2]", "z": 1}],
    ),
    Case(
        "a-string-has-no-members-by-the-rfc",
        "$.request.body[?!@.s.t].z",
        [{"s": '{"t": 1}', "z": 1}, {"s": {"t": 1}, "z": 1}],
        [{"s": '{"t": 1}', "z": X}, {"s": {"t": 1}, "z": 1}],
    ),
]
UNREADABLE = [
    Case("cut", "$..password", {"s": text(SECRET)[:-4]}, {"s": X}),
    Case(
        "cut-at-the-end-of-names", "$.request.body.s.password", {"s": text(SECRET)[:-4]}, {"s": X}
    ),
    Case("cut-and-removed", "$..password", {"s": text(SECRET)[:-4], "t": 1}, {"t": 1}, REMOVE),
    Case("cut-and-kept", "$..password", {"s": text(SECRET)[:-4]}, {"s": X}, KEEP),
    Case("cut-in-a-list", "$..password", ["{password", 1, "[password"], [1], REMOVE),
    Case("cut-in-a-string", "$..password", {"s": text(["{password", 1])}, {"s": text([X, 1])}),
    Case("a-body", "$.request.body.password", text(SECRET)[:-4], None, REMOVE),
    Case("two-values", "$..password", {"s": text({}) + text(SECRET)}, {"s": X}),
    Case("not-a-number", "$..password", {"s": '{"password": NaN}'}, {"s": X}),
    Case("another-notation", "$..password", {"s": f"{{'password': '{CANARY}'}}"}, {"s": X}),
    Case("an-escaped-name", "$..password", {"s": '{"p\\u0061ssword": "CANARY'}, {"s": X}),
    Case("a-text-with-the-name", "$..password", {"s": "[info] a password"}, {"s": X}),
    Case(
        "one-of-the-names-is-not-there",
        "$.request.body.s.user.password",
        {"s": '{"password": "x'},
        {"s": '{"password": "x'},
    ),
    Case("by-a-wildcard", "$.request.body.*.*", {"s": '{"any": "CANARY', "n": 1}, {"s": X, "n": 1}),
    Case("another-notation-by-a-wildcard", "$.request.body.s.*", {"s": "{any: 'CANARY"}, {"s": X}),
    Case("a-note-by-a-wildcard", "$.request.body.*.*", {"s": "[info] x"}, {"s": "[info] x"}),
    Case("a-quote-by-a-wildcard", "$.request.body.*.*", {"s": '"a" or "b"'}, {"s": '"a" or "b"'}),
    Case(
        "behind-a-filter",
        "$.request.body[?@.role == 'x'].password",
        ['{"role": "x", "password": "CANARY', '{"role": "x", "passwor', "[info] password"],
        [X, '{"role": "x", "passwor', "[info] password"],
    ),
    Case(
        "at-a-filter",
        "$.request.body[?@.role == 'x' || @.kind]",
        ['{"role": "x", "CANARY', "[kind", "[note"],
        [X, X, "[note"],
    ),
    Case(
        "at-a-filter-by-index", "$.request.body[?@[0] == 1]", ['[1, "CANARY', "[note"], [X, "[note"]
    ),
    Case("at-a-filter-of-texts", "$.request.body[?@ == 'x']", ["[x", "x"], ["[x", X]),
    Case("a-key", "$..password", {text(SECRET): 1, "t": 2}, {"t": 2}),
    Case("a-key-without-the-name", "$..password", {"[1]": 1, "t": 2}, {"[1]": 1, "t": 2}),
    Case("a-key-in-a-string", "$..password", {"s": text({text(SECRET): 1})}, {"s": "{}"}),
    Case(
        "a-member-that-a-repeated-key-hides",
        "$..password",
        {"s": '{"t": {"password": "CANARY"}, "t": 1}', "u": '{"t": 2, "t": 1}'},
        {"s": '{"t":1}', "u": '{"t": 2, "t": 1}'},
    ),
    Case(
        "a-repeated-key-in-a-string-in-a-string",
        "$..t.password",
        {"s": text({"u": '{"t": {"password": "CANARY"}, "t": 1}'})},
        {"s": text({"u": '{"t":1}'})},
    ),
]


def _masked(bench: Any, make_call: Any, case: Case) -> Any:
    rule = {"jsonpath": case.paths, **case.options}
    masks = bench({"mine": rule}, MASK_HASH_KEY=KEY)
    assert not masks.problems.errors
    body = json_text.dump(case.body)
    masked = masks.apply(make_call(headers={"Content-Type": "application/json"}, body=body))
    assert masked.failures == ()
    return masked


@pytest.mark.parametrize("case", [*ACTIONS, *NODES, *UNREADABLE], ids=lambda case: case.id)
def test_a_path_goes_on_inside_a_string(case: Case, bench: Any, make_call: Any, leaks: Any) -> None:
    masked = _masked(bench, make_call, case)
    assert masked.document["request"]["body"] == case.expected
    assert masked.left_out == ()
    if case.expected == case.body:
        assert masked.counts == {}


REPEATABLE = [
    case
    for case in (*ACTIONS, *NODES, *UNREADABLE)
    # These mask their own result anew.
    if case.options not in (HASH, SET) and case.id != "remove-of-items"
]


@pytest.mark.parametrize("case", REPEATABLE, ids=lambda case: case.id)
def test_masking_inside_strings_twice_changes_nothing(
    case: Case, bench: Any, make_call: Any
) -> None:
    masked = _masked(bench, make_call, case)
    if masked.document["request"].get("body") is None:
        return
    again = _masked(
        bench,
        make_call,
        Case(case.id, case.paths, masked.document["request"]["body"], None, case.options),
    )
    assert again.document["request"]["body"] == masked.document["request"]["body"]


@dataclass(frozen=True)
class Place:
    """Where a JSON text stands, and what the paths leave of it there."""

    id: str
    call: dict[str, Any]
    members: dict[str, Any]
    where: tuple[str, ...]
    expected: Any


JSON = {"Content-Type": "application/json"}
PLACES = [
    Place(
        "response-body",
        {"response_headers": JSON, "response_body": text({"s": text(SECRET)})},
        {},
        ("response", "body"),
        {"s": text(SHOWN)},
    ),
    Place(
        "form",
        {"headers": {"Content-Type": FORM}, "body": urlencode({"s": text(SECRET), "t": "[x]"})},
        {},
        ("request", "body"),
        {"s": text(SHOWN), "t": "[x]"},
    ),
    Place(
        "repeated-field",
        {"headers": {"Content-Type": FORM}, "body": urlencode([("s", text(SECRET))] * 2)},
        {},
        ("request", "body"),
        {"s": [text(SHOWN)] * 2},
    ),
    Place(
        "part",
        {
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            "body": '--b\r\nContent-Disposition: form-data; name="s"\r\n\r\n'
            f"{text(SECRET)}\r\n--b--\r\n",
        },
        {},
        ("request", "body"),
        {"s": text(SHOWN)},
    ),
    Place(
        "metadata",
        {},
        {"metadata": {"s": text(SECRET), "t": "[info]"}},
        ("metadata",),
        {"s": text(SHOWN), "t": "[info]"},
    ),
    Place("user", {}, {"user_id": text(SECRET)}, ("user_id",), text(SECRET)),
    Place(
        "header",
        {"headers": {"X-Data": text(SECRET)}},
        {},
        ("request", "headers"),
        {"X-Data": text(SECRET)},
    ),
]


@pytest.mark.parametrize("path", ["$..password", "$..*.password", "$..[?@.a].password"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
def test_strings_of_bodies_and_metadata_are_opened(
    place: Place, path: str, bench: Any, make_call: Any
) -> None:
    members = copy.deepcopy(place.members)
    masked = bench({"mine": {"jsonpath": path}}).apply(make_call(**place.call), **members)
    found: Any = masked.document
    for key in place.where:
        found = found[key]
    assert found == place.expected


def test_the_trace_tells_places_inside_strings(bench: Any, make_call: Any) -> None:
    body = {"s": text({"l": [text(SECRET)]}), "t": text("{password", 2)}
    trace = MaskTrace()
    rules = {"one": {"jsonpath": "$..password"}, "two": {"jsonpath": "$.request.body.s.l[0].a"}}
    masked = bench(rules).apply(make_call(headers=JSON, body=text(body)), trace)
    assert trace.places("one") == ["request.body.s.l[0].password", "request.body.t"]
    assert trace.places("two") == ["request.body.s.l[0].a"]
    assert masked.document["request"]["body"] == {
        "s": text({"l": [text({"password": X, "a": X})]}),
        "t": text(X, 2),
    }


def test_what_one_rule_masked_in_a_string_later_ones_leave_alone(
    bench: Any, make_call: Any
) -> None:
    rules = {
        "one": {"jsonpath": "$..password", "action": "keep"},
        "two": {"jsonpath": "$.request.body.s.password", "action": "null"},
        "three": {"field": "password", "action": "remove"},
        "four": {"jsonpath": "$.request.body.s.a", "action": "null"},
        "five": {"field": "a"},
    }
    masked = bench(rules).apply(make_call(headers=JSON, body=text({"s": text(SECRET)})))
    assert masked.document["request"]["body"] == {"s": text({"password": "*******7731", "a": None})}
    assert masked.counts == {"one": 1, "four": 1}


def test_what_was_cut_and_begins_like_json_is_not_shown_to_later_paths(
    bench: Any, make_call: Any, leaks: Any
) -> None:
    rules = {
        "cut": {"jsonpath": "$..data", "action": "truncate", "length": 28},
        "mask": {"jsonpath": "$..password"},
    }
    call = make_call(headers=JSON, body=text({"data": {"password": CANARY, "more": "x" * 50}}))
    masked = bench(rules).apply(call)
    assert masked.document["request"]["body"] == {"data": X}


@pytest.mark.parametrize(("levels", "expected"), [(32, True), (33, False)])
def test_strings_are_opened_to_a_depth_of_32(
    bench: Any, make_call: Any, leaks: Any, levels: int, expected: bool
) -> None:
    value = text(SECRET)
    for _ in range(levels):
        # Spelled like this, an escape grows by the same few characters at each level.
        value = '"' + value.replace("\\", "\\u005c").replace('"', "\\u0022") + '"'
    call = make_call(headers=JSON, body=f'{{"s": {value}}}')
    masked = bench({"mine": {"jsonpath": "$..password"}}).apply(call)
    assert not leaks(masked.document, CANARY)
    found = masked.document["request"]["body"]["s"]
    depth = 0
    while isinstance(found, str) and found != X:
        found, depth = json.loads(found), depth + 1
    assert (found == SHOWN, depth) == (expected, 32)
    assert len(json_text.dump(masked.document)) < 12_000


@pytest.mark.parametrize("rule", [{"field": "password"}, {"regex": CANARY}], ids=str)
def test_a_short_text_in_many_texts_is_not_written_as_a_long_one(
    bench: Any, make_call: Any, leaks: Any, rule: dict[str, str]
) -> None:
    value = text(SECRET)
    for _ in range(31):
        value = '"' + value.replace("\\", "\\u005c").replace('"', "\\u0022") + '"'
    masked = bench({"mine": rule}).apply(make_call(headers=JSON, body=f'{{"s": {value}}}'))
    assert not leaks(masked.document, CANARY)
    assert len(json_text.dump(masked.document)) < 12_000


def test_metadata_that_hooks_share_keep_their_own(bench: Any, make_call: Any) -> None:
    secret = text(SECRET)
    metadata = {"one": secret, "two": [secret, secret]}
    masked = bench({"mine": {"jsonpath": "$.metadata.two[0].password"}}).apply(
        make_call(), metadata=metadata
    )
    assert masked.document["metadata"] == {"one": secret, "two": [text(SHOWN), secret]}
    assert masked.document["metadata"]["one"] is secret


# --- properties ---

names = st.sampled_from(["a", "b", "password", "é", 'q"uo'])
leaves = st.none() | st.booleans() | st.integers(-5, 2**63) | st.sampled_from(["", "x", "yé"])


def _branch(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


branches = _branch(st.recursive(leaves, _branch, max_leaves=8))
positive = st.sampled_from(
    [
        *(".a", ".b", ".password", "['é']", "['q\"uo']", "['a','b']", ".*", "..a", "..*"),
        *("[0]", "[-1]", "[1:]", "..[0]", "[0,'a']"),
        *("[?@.a]", "[?@.b == 'x']", "..[?@.password]", "[?@.a.b]"),
    ]
)
negative = st.sampled_from(["[?!@.a]", "[?@.a != 'x']", "[?@.a == @.b]", "[?length(@) > 1]"])
ALIKE: dict[str, dict[str, Any]] = {
    "redact": {},
    "remove": REMOVE,
    "null": NULL,
    "set": SET,
}
ALL: dict[str, dict[str, Any]] = {**ALIKE, "keep": KEEP, "hash": HASH, "truncate": CUT}


def _body(bench: Any, make_call: Any, path: str, action: str, body: Any) -> Any:
    rule = {"jsonpath": path, **ALL[action]}
    masks = bench({"mine": rule}, MASK_HASH_KEY=KEY)
    assert not masks.problems.errors
    masked = masks.apply(make_call(headers=JSON, body=json_text.dump(body)))
    assert masked.failures == ()
    return masked.document["request"]["body"]


@given(
    value=branches,
    tail=st.lists(positive | negative, min_size=1, max_size=3).map("".join),
    action=st.sampled_from(sorted(ALL)),
    levels=st.integers(1, 3),
)
@THOROUGH
def test_a_string_is_masked_like_the_json_that_it_holds(
    bench: Any, make_call: Any, value: Any, tail: str, action: str, levels: int
) -> None:
    path = f"$.request.body.s{tail}"
    plain = _body(bench, make_call, path, action, {"s": value, "t": "x"})
    before = json.dumps(value, indent=1)
    nested = _body(bench, make_call, path, action, {"s": text(before, levels - 1), "t": "x"})
    if plain == {"s": value, "t": "x"}:
        unchanged = (text(before, levels - 1), text(value, levels))
        assert nested["s"] in unchanged
    else:
        found = nested["s"]
        for _ in range(levels):
            last, found = found, json_text.parse(found)
        assert (found, last) == (plain["s"], text(plain["s"]))


def _wrapped(draw: Any, value: Any) -> Any:
    """Write some of the objects and lists in a value as texts."""
    if isinstance(value, dict):
        value = {key: _wrapped(draw, member) for key, member in value.items()}
    elif isinstance(value, list):
        value = [_wrapped(draw, member) for member in value]
    else:
        return value
    return text(value, draw(st.integers(1, 2))) if draw(st.booleans()) else value


def _opened(value: Any) -> Any:
    while isinstance(value, str) and value[:1] in ("{", "[", '"') and value != X:
        value = json.loads(value)
    if isinstance(value, dict):
        return {key: _opened(member) for key, member in value.items()}
    return [_opened(member) for member in value] if isinstance(value, list) else value


@given(
    data=st.data(),
    value=branches,
    tail=st.lists(positive, min_size=1, max_size=3).map("".join),
    action=st.sampled_from(sorted(ALIKE)),
)
@THOROUGH
def test_whatever_is_written_as_text_is_masked_as_if_it_were_not(
    bench: Any, make_call: Any, data: Any, value: Any, tail: str, action: str
) -> None:
    path = f"$.request.body.s{tail}"
    wrapped = _wrapped(data.draw, value)
    plain = _body(bench, make_call, path, action, {"s": value})
    assert _opened(_body(bench, make_call, path, action, {"s": wrapped})) == plain
