"""Our own table of paths: what they select, and why others are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.rules.jsonpath import MISSING, PathError, compile_path

DOCUMENT: dict[str, Any] = {
    "request": {
        "verb": "POST",
        "headers": {"X-User-Id": "u1", "Accept": "*/*"},
        "body": {
            "user": {"id": 7, "name": "Ada", "password": "s3cret", "mail": None},
            "cards": [
                {"type": "visa", "number": "4111", "limit": 100, "old": True},
                {"type": "amex", "number": "3782", "limit": 250.5},
                {"type": "visa", "number": "4000", "limit": -1, "holder": {"name": "Bob"}},
            ],
            "tags": ["a", "b", "c", "d", "e"],
            "a-b": 1,
            "a.b": 2,
            "": 3,
            "it's": 4,
            'q"q': 5,
            "back\\slash": 6,
            "line\nbreak": 7,
            "é": 8,
            "日本": 9,
            "😀": 10,
            "*": 11,
            "true": 12,
            "null": 13,
            "0": 14,
            "@type": 15,
            "where": 16,
            "nested": [[1, 2], [3, [4, 5]], []],
        },
    },
    "response": {"status": 200, "body": None, "headers": {}},
    "user_id": "u1",
    "metadata": {"n": 1, "t": True, "f": False, "z": 0, "s": "1", "big": 2**80},
}
BODY = DOCUMENT["request"]["body"]
CARDS = BODY["cards"]
TAGS = BODY["tags"]


@dataclass(frozen=True)
class Valid:
    path: str
    values: list[Any]


VALID = [
    Valid("$", [DOCUMENT]),
    Valid("$.user_id", ["u1"]),
    Valid("$['user_id']", ["u1"]),
    Valid('$["user_id"]', ["u1"]),
    Valid("$.absent", []),
    Valid("$.user_id.deeper", []),
    Valid("$.user_id[0]", []),
    Valid("$.request.verb", ["POST"]),
    Valid("$ .request\t.verb", ["POST"]),
    Valid("$\n['request']\r['verb']", ["POST"]),
    Valid("$[ 'request' ].verb", ["POST"]),
    Valid("$.request['verb']", ["POST"]),
    Valid("$['request'].verb", ["POST"]),
    Valid("$.request.headers['X-User-Id']", ["u1"]),
    Valid("$.request.body.user.id", [7]),
    Valid("$.request.body.user.mail", [None]),
    Valid("$.request.body.user.mail.x", []),
    Valid("$.request.body['a-b']", [1]),
    Valid("$.request.body['a.b']", [2]),
    Valid("$.request.body['']", [3]),
    Valid("$.request.body['it\\'s']", [4]),
    Valid('$.request.body["it\'s"]', [4]),
    Valid("$.request.body['q\"q']", [5]),
    Valid('$.request.body["q\\"q"]', [5]),
    Valid("$.request.body['back\\\\slash']", [6]),
    Valid("$.request.body['line\\nbreak']", [7]),
    Valid("$.request.body.é", [8]),
    Valid("$.request.body['\\u00e9']", [8]),
    Valid("$.request.body['\\u00E9']", [8]),
    Valid("$.request.body.日本", [9]),
    Valid("$.request.body.😀", [10]),
    Valid("$.request.body['\\uD83D\\uDE00']", [10]),
    Valid("$.request.body['*']", [11]),
    Valid("$.request.body.true", [12]),
    Valid("$.request.body.null", [13]),
    Valid("$.request.body['0']", [14]),
    Valid("$.request.body[0]", []),
    Valid("$.request.body['@type']", [15]),
    Valid("$.request.body.where", [16]),
    Valid("$.request.body['user','a-b']", [BODY["user"], 1]),
    Valid("$.request.body['a-b','user']", [1, BODY["user"]]),
    Valid("$.request.body['a-b','a-b']", [1, 1]),
    Valid("$.request.body['a-b', 'absent']", [1]),
    Valid("$.request.headers.*", ["u1", "*/*"]),
    Valid("$.request.headers[*]", ["u1", "*/*"]),
    Valid("$.response.headers.*", []),
    Valid("$.user_id.*", []),
    Valid("$.*.verb", ["POST"]),
    Valid("$.*.*.user.id", [7]),
    Valid("$.request.body.tags[0]", ["a"]),
    Valid("$.request.body.tags[-1]", ["e"]),
    Valid("$.request.body.tags[5]", []),
    Valid("$.request.body.tags[-6]", []),
    Valid("$.request.body.tags[ 0 , 1 ]", ["a", "b"]),
    Valid("$.request.body.tags[1,0]", ["b", "a"]),
    Valid("$.request.body.tags[0,-5]", ["a", "a"]),
    Valid("$.request.body.tags[0,'x',1:3]", ["a", "b", "c"]),
    Valid("$.request.body.tags[:]", TAGS),
    Valid("$.request.body.tags[::]", TAGS),
    Valid("$.request.body.tags[1:3]", ["b", "c"]),
    Valid("$.request.body.tags[1 : 3]", ["b", "c"]),
    Valid("$.request.body.tags[:2]", ["a", "b"]),
    Valid("$.request.body.tags[3:]", ["d", "e"]),
    Valid("$.request.body.tags[-2:]", ["d", "e"]),
    Valid("$.request.body.tags[::2]", ["a", "c", "e"]),
    Valid("$.request.body.tags[::-1]", TAGS[::-1]),
    Valid("$.request.body.tags[3:0:-2]", ["d", "b"]),
    Valid("$.request.body.tags[::0]", []),
    Valid("$.request.body.tags[10:20]", []),
    Valid("$.request.body.user[:]", []),
    Valid("$.request.body.nested[*][0]", [1, 3]),
    Valid("$.request.body.nested[*][*]", [1, 2, 3, [4, 5]]),
    Valid("$.request.body.nested..[0]", [[1, 2], 1, 3, 4]),
    Valid("$..password", ["s3cret"]),
    Valid("$..['password']", ["s3cret"]),
    Valid("$..name", ["Ada", "Bob"]),
    Valid("$..cards..name", ["Bob"]),
    Valid("$..cards[*].name", []),
    Valid("$..user.name", ["Ada"]),
    Valid("$..body.user.name", ["Ada"]),
    Valid("$..holder.*", ["Bob"]),
    Valid("$.request.body.nested..*", [[1, 2], [3, [4, 5]], [], 1, 2, 3, [4, 5], 4, 5]),
    Valid("$..['id','name']", [7, "Ada", "Bob"]),
    Valid("$.request.body.cards[?@.type=='visa'].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?@.type == 'visa'].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?(@.type == 'visa')].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?@['type'] == \"visa\"].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?'visa' == @.type].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?@.type != 'visa'].number", ["3782"]),
    Valid("$.request.body.cards[?@.limit > 100].number", ["3782"]),
    Valid("$.request.body.cards[?@.limit >= 100].number", ["4111", "3782"]),
    Valid("$.request.body.cards[?@.limit < 1e2].number", ["4000"]),
    Valid("$.request.body.cards[?@.limit <= 100.0].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?@.limit == -1].number", ["4000"]),
    Valid("$.request.body.cards[?@.limit == 250.5].number", ["3782"]),
    Valid("$.request.body.cards[?@.old].number", ["4111"]),
    Valid("$.request.body.cards[?!@.old].number", ["3782", "4000"]),
    Valid("$.request.body.cards[?!(@.old)].number", ["3782", "4000"]),
    Valid("$.request.body.cards[?@.old == true].number", ["4111"]),
    Valid("$.request.body.cards[?@.old != true].number", ["3782", "4000"]),
    Valid("$.request.body.cards[?@.holder.name == 'Bob'].number", ["4000"]),
    Valid("$.request.body.cards[?@.absent == null].number", []),
    Valid("$.request.body.cards[?@.absent == @.missing].number", ["4111", "3782", "4000"]),
    Valid("$.request.body.cards[?@.type=='visa' && @.old].number", ["4111"]),
    Valid("$.request.body.cards[?@.type=='amex' || @.old].number", ["4111", "3782"]),
    Valid(
        "$.request.body.cards[?@.type=='amex' || @.old && @.limit > 999].number",
        ["3782"],
    ),
    Valid(
        "$.request.body.cards[?(@.type=='amex' || @.old) && @.limit > 99].number", ["4111", "3782"]
    ),
    Valid("$.request.body.cards[?!(@.type=='amex' || @.old)].number", ["4000"]),
    Valid("$.request.body.cards[?@..name].number", ["4000"]),
    Valid("$.request.body.cards[?@.*].number", ["4111", "3782", "4000"]),
    Valid("$.request.body.cards[?@.holder[?@ == 'Bob']].number", ["4000"]),
    Valid("$.request.body.cards[?@.limit, 0].type", ["visa", "amex", "visa", "visa"]),
    Valid("$.request.body.cards[?@ == $.request.body.cards[1]].number", ["3782"]),
    Valid("$.request.body.user[?@ == 'Ada']", ["Ada"]),
    Valid("$.request.body.user[?@ == null]", [None]),
    Valid("$.request.body.user[?@ == $.request.body.user.id]", [7]),
    Valid("$.request.body.tags[?@ > 'b']", ["c", "d", "e"]),
    Valid("$.request.body.tags[?@ == 'a', ?@ == 'e']", ["a", "e"]),
    Valid("$.metadata[?@ == 1]", [1]),
    Valid("$.metadata[?@ == true]", [True]),
    Valid("$.metadata[?@ == false]", [False]),
    Valid("$.metadata[?@ == 0]", [0]),
    Valid("$.metadata[?@ == -0]", [0]),
    Valid("$.metadata[?@ == '1']", ["1"]),
    Valid("$.metadata[?@ == 1208925819614629174706176]", [2**80]),
    Valid("$.metadata[?@ > 1]", [2**80]),
    Valid("$.metadata[?@ <= true]", [True]),
    Valid("$..[?@.type == 'amex'].number", ["3782"]),
    Valid("$.request.body.cards[?length(@.type) == 4].number", ["4111", "3782", "4000"]),
    Valid("$.request.body.cards[?length(@) > 3].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?length(@.limit) == 1].number", []),
    Valid("$.request.body[?length(@) == 5]", [TAGS]),
    Valid("$.request.body.cards[?count(@.*) == 3].number", ["3782"]),
    Valid("$.request.body[?count(@..name) == 1]", [BODY["user"], CARDS]),
    Valid("$.request.body.cards[?value(@..name) == 'Bob'].number", ["4000"]),
    Valid("$.request.body.cards[?match(@.number, '4.*')].number", ["4111", "4000"]),
    Valid("$.request.body.cards[?match(@.number, '4')].number", []),
    Valid("$.request.body.cards[?match(@.number, '37|4111')].number", ["4111"]),
    Valid("$.request.body.cards[?search(@.number, '00')].number", ["4000"]),
    Valid("$.request.body.cards[?!search(@.number, '0')].number", ["4111", "3782"]),
    Valid("$.user_id[?@]", []),
    Valid("$.request.body.cards[?match(@.limit, '1.*')].number", []),
    Valid("$.request.body.tags[?match(@, value($..verb))]", []),
    Valid("$.request[?match(@, $.request.verb)]", ["POST"]),
    Valid("$.request.body.cards[?@.number =~ '^4'].number", ["4111", "4000"]),
    Valid('$.request.body.cards[?(@.number =~ "^4")].number', ["4111", "4000"]),
    Valid("$.request.body.cards[?@.number =~ '\\\\d{4}'].number", ["4111", "3782", "4000"]),
    Valid("$.request.body.cards[?@.limit =~ '1'].number", []),
    Valid("$.request.body.cards[?@.absent =~ '.*'].number", []),
    Valid("$.request.body.cards[?@..name =~ 'o'].number", ["4000"]),
    Valid("$.request.body.cards[?@.number =~ '^4' && @.limit > 0].number", ["4111"]),
]


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.path)
def test_a_path_selects_what_rfc_9535_says(case: Valid) -> None:
    path = compile_path(case.path)
    assert path.values(DOCUMENT) == case.values
    assert path.first(DOCUMENT) == (case.values[0] if case.values else MISSING)
    assert str(path) == case.path


@dataclass(frozen=True)
class Refused:
    path: str
    message: str
    hint: str = ""
    position: int | None = None


REFUSED = [
    Refused("", "the path is empty", "$.request", 0),
    Refused(" $.a", "no blank space before", "take it away", 0),
    Refused("$.a ", "no blank space after", "take it away", 3),
    Refused("$.a\n", "no blank space after", "take it away", 3),
    Refused("a.b", "a path begins with $", "write $.a.b", 0),
    Refused(".a", "a path begins with $", "write $.a", 0),
    Refused("[0]", "a path begins with $", "write $[0]", 0),
    Refused("@.a", "@ has no meaning outside a filter", "write $.a", 0),
    Refused("($.a)", "no parentheses around it", "write $.a", 0),
    Refused("$a", "follows without a dot", "write $.a", 1),
    Refused("$.", "missing after .", "write .*", 2),
    Refused("$..", "missing after ..", "write ..*", 3),
    Refused("$...a", "too many dots", "any depth", 3),
    Refused("$. a", "no blank space may follow .", "take it away", 2),
    Refused("$.a-b", "'-' may not stand in a name", "write $['a-b']", 3),
    Refused("$.request.headers.X-User-Id", "'-'", "write $.request.headers['X-User-Id']", 19),
    Refused("$..a-b.c", "'-'", "write $..['a-b'].c", 4),
    Refused("$.@type", "'@' may not begin a name", "write $['@type']", 2),
    Refused("$.a:b", "':' may not stand", "write $['a:b']", 3),
    Refused("$.{a}", "'{' may not begin", "write $['{a}']", 2),
    Refused("$.a b", "blank space may not stand", "quote it", 3),
    Refused("$.0", "a number may not follow a dot", "write [0] for an element, ['0'] for a member"),
    Refused("$.'a'", "a quoted name stands in brackets", "write ['a']"),
    Refused('$.."a"', "a quoted name stands in brackets", 'write ..["a"]'),
    Refused("$.a.[0]", "no dot stands before a bracket", "take the dot away"),
    Refused("$[a]", "a name in brackets stands in quotes", "write ['a']"),
    Refused("$[]", "a selector is missing before ]", "write [*]"),
    Refused("$[0,]", "a selector is missing before ]", "take the comma away"),
    Refused("$[,0]", "a selector is missing before the comma"),
    Refused("$[0", "the bracket is not closed", "end it with ]"),
    Refused("$['a", "the quotes are not closed", "end the string"),
    Refused("$.a]", "] closes no bracket"),
    Refused("$[01]", "no leading zeros", "write 1", 2),
    Refused("$[-0]", "-0 is no index", "write 0"),
    Refused("$[+1]", "an index is written without +"),
    Refused("$[1.5]", "an index is a whole number"),
    Refused("$[9007199254740992]", "too large for an index"),
    Refused("$[1:2:3:4]", "cannot stand here"),
    Refused("$['\\a']", "\\a is no escape", "write \\\\a"),
    Refused("$['\\\"']", "is no escape", "without the backslash"),
    Refused("$['\\u12']", "four hexadecimal digits"),
    Refused("$['\\uD800']", "a high surrogate stands alone"),
    Refused("$['\\uDC00']", "a low surrogate stands alone"),
    Refused("$['a\nb']", "may not stand in a string as it is", "write \\n"),
    Refused("$.a.`parent`", "operator of jsonpath-ng", "length()"),
    Refused("`this`", "operator of jsonpath-ng"),
    Refused("$.a.`len`", "operator of jsonpath-ng"),
    Refused("$.a | $.b", "| (union)", "several rules"),
    Refused("$.a & $.b", "& (intersection)", "&&"),
    Refused("$.a where b", "where is not of RFC 9535", "filter"),
    Refused("$.a wherenot b", "wherenot is not of RFC 9535", "filter"),
    Refused("$.a + $.b", "(arithmetic)"),
    Refused("$.a,b", "a comma joins nothing", "['a', 'b']"),
    Refused("$.a~", "~ (keys)"),
    Refused("$[/a]", "sorting", "[*]"),
    Refused("$[\\a]", "sorting", "[*]"),
    Refused("$[(@.length-1)]", "a computed index", "[-1]"),
    Refused("$.a.length()", "a function stands only in a filter", "length(@.a)"),
    Refused("$[@.a]", "a query in brackets", "[?@.a]"),
    Refused("$[?a == 1]", "the bare word a", "@.a for a member"),
    Refused("$[?@.a == b]", "the bare word b", "write 'b' for text"),
    Refused("$[?@.a == True]", "lower case", "write true"),
    Refused("$[?@.a == None]", "no value of JSON", "write null"),
    Refused("$[?@.a = 1]", "= is no comparison", "write =="),
    Refused("$[?@.a === 1]", "too many =", "write =="),
    Refused("$[?@.a <> 1]", "<> is no operator", "write !="),
    Refused("$[?@.a & @.b]", "& joins nothing", "write &&"),
    Refused("$[?@.a | @.b]", "| joins nothing", "write ||"),
    Refused("$[?@.a and @.b]", "and is no operator", "write &&"),
    Refused("$[?@.a or @.b]", "or is no operator", "write ||"),
    Refused("$[?not @.a]", "not is no operator", "write !"),
    Refused("$[?@.a in @.b]", "in is no operator", "||"),
    Refused("$[?@.a ~ 'x']", "~ is no operator", "=~"),
    Refused("$[?@.a + 1 == 2]", "(arithmetic)"),
    Refused("$[?@.a == [1]]", "an array or object cannot be written"),
    Refused("$[?@.a.length() > 1]", "a method call", "length(@.a)"),
    Refused("$[?count (@.a) == 1]", "no blank space stands before the parenthesis", "count(…)"),
    Refused("$[?'x']", "a value alone is no test"),
    Refused("$[?true]", "a value alone is no test"),
    Refused("$[?@.a == 01]", "no leading zeros", "write 1"),
    Refused("$[?@.a == .5]", "a number is not written like that", "0.5"),
    Refused("$[?@.a == 1.]", "a number is not written like that"),
    Refused("$[?@.* == 1]", "cannot be compared", "@.a[?@ == 1]", 3),
    Refused("$[?@.a[*] == 1]", "cannot be compared", "name one node"),
    Refused("$[?1 == @..a]", "cannot be compared"),
    Refused("$[?!@.a == 1]", "! binds to the query alone", "!(@.a == 1)"),
    Refused("$[?(@.a) == 1]", "no value to compare"),
    Refused("$[?(@.a", "a closing parenthesis is wanted"),
    Refused("$[?@.a", "the bracket is not closed"),
    Refused("$[?]", "is wanted"),
    Refused("$[?nope(@.a)]", "there is no function nope", "length, count"),
    Refused("$[?length(@.a)]", "length() alone is no test", "length(…) > 0"),
    Refused("$[?length(@.*) == 1]", "length() takes one value"),
    Refused("$[?length() == 1]", "one argument, not 0", "length(@.a)"),
    Refused("$[?count(1) == 1]", "count() takes a query", "count(@.a[*])"),
    Refused("$[?count(@.a, @.b) == 1]", "one argument, not 2"),
    Refused("$[?match(@.a)]", "two arguments, not 1", "match(@.a, 'pattern')"),
    Refused("$[?match(@.a, 'x') == true]", "match() is a test", "use it alone"),
    Refused("$[?length(match(@.a, 'x')) == 1]", "match() gives no value"),
    Refused("$[?match(@.a, @.b)]", "another for every node", "in quotes"),
    Refused("$[?match(@.a, '(')]", "in the pattern: missing )"),
    Refused("$[?search(@.a, 'a)|(b')]", "in the pattern: unexpected )"),
    Refused("$[?@.a =~ x]", "=~ takes a pattern in quotes"),
    Refused("$[?@.a =~ @.b]", "=~ takes a pattern in quotes"),
    Refused("$[?'a' =~ 'b']", "=~ looks in what a query gives"),
    Refused("$[?@.a =~ '\\d']", "\\d is no escape", "write \\\\d"),
    Refused("$[?@.a =~ '(?=x)']", "in the pattern", "look-around"),
    Refused("$[?@.a =~ '(a)\\\\1']", "in the pattern", "back-references"),
    Refused("$[?" + "(" * 60 + "@.a" + ")" * 60 + "]", "nested more than"),
    Refused("$[?@.a == " + "1" * 5000 + "]", "the number is too long"),
    Refused("$.\ud800", "may not begin a name"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: ascii(case.path)[:60])
def test_a_path_that_rfc_9535_forbids_is_refused_with_reason_and_hint(case: Refused) -> None:
    with pytest.raises(PathError) as caught:
        compile_path(case.path)
    error = caught.value
    assert case.message in error.message
    assert case.hint in error.hint
    assert 0 <= error.position <= len(case.path)
    if case.position is not None:
        assert error.position == case.position


def test_there_are_at_least_150_paths() -> None:
    paths = {case.path for case in VALID} | {case.path for case in REFUSED}
    assert len(paths) >= 150


def test_paths_beyond_ascii_that_jsonpath_ng_refuses_are_read() -> None:
    assert compile_path("$.ключ").values({"ключ": 1}) == [1]


def test_a_missing_first_value_is_false_and_null_is_a_value() -> None:
    assert not compile_path("$.a").first({})
    assert compile_path("$.a").first({"a": None}) is None
    assert repr(MISSING) == "MISSING"
