"""The shipped lists: what ``preset = "…"`` and ``MASK_PRESETS`` stand for.

Flows in: a preset's name and what is taken out of it. Flows out: names and detectors.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.names import normalise
from moesif_declarative.rules.mask.text import PRESETS, Detector
from moesif_declarative.rules.mask.text.detector import Span, span_detector
from moesif_declarative.rules.mask.text.sign import Sign

HEADERS: Final = (
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "Api-Key",
    "*-Token",
    "*-Secret",
)
FIELDS: Final = (
    "*password*",
    "passwd",
    "pwd",
    "passphrase",
    "*secret",
    "api_key",
    "apikey",
    "access_token",
    "refresh_token",
    "id_token",
    "auth_token",
    "private_key",
    "cvv",
    "cvc",
)
ARGUMENTS: Final = (*FIELDS, "token", "sig", "signature")

_USERINFO: Final = re.compile(r"(?:[A-Za-z0-9+.\-]:|\A)//([^\s/?#\"<>\\]+)@")


def _userinfo_spans(text: str) -> Iterator[Span]:
    if "@" in text and "//" in text:
        for found in _USERINFO.finditer(text):
            yield found.span(1)


_USERINFO_SIGN: Final = Sign(r"//[^/?#\"<>\\ \t\r\n]+@")
USERINFO: Final = span_detector("userinfo", _userinfo_spans, _USERINFO_SIGN)
"""User name and password in a URL (RFC 3986, section 3.2.1)."""

DETECTORS: Final = {"userinfo": USERINFO, "jwt": PRESETS["jwt"]}
CONTENT_PRESETS: Final = tuple(name for name in PRESETS if name != "jwt")
PRESET_NAMES: Final = ("credentials", *CONTENT_PRESETS)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The preset ``credentials``, or what is left of it.

    Attributes:
        headers: Globs of header names.
        fields: Globs of keys in bodies.
        arguments: Globs of query arguments.
        detectors: What is looked for inside texts.
    """

    headers: tuple[str, ...]
    fields: tuple[str, ...]
    arguments: tuple[str, ...]
    detectors: tuple[Detector, ...]


def credentials(without: Iterable[str], place: Place, scope: Scope) -> Credentials:
    """Give the preset without some names.

    Args:
        without: Names as the list has them, in any case; ``jwt`` and ``userinfo`` too.
        place: Where `without` was written.
        scope: Collects a problem for every name that is not in the list.
    """
    everything = dict.fromkeys((*HEADERS, *ARGUMENTS, *DETECTORS))
    gone: set[str] = set()
    for name in without:
        same = {known for known in everything if known.casefold() == name.casefold()}
        same = same or {known for known in everything if normalise(known) == normalise(name)}
        if not same:
            near = difflib.get_close_matches(name, everything, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(everything)}"
            message = f"the preset credentials has no {name!r}"
            scope.problems.error("not-in-preset", place, message, hint)
        gone |= same
    return Credentials(
        tuple(name for name in HEADERS if name not in gone),
        tuple(name for name in FIELDS if name not in gone),
        tuple(name for name in ARGUMENTS if name not in gone),
        tuple(detector for name, detector in DETECTORS.items() if name not in gone),
    )
