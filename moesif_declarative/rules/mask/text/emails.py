"""E-mail addresses, in any script.

An address is a local part, ``@`` and a domain name with a dot whose last label is letters, or
an address in brackets (RFC 5321, 5322 and 6531, as they are used in practice). The local part
is letters, digits and ``.!#$%'*+^_`~-``, or quoted. ``& / = ? { | }``, which the RFCs allow
too, stand before an address far more often than in one, in URLs, forms and JSON: they count
only where nothing but signs follows up to the ``@``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_utf8, utf8_spans
from moesif_declarative.rules.mask.text.sign import Sign

_WORD: Final = r"\pL\pM\pN"
_SIGNS: Final = r"[.!#$%&'*+/=?^_`{|}~-]"
_LOCAL: Final = rf"(?:[{_WORD}_+][{_WORD}_.!#$%'*+^`~-]*{_SIGNS}*|{_SIGNS}+)"
_QUOTED: Final = r'"[^"\\\r\n]{1,64}"'
_LABEL: Final = rf"[{_WORD}_][{_WORD}_-]*"
_TOP: Final = r"(?:[Xx][Nn]--[0-9A-Za-z-]{2,}|\pL[\pL\pM]+)"
_LITERAL: Final = r"\[(?:[Ii][Pp][Vv]6:)?[0-9A-Fa-f:.]{3,}\]"
_ADDRESS: Final = compile_utf8(
    rf"(?:{_LOCAL}|{_QUOTED})[@＠](?:(?:{_LABEL}[.．])+{_TOP}|{_LITERAL})".encode()  # noqa: RUF001
)


def _find(text: str) -> Iterable[Span]:
    if "@" not in text and "＠" not in text:  # noqa: RUF001 - the full-width sign is meant
        return ()
    return utf8_spans(_ADDRESS, text)


EMAILS: Final = span_detector("emails", _find, Sign(r"@|\x{ff20}"))
