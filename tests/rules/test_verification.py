"""Tokens that are believed only with a good signature."""

from __future__ import annotations

import base64
import hmac
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.source import compile_source
from moesif_declarative.rules.verification import compile_verification

pytest.importorskip("jwt", reason="verified tokens are an extra")

KEY = "corpus-secret"
NOW_S = 1_714_558_830.0
ADA, EVE, NO_ALGORITHM = b'{"id": "ada"}', b'{"id": "eve"}', b'{"alg": "none"}'
HS256 = {"key_env": "JWT_KEY", "algorithms": ["HS256"]}


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def sign(claims: Any, header: Any = None, key: str = KEY, digest: str = "sha256") -> str:
    fields = {"alg": "HS256", "typ": "JWT"} if header is None else header
    signed = f"{encode(json.dumps(fields).encode())}.{encode(json.dumps(claims).encode())}"
    return f"{signed}.{encode(hmac.digest(key.encode(), signed.encode(), digest))}"


def flip(token: str) -> str:
    """Change the payload and leave the signature."""
    header, _, signature = token.split(".")
    return f"{header}.{encode(EVE)}.{signature}"


GOOD = sign({"id": "ada"})


@dataclass(frozen=True)
class Case:
    id: str
    token: str
    valid: bool


CASES = [
    Case("good", GOOD, True),
    Case("not expired", sign({"exp": NOW_S + 1}), True),
    Case("expired", sign({"exp": NOW_S - 1}), False),
    Case("expires now", sign({"exp": NOW_S}), False),
    Case("expiry of text", sign({"exp": "soon"}), False),
    Case("expiry of true", sign({"exp": True}), False),
    Case("expiry null", sign({"exp": None}), False),
    Case("already valid", sign({"nbf": NOW_S}), True),
    Case("not yet valid", sign({"nbf": NOW_S + 1}), False),
    Case("for an audience", sign({"aud": "shop", "iss": "x", "sub": 7}), True),
    Case("another key", sign({}, key="other"), False),
    Case("changed payload", flip(GOOD), False),
    Case("another algorithm", sign({}, {"alg": "HS512"}, digest="sha512"), False),
    Case("algorithm none", f"{encode(NO_ALGORITHM)}.{encode(b'{}')}.", False),
    Case("algorithm None, signed", sign({}, {"alg": "None"}), False),
    Case("algorithm of no text", sign({}, {"alg": ["HS256"]}), False),
    Case("no algorithm", sign({}, {}), False),
    Case("critical extension", sign({}, {"alg": "HS256", "crit": ["exp"]}), False),
    Case("unencoded payload", sign({}, {"alg": "HS256", "b64": False}), False),
    Case("no signature", GOOD.rpartition(".")[0], False),
    Case("empty signature", GOOD.rpartition(".")[0] + ".", False),
    Case("four parts", GOOD + ".x", False),
    Case("payload of a list", sign(["id"]), False),
    Case("header of a list", sign({}, []), False),
    Case("empty", "", False),
    Case("garbage", "a.b.c", False),
    Case("not ASCII", GOOD.replace(".", ".é", 1), False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_only_a_well_signed_and_current_token_is_valid(case: Case, make_bench: Any) -> None:
    bench = make_bench(variables={"JWT_KEY": KEY})
    is_valid = compile_verification(HS256, bench.place, bench.scope, clock=lambda: NOW_S)
    assert is_valid is not None
    assert is_valid(case.token) is case.valid


@given(st.text() | st.binary().map(lambda content: f"{encode(content)}." * 2 + "x"))
def test_no_text_makes_it_raise_or_pass(make_bench: Any, token: str) -> None:
    bench = make_bench(variables={"JWT_KEY": KEY})
    is_valid = compile_verification(HS256, bench.place, bench.scope)
    assert is_valid is not None
    assert is_valid(token) is False


@dataclass(frozen=True)
class Wrong:
    id: str
    table: dict[str, Any]
    key: str
    message: str


def missing(name: str) -> str:
    return f"the environment variable {name} holds no key"


WRONG = [
    Wrong("key unset", {**HS256, "key_env": "OTHER"}, "key_env", missing("OTHER")),
    Wrong("key blank", {**HS256, "key_env": "BLANK"}, "key_env", missing("BLANK")),
    Wrong(
        "no key named", {"algorithms": ["HS256"]}, "key_env", "no variable with the key is named"
    ),
    Wrong("no algorithms", {"key_env": "JWT_KEY"}, "algorithms", "no algorithm is named"),
    Wrong("empty", {"key_env": "JWT_KEY", "algorithms": []}, "algorithms", "no algorithm is named"),
    Wrong(
        "none",
        {"key_env": "JWT_KEY", "algorithms": ["HS256", "NONE"]},
        "algorithms",
        "`none` would believe every token",
    ),
    Wrong(
        "secret and public key",
        {"key_env": "JWT_KEY", "algorithms": ["HS256", "RS256"]},
        "algorithms",
        "HS… algorithms take a secret, the others a public key: one key cannot be both",
    ),
    Wrong(
        "unknown",
        {"key_env": "JWT_KEY", "algorithms": ["HS999"]},
        "algorithms",
        "the algorithm HS999 is not there",
    ),
    Wrong(
        "public key as a secret",
        {"key_env": "PEM", "algorithms": ["HS256"]},
        "key_env",
        "the key does not fit HS256, which takes a secret",
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_verification_is_a_problem_that_shows_no_key(case: Wrong, make_bench: Any) -> None:
    pem = "-----BEGIN PUBLIC KEY-----\nTOP-SECRET\n-----END PUBLIC KEY-----"
    bench = make_bench(variables={"JWT_KEY": "TOP-SECRET", "PEM": pem, "BLANK": " "})
    source = {"jwt": "id", "verify": case.table}
    [(code, key, message)] = bench.faults(compile_source, source)
    assert (code, key, message) == ("bad-verify", f"RULE.verify.{case.key}", case.message)
    assert "TOP-SECRET" not in str(list(map(str, bench.problems)))


def test_without_the_extra_the_problem_says_what_to_install(
    make_bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jwt.algorithms", None)
    bench = make_bench(variables={"JWT_KEY": KEY})
    assert compile_source({"jwt": "id", "verify": HS256}, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert (problem.code, problem.message) == ("missing-extra", "verifying JWTs needs PyJWT")
    assert problem.hint == 'install it with pip install "moesif-declarative[jwt]"'


@pytest.mark.parametrize(
    ("token", "expected"),
    [(GOOD, "ada"), (flip(GOOD), None), (sign({"id": "ada", "exp": 1}), None)],
    ids=["good", "changed", "expired"],
)
def test_a_verified_claim_is_no_value_without_a_valid_token(
    token: str, expected: str | None, make_bench: Any, make_call: Callable[..., Any]
) -> None:
    source = make_bench(variables={"JWT_KEY": KEY}).source({"jwt": "id", "verify": HS256})
    assert source.read(make_call(headers={"Authorization": f"Bearer {token}"})) == expected


def public_key(private: Any) -> str:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    pem: bytes = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode()


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_public_key_verifies_what_its_private_key_signed(algorithm: str, make_bench: Any) -> None:
    primitives = "cryptography.hazmat.primitives.asymmetric"
    ec, ed25519, rsa = (
        pytest.importorskip(f"{primitives}.{name}", reason="public keys need the whole extra")
        for name in ("ec", "ed25519", "rsa")
    )
    from jwt.algorithms import get_default_algorithms

    private: Any
    if algorithm == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "EdDSA":
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        private = rsa.generate_private_key(65537, 2048)
    signed = f"{encode(json.dumps({'alg': algorithm}).encode())}.{encode(ADA)}"
    signature = get_default_algorithms()[algorithm].sign(signed.encode(), private)
    pem = public_key(private)
    for written in (pem, pem.replace("\n", "\\n")):
        bench = make_bench(variables={"JWT_KEY": written})
        table = {"key_env": "JWT_KEY", "algorithms": [algorithm]}
        is_valid = compile_verification(table, bench.place, bench.scope)
        assert is_valid is not None
        assert is_valid(f"{signed}.{encode(signature)}")
        assert not is_valid(f"{signed}.{encode(signature[::-1])}")
        # Whoever signs with the public key as a secret is not believed.
        forged = sign({"id": "eve"}, {"alg": "HS256"}, key=pem)
        assert not is_valid(forged)
        claimed = sign({"id": "eve"}, {"alg": algorithm}, key=pem)
        assert not is_valid(claimed)


def test_a_secret_is_no_public_key(make_bench: Any) -> None:
    pytest.importorskip("cryptography", reason="public keys need the whole extra")
    bench = make_bench(variables={"JWT_KEY": "TOP-SECRET"})
    table = {"key_env": "JWT_KEY", "algorithms": ["RS256"]}
    assert compile_verification(table, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert problem.message == "the key does not fit RS256, which takes a public key in PEM"


def test_a_token_that_others_signed_is_valid(make_bench: Any) -> None:
    """The example of jwt.io."""
    token = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
        ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    bench = make_bench(variables={"JWT_KEY": "your-256-bit-secret"})
    is_valid = compile_verification(HS256, bench.place, bench.scope)
    assert is_valid is not None
    assert is_valid(token)


def test_what_is_remembered_of_a_token_says_nothing_of_another_with_its_claims(
    make_bench: Any, make_call: Any
) -> None:
    good, forged = sign({"id": "ada", "n": 7}), sign({"id": "ada", "n": 7}, key="another")
    assert good.split(".")[1] == forged.split(".")[1]
    source = make_bench(variables={"JWT_KEY": KEY}).source
    verified, believed = source({"jwt": "id", "verify": HS256}), source({"jwt": "id"})
    for token, expected in ((good, "ada"), (forged, None)) * 2:
        call = make_call(headers={"Authorization": f"Bearer {token}"})
        assert (verified.read(call), believed.read(call)) == (expected, "ada")
