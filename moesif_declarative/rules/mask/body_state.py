"""What is known of one body of an event while the event is being masked.

Flows in: the body as it stands in the document, and the `Body` that it was made from. Flows out: a
`BodyState`: whether it is a value, a text or bytes, and what stands in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from moesif_declarative.call import Body, json_text
from moesif_declarative.call.json_scan import Look
from moesif_declarative.rules.mask.names import loses_name, may_hold
from moesif_declarative.rules.mask.nested import begins_like_json
from moesif_declarative.rules.mask.text.sign import Sign


@dataclass(slots=True)
class BodyState:
    """What is known of one body of the document.

    Attributes:
        kind: ``value`` stands as JSON, ``text`` as text in base64, ``binary`` as other bytes in
            base64; ``absent`` where there is none, or none any more.
        text: The text of a ``text`` body, as far as it is masked; of a form that may well be
            something else (`Body.odd_form`) what was sent.
        others: What else the bytes of a ``text`` body may say: its charset may lie.
        raw: The bytes of a ``binary`` body.
        reason: Why it could not be read as JSON or a form.
        form: Whether a ``value`` was read from a form, which can be made of almost any text.
        other: What the bytes of a ``value`` say in UTF-8, where its charset reads them otherwise.
        literal: The JSON text in which all of a ``value`` stands as it is (`Body.literal`), as
            long as nothing but values masked whole differs from it; None where there is none.
        signs: The signs in `literal`, once somebody asked.
        source: The JSON body whose value this is, as long as no string in it was changed but by
            masking it whole; None where there is none.
        nests: Whether a string in `source` may begin like JSON, once somebody asked.
    """

    kind: Literal["absent", "value", "text", "binary"]
    text: str = ""
    others: tuple[str, ...] = ()
    raw: bytes = b""
    reason: str = ""
    form: bool = False
    other: Any = None
    literal: str | None = None
    signs: frozenset[Sign] | None = None
    original: str = ""
    look: Look | None = None
    source: Body | None = None
    nests: bool | None = None


# In a JSON text: a string that begins like JSON, or with an escape and so might.
_BEGINS_LIKE_JSON: Final = re.compile('"[ \xa0\u2028\u2029\ufeff\u200b]*[{\\[\\\\]')


def state_of(side: dict[str, Any], body: Body, *, fast: bool) -> BodyState:
    """Tell what is known of a body that was just put into the document.

    Args:
        side: The request or response of the document.
        body: What it was made from.
        fast: Whether it may be looked through by its text.
    """
    if body.literal and fast and side.get("body") is body.value is not None:
        return BodyState("value", literal=body.text, look=body.look, source=body)
    state = _state(side, body)
    read = body.kind == "json" and body.other is None and state.kind == "value"
    if read and side["body"] is body.value:
        state.source = body
    return state


def state_again(side: dict[str, Any]) -> BodyState:
    """Tell what is known of a body that anybody may have put into the document."""
    return _state(side, None)


def _state(side: dict[str, Any], body: Body | None) -> BodyState:
    value = side.get("body")
    if value is None:
        return BodyState("absent")
    if side.get("transfer_encoding") != "base64" or not isinstance(value, str):
        if body is None:
            return BodyState("value")
        is_form = body.kind == "form"
        return BodyState("value", body.odd_form, form=is_form, other=body.other)
    if body is not None and body.kind == "text":
        text = body.text or ""
        return BodyState("text", text, _others(text, body.raw), reason=_no_structure(text))
    if body is not None and body.kind == "binary":
        return BodyState("binary", raw=body.raw or b"", reason=body.reason)
    return _decoded(value)


def may_nest(body: Body) -> bool:
    """Whether a string or a key in a JSON body may begin like JSON."""
    text = body.text or ""
    # The value may have been read from the bytes, which the text need not be.
    if body.raw != text.encode("utf-8", "surrogatepass"):
        return True
    return _BEGINS_LIKE_JSON.search(text) is not None


def reads_more(other: Any, value: Any, cores: Sequence[str]) -> bool:
    """Whether another reading of a body holds masked names that its value does not.

    Args:
        other: `Body.other`.
        value: The body.
        cores: What `Names.cores` says.
    """
    if isinstance(other, str) and isinstance(value, dict | list):
        return loses_name(other, json_text.dump(value), cores)
    return _names_within(other, cores) > _names_within(value, cores)


def _names_within(value: Any, cores: Sequence[str]) -> int:
    """Count the keys and texts of a value in which a masked name may stand."""
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            count += may_hold((item,), cores)
        elif isinstance(item, dict):
            stack += (*item.keys(), *item.values())
        elif isinstance(item, list):
            stack += item
    return count


def _decoded(value: str) -> BodyState:
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return BodyState("binary", raw=value.encode("utf-8", "replace"), reason="malformed base64")
    try:
        text = raw.decode("utf-8", "surrogatepass")
    except ValueError:
        return BodyState("binary", raw=raw, reason="not decodable as text")
    return BodyState("text", text, reason=_no_structure(text))


def _others(text: str, raw: bytes | None) -> tuple[str, ...]:
    try:
        plain = (raw or b"").decode().removeprefix("\ufeff")
    except ValueError:
        return ()
    return () if plain == text or "\x00" in plain else (plain,)


def _no_structure(text: str) -> str:
    return "malformed JSON" if begins_like_json(text) else "neither JSON nor a form"
