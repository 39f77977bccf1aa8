"""The user whom the authorization header names, without any rule."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.rules.compiled import Needs
from moesif_declarative.rules.identity import compile_authorization_user


def encode(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(claims: Any) -> str:
    return f"{encode({'alg': 'none'})}.{encode(claims)}.c2ln"


@dataclass(frozen=True)
class Case:
    id: str
    headers: list[tuple[str, str]]
    expected: str | None
    settings: dict[str, Any] = field(default_factory=dict)


def sent(value: str) -> list[tuple[str, str]]:
    return [("Authorization", value)]


ADA = jwt({"sub": "ada"})
TWO = {"authorization_headers": ("X-Token", "authorization")}

CASES = [
    Case("bearer", sent(f"Bearer {ADA}"), "ada"),
    Case("bearer in lower case", sent(f"bearer {ADA}"), "ada"),
    Case("token alone", sent(ADA), "ada"),
    Case("basic", sent("Basic amFuZTpwOnc="), "jane"),
    Case("basic in capitals", sent("BASIC amFuZTpwOnc="), "jane"),
    Case("bare base64 of an object", sent(encode({"sub": "ada"})), "ada"),
    Case("bare base64 after bearer", sent(f"Bearer {encode({'sub': 'ada'})}"), "ada"),
    Case("claim name in any case", sent(f"Bearer {jwt({'SUB': 'ada'})}"), "ada"),
    Case("claim as written goes first", sent(f"Bearer {jwt({'SUB': 'x', 'sub': 'ada'})}"), "ada"),
    Case(
        "another claim",
        sent(f"Bearer {jwt({'userId': 17})}"),
        "17",
        {"user_id_field": "userid"},
    ),
    Case("number", sent(f"Bearer {jwt({'sub': 12})}"), "12"),
    Case("object", sent(f"Bearer {jwt({'sub': {'id': 1}})}"), None),
    Case("null", sent(f"Bearer {jwt({'sub': None})}"), None),
    Case("empty", sent(f"Bearer {jwt({'sub': ''})}"), None),
    Case("claim absent", sent(f"Bearer {jwt({'id': 1})}"), None),
    Case("opaque", sent("Bearer 0123456789abcdef"), None),
    Case("another scheme", sent('Digest username="x", realm="y"'), None),
    Case("nothing after the scheme", sent("Bearer"), None),
    Case("no header", [], None),
    Case("repeated header", [*sent("Bearer x"), *sent("Basic amFuZTpw")], "jane"),
    Case("two headers, the first wins", [("X-Token", ADA), *sent("Basic amFuZTpw")], "ada", TWO),
    Case("two headers, the first is garbage", [("X-Token", "x"), *sent(ADA)], "ada", TWO),
    Case("turned off", sent(f"Bearer {ADA}"), None, {"authorization_headers": ()}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_authorization_header_names_the_user(
    case: Case, make_bench: Any, make_call: Callable[..., Any]
) -> None:
    source = compile_authorization_user(make_bench(**case.settings).scope)
    assert source.read(make_call(headers=case.headers)) == case.expected
    assert source.needs == Needs.NOTHING


def test_a_rule_reads_the_token_where_the_automatic_user_is_off(
    make_bench: Any, make_call: Callable[..., Any]
) -> None:
    source = make_bench(authorization_headers=()).source({"jwt": "sub"})
    assert source.read(make_call(headers=sent(ADA))) == "ada"


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"))
    | st.builds(
        lambda scheme, content: f"{scheme} {base64.b64encode(content).decode()}",
        st.sampled_from(["Basic", "Bearer", "Bearer a.", "x"]),
        st.binary(),
    )
    | st.builds(jwt, st.recursive(st.none() | st.text() | st.floats(allow_nan=False), st.lists))
)
def test_no_header_makes_it_raise(make_bench: Any, make_call: Any, text: str) -> None:
    source = compile_authorization_user(make_bench().scope)
    user = source.read(make_call(headers=sent(text.strip())))
    assert user is None or (isinstance(user, str) and user)
