"""Who a call belongs to: values as identities, and the user whom the authorization names.

Flows in: a value that a source gave, or a call's authorization headers. Flows out: text, or
None where it names nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moesif_declarative.call import json_text
from moesif_declarative.rules.authorization import header_credentials
from moesif_declarative.rules.compiled import Needs, Scope, Source
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.rules.token import (
    after_scheme,
    basic_username,
    bearer_token,
    claim,
    claims_of,
    json_object,
)

if TYPE_CHECKING:
    from moesif_declarative.call import Call


def identity_text(value: Any) -> str | None:
    """Write a value as the text of an identity, a session token, an API version or an action.

    Args:
        value: Whatever a source gave.

    Returns:
        Its text: numbers as they were written, booleans as ``true`` and ``false``, UUIDs and
        times as text, bytes as the UTF-8 they hold. None where there is no value: None, empty
        text, and whatever names nobody: objects, lists, NaN, bytes that are no UTF-8. Never
        raises.
    """
    if type(value) is str:
        return value or None
    if isinstance(value, bytes | bytearray):
        return text_of(value) or None
    plain = json_text.plain(value)
    return None if isinstance(plain, dict | list) else text_of(plain) or None


def route_action() -> Source:
    """Give the automatic action: the pattern of the route, as ``request = "route"`` gives it.

    It holds nothing of the request but which route it took.
    """
    return Source(
        lambda call: call.record.route,
        Needs.NOTHING,
        "the route",
        lambda _call: "no route leads there",
    )


def compile_authorization_user(scope: Scope) -> Source:
    """Compile the automatic user: whom the authorization header names.

    Args:
        scope: Names the headers, in order, and the claim that holds the user.

    Returns:
        A source of text: the claim of a JWT (``Bearer`` or alone) or of a bare token that is a
        JSON object in base64, claim names in any case; or the user name of Basic credentials.
        Without header names it never gives a value.
    """
    candidates = header_credentials(scope.authorization_headers)

    def read(call: Call) -> str | None:
        names = (_user_of(text, scope.user_id_field) for text in candidates(call))
        return next((name for name in names if name is not None), None)

    headers = " and ".join(scope.authorization_headers) or "no header"
    text = f"{', '.join(scope.authorization_headers) or 'no header'}: {scope.user_id_field}"
    why = f"{headers} named nobody, neither by the claim {scope.user_id_field} nor by Basic"
    return Source(read, Needs.NOTHING, text, lambda _call: why)


def _user_of(text: str, field: str) -> str | None:
    if after_scheme(text, "basic") is not None:
        return basic_username(text)
    token = bearer_token(text)
    claims = claims_of(token) if "." in token else json_object(token)
    return None if claims is None else identity_text(claim(claims, field, ignore_case=True))
