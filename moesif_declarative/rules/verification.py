"""JWTs that are believed only with a good signature (RFC 7515, RFC 7519).

Flows in: the ``verify`` table, and the key from the environment. Flows out: a function that says
whether a token is signed with that key and not expired.

PyJWT's algorithms do the cryptography, with keys prepared once; the rest of its `decode` would
prepare the key anew for each token, warn in the middle of a request, and refuse tokens for
claims that say nothing about their signature.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.token import json_object
from moesif_declarative.rules.transform import decode_base64

_CODE: Final = "bad-verify"
_EXTRA_HINT: Final = 'install it with pip install "moesif-declarative[jwt]"'


@dataclass(frozen=True, slots=True)
class _Algorithm:
    """One algorithm with its key, ready to verify."""

    verify: Callable[[bytes, Any, bytes], bool]
    key: Any


def compile_verification(
    table: Mapping[str, Any],
    place: Place,
    scope: Scope,
    *,
    clock: Callable[[], float] = time.time,
) -> Callable[[str], bool] | None:
    r"""Compile a ``verify`` table.

    Args:
        table: ``key_env`` names the environment variable with the key (a secret, or a public
            key in PEM, whose line ends may be written ``\n``); ``algorithms`` lists those that
            are believed.
        place: Where it was written.
        scope: Has the environment, and collects what is wrong.
        clock: Gives the time, in seconds since the epoch.

    Returns:
        A function that says whether a token is signed by that key, not expired (``exp``) and
        already valid (``nbf``); it never raises. None after a problem was added.
    """
    names = _algorithm_names(table.get("algorithms"), place.at("algorithms"), scope)
    key = _key(table.get("key_env"), place.at("key_env"), scope)
    if names is None or key is None:
        return None
    algorithms: dict[str, _Algorithm] = {}
    for name in names:
        algorithm = _prepare(name, key, place, scope)
        if algorithm is None:
            return None
        algorithms[name] = algorithm
    return lambda token: _is_valid(token, algorithms, clock)


def _algorithm_names(written: Any, place: Place, scope: Scope) -> Sequence[str] | None:
    names = [written] if isinstance(written, str) else list(written or ())
    if not names:
        hint = 'write algorithms = ["HS256"], or those that your tokens are signed with'
        scope.problems.error(_CODE, place, "no algorithm is named", hint)
        return None
    if any(str(name).lower() == "none" for name in names):
        scope.problems.error(_CODE, place, "`none` would believe every token", "leave it out")
        return None
    if len({str(name).upper().startswith("HS") for name in names}) > 1:
        # With both, anyone could sign with the public key as the secret.
        message = "HS… algorithms take a secret, the others a public key: one key cannot be both"
        scope.problems.error(_CODE, place, message, "write two rules, each with its own key_env")
        return None
    return names


def _key(variable: Any, place: Place, scope: Scope) -> str | None:
    if not isinstance(variable, str) or not variable:
        scope.problems.error(_CODE, place, "no variable with the key is named", 'key_env = "…"')
        return None
    key = scope.variables.get(variable, "")
    if not key.strip():
        message = f"the environment variable {variable} holds no key"
        scope.problems.error(_CODE, place, message, f"set {variable} where the application runs")
        return None
    # Line ends are often lost on the way into an environment variable.
    return key.replace("\\n", "\n") if key.lstrip().startswith("-----BEGIN") else key


def _prepare(name: str, key: str, place: Place, scope: Scope) -> _Algorithm | None:
    try:
        known = importlib.import_module("jwt.algorithms").get_default_algorithms()
    except ImportError:
        scope.problems.error("missing-extra", place, "verifying JWTs needs PyJWT", _EXTRA_HINT)
        return None
    algorithm = known.get(name)
    if algorithm is None:
        public = not name.startswith("HS")
        hint = _EXTRA_HINT if public else f"there are {', '.join(sorted(known))}"
        message = f"the algorithm {name} is not there"
        scope.problems.error(_CODE, place.at("algorithms"), message, hint)
        return None
    try:
        return _Algorithm(algorithm.verify, algorithm.prepare_key(key))
    except Exception:  # noqa: BLE001 - what the libraries raise on a bad key differs, and may quote it
        wanted = "a secret" if name.startswith("HS") else "a public key in PEM"
        message = f"the key does not fit {name}, which takes {wanted}"
        scope.problems.error(_CODE, place.at("key_env"), message)
        return None


def _is_valid(token: str, algorithms: Mapping[str, _Algorithm], clock: Callable[[], float]) -> bool:
    signed, dot, encoded_signature = token.rpartition(".")
    header, middle, payload = signed.partition(".")
    fields, claims, signature = (
        json_object(header),
        json_object(payload),
        decode_base64(encoded_signature),
    )
    if not dot or not middle or fields is None or claims is None or not signature:
        return False
    name = fields.get("alg")
    algorithm = algorithms.get(name) if isinstance(name, str) else None
    # A critical extension that is not understood makes a token invalid (RFC 7515, 4.1.11).
    if algorithm is None or "crit" in fields or "b64" in fields:
        return False
    try:
        genuine = algorithm.verify(signed.encode("ascii"), algorithm.key, signature)
    except Exception:  # noqa: BLE001 - a library reads what a client sent
        return False
    return genuine and _is_current(claims, clock())


def _is_current(claims: Mapping[str, Any], now_s: float) -> bool:
    expires, begins = claims.get("exp"), claims.get("nbf")
    if "exp" in claims and not (_is_time(expires) and now_s < expires):
        return False
    return "nbf" not in claims or (_is_time(begins) and begins <= now_s)


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
