"""Masks by query argument, wherever a URL stands: ``request.uri`` and headers that hold URLs.

Flows in: query rules and the query part of presets. Flows out: the same URLs with these
arguments masked, in query and fragment; every other byte of them is kept. Names are compared
decoded; a URL inside an argument's value is looked into as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from moesif_declarative.rules.mask.action import REMOVED, Action, as_text
from moesif_declarative.rules.mask.names import Names, bracketed, normalise
from moesif_declarative.rules.mask.outside import look_outside
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.sieve import sign_of_names
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import SIDES, Trail, Work

URL_HEADERS: Final = frozenset(
    {
        "content-location",
        "destination",
        "hx-current-url",
        "hx-location",
        "hx-push-url",
        "hx-redirect",
        "hx-replace-url",
        "link",
        "location",
        "origin",
        "referer",
        "referrer",
        "refresh",
        "sourcemap",
        "uri",
        "x-accel-redirect",
        "x-envoy-original-path",
        "x-forwarded-path",
        "x-forwarded-uri",
        "x-forwarded-url",
        "x-original-uri",
        "x-original-url",
        "x-request-uri",
        "x-rewrite-url",
        "x-sourcemap",
        "x-url",
    }
)
"""Headers that hold a URL, in lower case."""

_URL_NAME: Final = re.compile(r"(?:^|-)(?:url|uri|href|link|location|redirect)$")
_URL_START: Final = re.compile(r"[\s\"'<]*(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//")
_MATRIX: Final = re.compile(r"(;[^/;]*)")
_MAX_DECODING: Final = 5
_MAX_DEPTH: Final = 8
_MOST_DECODINGS: Final = _MAX_DEPTH + _MAX_DECODING + 2
_LINK: Final = re.compile(r"<([^<>]*)>")
# What may stand in an argument's value as it is: everything but what would end it.
_SAFE: Final = "[]*:@!$'()~,/?-._{}<>|^`\""


@dataclass(frozen=True, slots=True)
class QueryTarget:
    """A query rule.

    Attributes:
        rule: The rule.
        action: What happens to the values.
        names: The arguments.
        places: Where it looks: ``request.uri``, ``request.headers``, ``response.headers``.
        sign: What stands in every text, decoded, in which one of the arguments stands.
    """

    rule: MaskRule
    action: Action
    names: Names
    places: frozenset[str]
    sign: Sign = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sign", sign_of_names(self.names.cores))

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What stands in every text, decoded, in which something is to be masked."""
        return (self.sign,)

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def run(self, work: Work) -> None:
        """Mask the arguments in every URL of the document."""
        looked = look_outside(work)
        if looked is not None and self.sign not in looked[0]:
            return
        for container, key, trail in url_places(work, self.places):
            if work.sieve is not None and not self._may_stand_in(container[key]):
                continue
            done = work.parts.get((id(container), key), set())
            shields: set[str] = set()
            arguments = _Arguments(self, done, shields)
            text = arguments.mask(container[key], name=str(key))
            if arguments.masked:
                container[key] = text
                work.count(self.rule, trail, len(arguments.masked))
                if self.action.final:
                    work.parts[id(container), key] = done | set(arguments.masked)
                    work.shields.setdefault((id(container), key), set()).update(shields)

    def _may_stand_in(self, text: str) -> bool:
        """Whether any of the arguments may stand in a text, however often it was encoded."""
        for _ in range(_MOST_DECODINGS):
            normal = normalise(text)
            for core in self.names.cores:
                if core in normal:
                    return True
            decoded = unquote_plus(text)
            if decoded == text:
                return False
            text = decoded
        return True


def url_places(work: Work, places: frozenset[str]) -> Iterator[tuple[Any, Any, Trail]]:
    """Give every place where a URL with an argument stands and is not masked whole."""
    request = work.document["request"]
    uri = request.get("uri")
    takes_uri = "request.uri" in places and "uri" not in work.marked(request)
    if takes_uri and isinstance(uri, str) and "=" in uri:
        yield request, "uri", "request.uri"
    for side in SIDES:
        headers = work.document[side].get("headers")
        if f"{side}.headers" not in places or not isinstance(headers, dict):
            continue
        done = work.marked(headers)
        for name, value in list(headers.items()):
            if not isinstance(value, str) or "=" not in value or name in done:
                continue
            if _holds_url(name.lower(), value):
                yield headers, name, f"{side}.headers.{name}"


def _holds_url(name: str, value: str) -> bool:
    return name in URL_HEADERS or bool(_URL_NAME.search(name) or _URL_START.match(value))


def encode_value(text: str) -> str:
    """Write a text so that it can stand as an argument's value; readable where possible."""
    return quote(text, safe=_SAFE, errors="surrogatepass")


def _plain_name(name: str) -> str:
    """Decode a name, however many servers and proxies on its way will decode it."""
    for _ in range(_MAX_DECODING):
        decoded = unquote_plus(name)
        if decoded == name:
            break
        name = decoded
    return normalise(name.strip(" ?\t\r\n\x00"))


class _Arguments:
    """Masks the arguments of one text; counts those that it masked.

    Args:
        target: The rule.
        done: Names that another rule masked already, normalised.
        shields: Takes the texts that were put there.
    """

    def __init__(self, target: QueryTarget, done: set[str], shields: set[str]) -> None:
        self.target = target
        self.done = done
        self.shields = shields
        self.masked: list[str] = []

    def mask(self, text: str, *, name: str = "", depth: int = 0) -> str:
        """Mask the arguments of a URL."""
        if name.lower() == "link":
            return _LINK.sub(lambda found: f"<{self.mask(found[1])}>", text)
        before, sharp, fragment = text.partition("#")
        path, mark, query = before.partition("?")
        if ";" in path:
            path = self._matrix(path, depth)
            before = f"{path}{mark}{query}"
        if mark:
            masked = self._list(query, depth)
            before = path if masked is None else f"{path}?{masked}"
        if sharp and "=" in fragment:
            fragment = self._fragment(fragment, depth)
            sharp = "#" if fragment else ""
        return f"{before}{sharp}{fragment}"

    def _matrix(self, path: str, depth: int) -> str:
        """Mask ``;jsessionid=…``, the arguments of a path's segment (RFC 3986, section 3.3)."""
        pieces = _MATRIX.split(path)
        for index in range(1, len(pieces), 2):
            masked = self._argument(pieces[index][1:], depth)
            pieces[index] = "" if masked is None else f";{masked}"
        return "".join(pieces)

    def _fragment(self, fragment: str, depth: int) -> str:
        """Mask ``access_token=…&…``, and ``/route?access_token=…`` as applications write it."""
        path, mark, query = fragment.partition("?")
        if not mark:
            return self._list(fragment, depth) or ""
        masked = self._list(query, depth)
        path = (self._list(path, depth) or "") if "=" in path else path
        return path if masked is None else f"{path}?{masked}"

    def _list(self, query: str, depth: int) -> str | None:
        """Mask a list of arguments; None when none of them is left.

        ``&`` separates, and within what it separates ``;``: but what follows a masked name goes
        up to the next ``&``, as Tornado reads it.
        """
        pieces = []
        for piece in query.split("&"):
            masked = self._argument(piece, depth)
            if masked == piece and ";" in piece:
                masked = self._semicolons(piece, depth)
            pieces.append(masked)
        left = [piece for piece in pieces if piece is not None]
        return "&".join(left) if left else None

    def _semicolons(self, piece: str, depth: int) -> str | None:
        left: list[str] = []
        behind_masked = False
        for part in piece.split(";"):
            if behind_masked and "=" not in part:
                continue  # the rest of a value that held a semicolon itself
            masked = self._argument(part, depth)
            behind_masked = masked != part
            if masked is not None:
                left.append(masked)
        return ";".join(left) if left else None

    def _argument(self, piece: str, depth: int) -> str | None:
        name, equals, value = piece.partition("=")
        plain = _plain_name(name)
        if equals and plain not in self.done and self._names(plain):
            return self._masked(name, value, plain)
        if not equals or plain in self.done or not value:
            return piece
        return f"{name}={self._value(value, depth)}"

    def _names(self, plain: str) -> bool:
        match = self.target.names.match
        return match(plain) or any(map(match, bracketed(plain)))

    def _masked(self, name: str, value: str, plain: str) -> str | None:
        before = unquote_plus(value)
        result = self.target.action.whole(before)
        if result is REMOVED:
            self.masked.append(plain)
            return None
        after = "" if result is None else as_text(result)
        if after == before:
            return f"{name}={value}"
        self.masked.append(plain)
        after = encode_value(after)
        self.shields.add(after)
        return f"{name}={after}"

    def _value(self, value: str, depth: int) -> str:
        """Mask inside a value that is a URL with arguments itself."""
        plain = unquote_plus(value)
        if "=" not in plain and "%3" not in plain:
            return value
        count = len(self.masked)
        if depth >= _MAX_DEPTH:
            return value
        masked = self._list_inside(plain, depth + 1)
        return value if len(self.masked) == count else quote(masked, safe="[]*")

    def _list_inside(self, plain: str, depth: int) -> str:
        if "?" in plain or "#" in plain:
            return self.mask(plain, depth=depth)
        return self._value(plain, depth) if "%" in plain else plain
