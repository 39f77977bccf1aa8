"""Values of variables, found in every encoding; and what is told at startup."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.errors import Origin, Place, Problem, Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text import Detector, compile_detector

ORIGIN = Origin("file", "settings.toml", 7, 1, "default")
PLACE = Place(("MASK_EVENT_MODEL", "db"), {("MASK_EVENT_MODEL", "db"): ORIGIN})


def compiled(names: str | list[str], **variables: str) -> tuple[Detector | None, list[Problem]]:
    problems = Problems()
    scope = Scope(problems, variables, "test")
    detector = compile_detector("env_value", {"env_value": names}, PLACE, scope)
    return detector, problems.found


def masked(text: str, *secrets: str) -> str:
    variables = {f"SECRET_{number}": secret for number, secret in enumerate(secrets)}
    detector, problems = compiled(list(variables), **variables)
    assert detector is not None, problems
    return detector.replace(text, lambda _match: "#")[0]


SECRET = 'pä/s "w\\or+d\n$2\U0001f600'


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    masked: str


FOUND = [
    Case("as it is", f"<{SECRET}>", "<#>"),
    Case("percent-encoded", f"?p={quote(SECRET)}&x", "?p=#&x"),
    Case("percent-encoded, the slash too", quote(SECRET, safe=""), "#"),
    Case("percent-encoded in lower case", quote(SECRET, safe="").lower(), "#"),
    Case("percent-encoded, every character", "".join(f"%{b:02X}" for b in SECRET.encode()), "#"),
    Case("percent-encoded twice", quote(quote(SECRET)), "#"),
    Case("in a form", f"p={quote_plus(SECRET)}", "p=#"),
    Case("in a form, sent by a browser", quote_plus(SECRET.replace("\n", "\r\n")), "#"),
    Case("in json", json.dumps({"p": SECRET}), '{"p": "#"}'),
    Case("in json, upper case", json.dumps(SECRET).replace("e4", "E4").replace("d8", "D8"), '"#"'),
    Case("in json as utf-8", json.dumps(SECRET, ensure_ascii=False), '"#"'),
    Case("in json, slash escaped", json.dumps(SECRET).replace("/", "\\/"), '"#"'),
    Case("in json in json", json.dumps(json.dumps(SECRET)), '"\\"#\\""'),
    Case("in json, every character", "".join(f"\\u{ord(c):04x}" for c in "hunter22"), "#"),
    Case("in json in a query", quote(json.dumps(SECRET)), "%22#%22"),
    Case("as a python literal", ascii('x"hunter22'), "'x\"#'"),
    Case("as hex escapes", "".join(f"\\x{ord(char):02X}" for char in "hunter22"), "#"),
    Case("in base64", b64(SECRET), "#"),
    Case("in base64, one byte before", b64("x" + SECRET), "e#"),
    Case("in base64, two bytes before", b64("xy" + SECRET), "eH#"),
    Case("in base64, without padding", b64(SECRET).rstrip("="), "#"),
    Case("in base64url", base64.urlsafe_b64encode(b"\0" + SECRET.encode()).decode(), "A#"),
    Case("in base64 in a query", f"t={quote(b64(SECRET), safe='')}&u=1", "t=#&u=1"),
    Case("in base64 in json", json.dumps(b64("?>" + SECRET)).replace("/", "\\/"), '"Pz#"'),
    Case("in json in base64", b64(json.dumps(SECRET, ensure_ascii=False)), "I#Ig=="),
    Case("in a query in base64", b64("?p=" + quote(SECRET, safe="")), "P3A9#"),
    Case("in basic credentials", "Basic " + b64("u:hunter22"), "Basic dT#"),
    Case("twice", f"{SECRET}{SECRET}", "##"),
    Case("beside a lone surrogate and NUL", f"\ud800{SECRET}\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        SECRET[:-1],
        SECRET[1:],
        SECRET.upper(),
        SECRET.replace(" ", "_"),
        "hunter2",
        "Hunter22",
        "hunter 22",
        b64("hunter2"),
        b64(b64("hunter22"))[:8],
        quote(SECRET)[:-1],
        "%" * 50,
        "\\" * 50,
        "\\u0068",
        "[REDACTED]",
        "h.nter22",
        "hunter\\u2022",
        "68756e7465723232",
        "+" * 20,
        "A" * 100,
        "\r\n" * 20,
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id)[:60])
def test_a_value_is_masked_in_every_encoding_and_nothing_else(case: Case) -> None:
    assert masked(case.text, SECRET, "hunter22") == case.masked


@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n", "\\r\\n", "%0A", "%0d%0a"])
@pytest.mark.parametrize("before", range(4))
def test_base64_in_lines_hides_no_value(end: str, before: int) -> None:
    text = b64("x" * (50 + before) + "hunter22" + "y" * 60)
    lines = end.join(text[at : at + 76] for at in range(0, len(text), 76))
    plain = masked(text, "hunter22")
    assert plain != text
    assert masked(lines, "hunter22").replace(end, "") == plain


def test_values_that_overlap_leave_nothing_of_either() -> None:
    assert masked("<abcdefghij>", "abcdefg", "defghij") == "<#>"
    assert masked("<abcdefghij>", "cdefgh", "abcdefghij") == "<#>"


def test_values_in_a_row_in_base64_are_all_found() -> None:
    assert masked(b64("hunter22" * 3), "hunter22") == "#"


def test_white_space_around_a_value_does_not_count() -> None:
    assert masked("<hunter22>", "hunter22\n") == "<#>"


def test_a_private_key_is_found_whole() -> None:
    key = "-----BEGIN KEY-----\n" + "\n".join(["Abc+/" * 12 + "1234"] * 50) + "\n-----END KEY-----"
    texts = [key, json.dumps(key), quote(key), b64(key), key.replace("\n", "\r\n")]
    assert [masked(text, key) for text in texts] == ["#", '"#"', "#", "#", "#"]


def test_a_name_alone_and_a_list_of_names_are_taken() -> None:
    detector, problems = compiled("DB_PASSWORD", DB_PASSWORD="hunter22")
    assert problems == []
    assert detector is not None
    assert detector.name == "env_value DB_PASSWORD"
    assert detector.replace("hunter22 hunter22", lambda match: match.text[:1]) == ("h h", 2)
    both, _ = compiled(["A", "B"], A="hunter22", B="hunter33")
    assert both is not None
    assert both.replace("hunter22 hunter33", lambda _match: "#") == ("# #", 2)
    assert "hunter" not in repr(both)


@dataclass(frozen=True)
class Refused:
    id: str
    names: str | list[str]
    variables: dict[str, str]
    key: str
    message: str


REFUSED = [
    Refused("unset", "A", {}, "", "the variable A is not set"),
    Refused("empty", "A", {"A": ""}, "", "the value of A has fewer than 6 characters"),
    Refused("short", "A", {"A": "zqjxv"}, "", "the value of A has fewer than 6 characters"),
    Refused("short but for white space", "A", {"A": "zqjxv  \n"}, "", "the value of A has fewer"),
    Refused("second of a list", ["B", "A"], {"B": "hunter22"}, "[1]", "the variable A is not set"),
    Refused("huge", "A", {"A": "zqjxv" * 1000}, "", "the value of A has more than 4096 characters"),
    Refused("no names", [], {}, "", "no variable is named"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_variable_that_cannot_be_masked_is_told_without_its_value(case: Refused) -> None:
    detector, problems = compiled(case.names, **case.variables)
    assert detector is None
    (problem,) = problems
    assert problem.severity == "error"
    assert problem.key == f"MASK_EVENT_MODEL.db.env_value{case.key}"
    assert problem.message.startswith(case.message)
    assert problem.origin == ORIGIN
    assert not any(value and value in str(problem) for value in case.variables.values())


def test_every_variable_that_cannot_be_masked_is_told() -> None:
    _, problems = compiled(["A", "B", "C"], B="hunter22", C="zqjxv")
    assert [problem.key[-3:] for problem in problems] == ["[0]", "[2]"]


def percent(secret: str) -> str:
    return "".join(f"%{byte:02x}" for byte in secret.encode())


ENCODINGS: list[Callable[[str], str]] = [
    str,
    quote,
    quote_plus,
    percent,
    lambda secret: percent(secret).replace("%", "%25"),
    lambda secret: json.dumps(secret)[1:-1],
    lambda secret: json.dumps(json.dumps(secret))[3:-3],
    lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    lambda secret: quote(json.dumps(secret)[1:-1]),
    b64,
    lambda secret: b64("x" + secret)[1:],
    lambda secret: b64("xy" + secret)[2:],
    lambda secret: quote(base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")),
    lambda secret: b64(json.dumps(secret)[1:-1]),
]


@settings(max_examples=60, deadline=None)
@given(
    secret=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=6, max_size=20
    ).filter(lambda text: text == text.strip()),
    encode=st.sampled_from(ENCODINGS),
    before=st.text(),
    after=st.text(),
)
def test_no_encoding_of_a_value_stays_in_any_text(
    secret: str, encode: Callable[[str], str], before: str, after: str
) -> None:
    detector, _ = compiled("SECRET", SECRET=secret)
    assert detector is not None
    left, count = detector.replace(f"{before} {encode(secret)} {after}", lambda _match: "\0")
    assert count > 0
    assert secret not in left
    assert encode(secret) not in left


@settings(max_examples=60, deadline=None)
@given(text=st.text(), secret=st.text(st.sampled_from("XYZ"), min_size=6))
def test_a_text_without_the_value_is_unchanged(text: str, secret: str) -> None:
    if "X" not in text and "Y" not in text and "Z" not in text and "%" not in text:
        assert masked(text, f"{secret}\u2603") == text
