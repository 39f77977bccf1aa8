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
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.texts import TextTarget, may_find_in
from moesif_declarative.rules.mask.work import Work

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

_AT_TOP: Final = tuple(name for name in IDENTITIES if "." not in name)

# How often `mask_text` decodes a piece of a URL, and once more.
_ROUNDS: Final = 6
# No detector takes it for a part of what it looks for.
_BETWEEN: Final = "\n"


def finds_outside(work: Work, targets: Sequence[TextTarget]) -> bool:
    """Whether the targets may find something outside of the bodies; never False for something."""
    looked = look_outside(work)
    return looked is None or may_find_in(targets, *looked)


def look_outside(work: Work) -> tuple[frozenset[Sign], str] | None:
    """Look at all short texts of an event at once.

    Returns:
        The signs in them, and the texts themselves, joined, however often they were encoded;
        None where each of them has to be looked at. Until something is masked, it looks once.
    """
    if work.outside is None and work.sieve is not None:
        texts = _url_and_headers(work.document)
        if _add_given(texts, work.document):
            text = _with_decoded(texts)
            work.outside = None if text is None else (work.sieve.found(text), text)
    return work.outside


def _url_and_headers(document: dict[str, Any]) -> list[str]:
    """Give the texts there, those that were masked whole among them: in these nobody looks."""
    request, response = document["request"], document["response"]
    texts: list[Any] = [request.get("uri")]
    for headers in (request.get("headers"), response.get("headers")):
        if isinstance(headers, dict):
            texts += headers.values()
    return texts


def _with_decoded(texts: list[Any]) -> str | None:
    """Join texts and what they say decoded, by both ways; None where that never ends."""
    try:
        whole = _BETWEEN.join(texts)
    except TypeError:  # a mask put something else in the place of a text
        whole = _BETWEEN.join([text for text in texts if isinstance(text, str)])
    if "%" not in whole and "+" not in whole:
        return whole
    found = [whole]
    for signs in ("%", "%+"):
        plain = whole
        for _ in range(_ROUNDS):
            decoded = unquote(plain.replace("+", " ") if "+" in signs else plain)
            if decoded == plain:
                break
            found.append(decoded)
            plain = decoded
        else:
            return None
    return _BETWEEN.join(found)


def _add_given(texts: list[str], document: dict[str, Any]) -> bool:
    """Add what hooks gave; False where a text in it may be JSON, which has to be opened."""
    given = [document.get(name) for name in _AT_TOP]
    given.append(document["request"].get("api_version"))
    stack = [document["metadata"]] if "metadata" in document else []
    texts += [scalar_text(value) or "" for value in given if value is not None]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if begins_like_json(item):
                return False
            texts.append(item)
        elif isinstance(item, dict):
            stack += item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
    return True
