"""JSON Web Tokens, signed, unsigned and encrypted, anywhere in a text."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.mask.text.detection import Case, masked_by

masked = masked_by("jwt")


HEADER = "eyJhbGciOiJIUzI1NiJ9"
CLAIMS = "eyJzdWIiOiIxIn0"
TOKEN = f"{HEADER}.{CLAIMS}.c2lnbmF0dXJl-_"
PADDED = "ewogICJhbGciOiAiSFMyNTYiCn0"

FOUND = [
    Case("alone", TOKEN, "#"),
    Case("after Bearer", f"Bearer {TOKEN}", "Bearer #"),
    Case("after bearer in a cookie", f"auth=bearer%20{TOKEN}; a=1", "auth=bearer%20#; a=1"),
    Case("in json", f'{{"token":"{TOKEN}"}}', '{"token":"#"}'),
    Case("in a query", f"?token={TOKEN}&x=1", "?token=#&x=1"),
    Case("in a path", f"/verify/{TOKEN}/now", "/verify/#/now"),
    Case("in a word", f"abc{TOKEN}", "abc#"),
    Case("at the end of a sentence", f"Use {TOKEN}, please", "Use #, please"),
    Case("unsigned", f"{HEADER}.{CLAIMS}.", "#"),
    Case("encrypted", f"{HEADER}.key.iv.text.tag", "#"),
    Case("encrypted directly", f"{HEADER}..iv.text.tag", "#"),
    Case("white space in the header", f"{PADDED}.{CLAIMS}.c2ln", "#"),
    Case("carriage return in the header", f"ew0KICJhbGciOiAiSFMyNTYiCn0.{CLAIMS}.c2ln", "#"),
    Case("space in the header", f"eyAiYWxnIjogIm5vbmUiIH0.{CLAIMS}.", "#"),
    Case("claims that are no object", f"{HEADER}.Zm9v.c2ln", "#"),
    Case("two", f"{TOKEN} {TOKEN}", "# #"),
    Case("two with a comma", f"{TOKEN},{TOKEN}", "#,#"),
    Case("header repeated", f"eyJ{TOKEN}", "#"),
    Case("short parts", "eyJh.b.c", "#"),
    Case("between other letters", f"é{TOKEN}é", "é#é"),
    Case("beside a lone surrogate and NUL", f"\ud800{TOKEN}\0", "\ud800#\0"),
]
LEFT = [
    Case(text, text, text)
    for text in (
        "",
        "eyJ",
        HEADER,
        f"{HEADER}.",
        f"{HEADER}.{CLAIMS}",
        f"{HEADER}..",
        f"{HEADER} . {CLAIMS} . x",
        f"{HEADER}\n.{CLAIMS}.x",
        "a.b.c",
        "www.example.com",
        "EYJhbGciOiJIUzI1NiJ9.eyKzdWIiOiIxIn0.x",
        "viewoptions.select.first",
        "viewog.a.b",
        "they.are.keys",
        "1.2.3",
        "Bearer abc.def.ghi",
        "Bearer opaque-token",
        "ey.J.x",
        "eyJ+.a.b",
        "eyJ/.a.b",
        "[REDACTED]",
    )
]


@pytest.mark.parametrize("case", FOUND + LEFT, ids=lambda case: repr(case.id)[:60])
def test_a_token_is_masked_and_nothing_else(case: Case) -> None:
    assert masked(case.text) == case.masked


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(
    before=st.text(),
    header=st.dictionaries(st.text(min_size=1), st.text(), min_size=1),
    claims=st.binary(min_size=1),
    signature=st.binary(),
    indent=st.sampled_from([None, 0, 1, 2, 4, "\t"]),
    after=st.text(),
)
def test_no_token_in_any_text_stays(
    before: str, header: dict[str, str], claims: bytes, signature: bytes, indent: Any, after: str
) -> None:
    head = json.dumps({"alg": "HS256", **header}, indent=indent).encode()
    token = f"{encoded(head)}.{encoded(claims)}.{encoded(signature)}"
    assert token not in masked(before + token + after)
