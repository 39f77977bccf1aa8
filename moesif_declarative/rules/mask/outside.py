"""The short texts of an event, all but its bodies, looked at in one pass.

Flows in: an event and the rules that look inside texts. Flows out: whether any of them may find
something in the URL, a header, the metadata or an identity; in most events none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

from moesif_declarative.rules.mask.action import scalar_text
from moesif_declarative.rules.mask.nested import begins_like_json
from moesif_declarative.rules.mask.texts import TextTarget, may_find_in
from moesif_declarative.rules.mask.work import SIDES, Work

IDENTITIES: Final = (
    "user_id",
    "company_id",
    "session_token",
    "subscription_id",
    "action_name",
    "trace_id",
    "request.api_version",
)
"""Where texts stand that hooks gave."""

_PLACES: Final = tuple(name.rpartition(".")[::2] for name in IDENTITIES)

# How often `mask_text` decodes a piece of a URL, and once more.
_ROUNDS: Final = 6
# No detector takes it for a part of what it looks for.
_BETWEEN: Final = "\n"


def finds_outside(work: Work, targets: Sequence[TextTarget]) -> bool:
    """Whether the targets may find something outside of the bodies; never False for something."""
    if work.sieve is None:
        return True
    texts = _url_and_headers(work)
    if not _decode(texts) or not _add_given(texts, work.document):
        return True
    text = _BETWEEN.join(texts)
    return may_find_in(targets, work.sieve.found(text), text)


def _url_and_headers(work: Work) -> list[str]:
    request = work.document["request"]
    uri = request.get("uri")
    texts = [uri] if isinstance(uri, str) and "uri" not in work.marked(request) else []
    for side in SIDES:
        headers = work.document[side].get("headers")
        if isinstance(headers, dict):
            done = work.marked(headers)
            texts += [
                value
                for name, value in headers.items()
                if name not in done and isinstance(value, str)
            ]
    return texts


def _decode(texts: list[str]) -> bool:
    """Add what encoded texts say, read by both ways; False where that never ends."""
    whole = _BETWEEN.join(texts)
    for signs in ("%", "%+"):
        if not any(sign in whole for sign in signs):
            continue
        plain = whole
        for _ in range(_ROUNDS):
            decoded = unquote(plain.replace("+", " ") if "+" in signs else plain)
            if decoded == plain:
                break
            texts.append(decoded)
            plain = decoded
        else:
            return False
    return True


def _add_given(texts: list[str], document: dict[str, Any]) -> bool:
    """Add what hooks gave; False where a text in it may be JSON, which has to be opened."""
    for side, name in _PLACES:
        value = (document[side] if side else document).get(name)
        if value is not None:
            texts.append(scalar_text(value) or "")
    stack = [document["metadata"]] if "metadata" in document else []
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if begins_like_json(item):
                return False
            texts.append(item)
        elif isinstance(item, dict):
            stack += (*item, *item.values())
        elif isinstance(item, list):
            stack += item
    return True
