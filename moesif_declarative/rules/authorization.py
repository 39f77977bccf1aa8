"""The selectors that read credentials: ``jwt`` and ``basic_auth``.

Flows in: the selectors with ``from`` and ``verify``; the names of the authorization
headers. Flows out: closures from a call to a claim or a user name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from moesif_declarative.rules.compiled import Needs
from moesif_declarative.rules.header_name import tornado_spelling
from moesif_declarative.rules.jsonpath import MISSING, PathError, compile_path
from moesif_declarative.rules.regex_option import warn_of_python
from moesif_declarative.rules.selection import Reading, Selection
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.rules.token import (
    basic_username,
    bearer_token,
    claim,
    claims_of,
    credentials,
)
from moesif_declarative.rules.verification import compile_verification

if TYPE_CHECKING:
    from moesif_declarative.call import Call

    Credentials = Callable[[Call], list[str]]
    Verdict = Callable[[str], bool]
    Claims = Mapping[str, Any]


def compile_jwt(selection: Selection) -> Reading | None:
    """Compile ``jwt``: a claim of the first token that has it."""
    pick = _compile_claim(selection)
    tokens = _compile_credentials(selection)
    verify = selection.table.get("verify")
    is_valid: Verdict | None = lambda _token: True  # noqa: E731
    if verify is not None:
        is_valid = compile_verification(verify, selection.place.at("verify"), selection.scope)
    if pick is None or tokens is None or is_valid is None:
        return None
    candidates, needs = tokens

    def read(call: Call) -> Any:
        for text in candidates(call):
            token = bearer_token(text)
            claims = claims_of(token)
            if claims is not None and is_valid(token):
                value = pick(claims)
                if value is not None and value != "":
                    return value
        return None

    return Reading(read, needs)


def compile_basic_auth(selection: Selection) -> Reading | None:
    """Compile ``basic_auth``: the user name of HTTP Basic credentials."""
    found = _compile_credentials(selection)
    if found is None:
        return None
    candidates, needs = found

    def read(call: Call) -> str | None:
        names = (basic_username(text) for text in candidates(call))
        return next((name for name in names if name is not None), None)

    return Reading(read, needs)


def _compile_claim(selection: Selection) -> Callable[[Claims], Any] | None:
    name = str(selection.argument)
    if not name.startswith("$"):
        return lambda claims: claim(claims, name)
    engine = selection.table.get("engine", "re2")
    try:
        path = compile_path(name, engine)
    except PathError as error:
        selection.problem("bad-jsonpath", error.message, error.hint)
        return None
    if engine == "python":
        for pattern in path.patterns:
            warn_of_python(pattern, selection.at, selection.scope)

    def pick(claims: Claims) -> Any:
        value = path.first(claims)
        return None if value is MISSING else value

    return pick


def _compile_credentials(selection: Selection) -> tuple[Credentials, Needs] | None:
    spec = selection.table.get("from")
    if spec is None:
        # Turning the automatic user off must not silence a rule that asks for a token.
        return header_credentials(selection.scope.authorization_headers or ("authorization",)), (
            Needs.NOTHING
        )
    source = selection.nested(spec, selection.place.at("from"), selection.scope)
    if source is None:
        return None
    read = source.read

    def candidates(call: Call) -> list[str]:
        text = text_of(read(call))
        return credentials(text) if text else []

    return candidates, source.needs


def header_credentials(names: tuple[str, ...]) -> Credentials:
    """Compile the reading of credentials out of request headers.

    Args:
        names: The headers, in order, in any case.

    Returns:
        A function from a call to its credentials, in order, schemes included.
    """
    spelled = tuple(tornado_spelling(name) for name in names if name.strip())

    def candidates(call: Call) -> list[str]:
        found: list[str] = []
        for name in spelled:
            header = call.request_headers.get(name)
            if header:
                found += credentials(header)
        return found

    return candidates
