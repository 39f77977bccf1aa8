"""The response of a governance rule: status, headers and body, fit to be sent.

Flows in: ``response`` of a served rule. Flows out: a `RuleResponse`, from which headers and the
whole answer are made for a request; and what of it could not be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.call import json_text
from moesif_declarative.rules.text_form import text_of
from moesif_declarative.served.template import fill, is_deep, is_template

FORBIDDEN: Final = 403
"""The status of a rule that names none from 200 to 599; 1xx cannot end a request."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_VALUE: Final = 4_000
_MOST_BODY: Final = 1_000_000
_MOST_HEADERS: Final = 50

# These say how the body is framed, which only the server knows.
_FRAMING: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RuleResponse:
    """What a rule says of the response.

    Attributes:
        status: The status of a blocked request, 200 to 599.
        headers: Names and templates, in order.
        body: The body of a blocked request, a JSON value or text; None for an empty one.
        varies: Whether the body has anything to fill.
        ready: The body as bytes where nothing is to be filled.
        content_type: The body's type, where the headers name none.
    """

    status: int
    headers: tuple[Header, ...]
    body: Any
    varies: bool
    ready: bytes
    content_type: str

    def filled_headers(self, values: Mapping[str, Any]) -> list[Header]:
        """Make the headers for a request; line breaks never get into them."""
        return [(name, header_value(fill(text, values))) for name, text in self.headers]

    def filled_body(self, values: Mapping[str, Any]) -> bytes:
        """Make the body of a blocked request."""
        return body_bytes(fill(self.body, values)) if self.varies else self.ready


def read_response(value: Any, place: str, told: list[str]) -> RuleResponse:
    """Read the response of a rule.

    Args:
        value: What was served; any part of it may be missing or wrong.
        place: Where it stands, for what is told.
        told: Collects what is left out.

    Returns:
        The response, as far as it can be used; without a status, with `FORBIDDEN`.
    """
    table = value if isinstance(value, dict) else {}
    if value is not None and not isinstance(value, dict):
        told.append(f"{place} is no object")
    status = _status(table.get("status"))
    if status is None and table.get("status") is not None:
        told.append(f"{place}.status is none from 200 to 599: it is {FORBIDDEN} now")
    body = table.get("body")
    if is_deep(body) or len(body_bytes(body)) > _MOST_BODY:
        told.append(f"{place}.body is too large")
        body = None
    kind = "text/plain" if _as_json(body) is None else "application/json"
    if varies := is_template(body):
        # Filled in as a value, a quote in a text cannot end the text around it.
        body = _as_json(body) or body
    return RuleResponse(
        status or FORBIDDEN,
        tuple(_headers(table.get("headers"), f"{place}.headers", told)),
        body,
        varies,
        b"" if varies else body_bytes(body),
        f"{kind}; charset=UTF-8",
    )


def header_value(text: str) -> str:
    """Make a text fit for a header: on one line, not endless, in the characters that HTTP has.

    What ISO 8859-1 lacks goes as UTF-8 (RFC 9110, 5.5: obs-text).
    """
    line = _CONTROLS.sub(" ", text[:_LONGEST_VALUE]).strip()
    return line if line.isascii() else line.encode("utf-8", "replace").decode("latin-1")


def body_bytes(body: Any) -> bytes:
    """Write a body: text as it is, other JSON values as JSON."""
    if body is None:
        return b""
    return body.encode("utf-8", "replace") if isinstance(body, str) else json_text.encode(body)


def _as_json(body: Any) -> Any:
    """Take a body as JSON, also where its text is an object or list; None for other texts."""
    if not isinstance(body, str):
        return body
    if not body.lstrip().startswith(("{", "[")):
        return None
    try:
        value = json_text.parse(body)
    except (ValueError, RecursionError):
        return None
    return None if is_deep(value) else value


def _status(value: Any) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 200 <= value < 600:
        return None
    return int(value)


def _headers(value: Any, place: str, told: list[str]) -> list[Header]:
    if value is None:
        return []
    if not isinstance(value, dict):
        told.append(f"{place} is no object")
        return []
    found = []
    for at, (name, content) in enumerate(value.items()):
        text = None if isinstance(content, dict | list) else text_of(content)
        sound = _NAME.fullmatch(name) is not None and name.lower() not in _FRAMING
        if text is None or not sound or at >= _MOST_HEADERS:
            told.append(f"one of {place} cannot be sent")
        else:
            found.append((name, text))
    return found
