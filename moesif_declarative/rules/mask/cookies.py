"""Masks by cookie: its value in ``Cookie`` and ``Set-Cookie``; the rest of the header is kept.

Flows in: cookie rules. Flows out: these two headers with the cookies masked (RFC 6265). Several
``Set-Cookie`` headers stand joined by commas, and so does the date in ``Expires``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.rules.mask.action import REMOVED, Action, as_text
from moesif_declarative.rules.mask.names import Names, normalise
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Work

# A comma that another cookie follows: a name and "=".
_NEXT_COOKIE: Final = re.compile(r"(,[ \t]*)(?=[^\s;,=\"]+=)")
_ENDING: Final = re.compile(r"[;,\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class CookieTarget:
    """A cookie rule.

    Attributes:
        rule: The rule.
        action: What happens to the values.
        names: The cookies.
    """

    rule: MaskRule
    action: Action
    names: Names

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""
        return (self.rule,)

    def run(self, work: Work) -> None:
        """Mask the cookies in both headers, on whichever side they stand."""
        for side in SIDES:
            headers = work.document[side].get("headers")
            if not isinstance(headers, dict):
                continue
            done = work.marked(headers)
            for name in list(headers):
                kind = name.lower()
                if kind in {"cookie", "set-cookie"} and name not in done:
                    self._mask(work, headers, name, f"{side}.headers.{name}", kind)

    def _mask(self, work: Work, headers: dict[str, Any], name: str, trail: str, kind: str) -> None:
        if not isinstance(headers[name], str):
            return
        place = (id(headers), name)
        cookies = _Cookies(self, work.parts.get(place, set()))
        mask = cookies.sent if kind == "cookie" else cookies.given
        text = mask(headers[name])
        if not cookies.masked:
            return
        work.count(self.rule, trail, len(cookies.masked))
        if text:
            headers[name] = text
        else:
            del headers[name]
        if self.action.final:
            work.parts[place] = cookies.done | set(cookies.masked)
            work.shields.setdefault(place, set()).update(cookies.shields)


class _Cookies:
    """Masks the cookies of one header; counts those that it masked.

    Args:
        target: The rule.
        done: Names that another rule masked already, normalised.
    """

    def __init__(self, target: CookieTarget, done: set[str]) -> None:
        self.target = target
        self.done = done
        self.masked: list[str] = []
        self.shields: set[str] = set()

    def sent(self, header: str) -> str:
        """Mask a ``Cookie`` header: pairs separated by semicolons."""
        groups = []
        for group in self._groups(header):
            pairs = [self._pair(pair) for pair in self._split(group)]
            left = [pair for pair in pairs if pair is not None]
            if left:
                groups.append(", ".join(left))
        return ";".join(groups).lstrip()

    def given(self, header: str) -> str:
        """Mask a ``Set-Cookie`` header: a pair and its attributes, for each cookie."""
        cookies = []
        for cookie in self._split(header):
            pair, *rest = self._groups(cookie)
            semicolon, attributes = ";" if rest else "", ";".join(rest)
            masked = self._pair(pair)
            if masked is not None:
                cookies.append(f"{masked}{semicolon}{attributes}")
        return ", ".join(cookies)

    def _groups(self, header: str) -> list[str]:
        """Split at semicolons, but for those inside the quoted value of a cookie to mask."""
        parts = header.split(";")
        closing = [place for place, part in enumerate(parts) if part.rstrip().endswith('"')]
        groups: list[str] = []
        begin = 0
        while begin < len(parts):
            end = begin + 1
            if self._is_open(parts[begin]):
                later = bisect_right(closing, begin)
                end = closing[later] + 1 if later < len(closing) else end
            groups.append(";".join(parts[begin:end]))
            begin = end
        return groups

    def _split(self, header: str) -> list[str]:
        """Split into cookies; a comma without a space may be in the value of one to mask."""
        first, *rest = _NEXT_COOKIE.split(header)
        cookies = [first]
        for comma, cookie in zip(rest[::2], rest[1::2], strict=True):
            if comma == "," and ";" not in cookies[-1] and self._is_named(cookies[-1]):
                cookies[-1] += f",{cookie}"
            else:
                cookies.append(cookie)
        return cookies

    def _is_named(self, pair: str) -> bool:
        name, equals, _ = pair.partition("=")
        return bool(equals) and self.target.names.match(normalise(name.strip()))

    def _is_open(self, pair: str) -> bool:
        """Whether the value of a cookie to mask begins with a quote that is not closed."""
        value = pair.partition("=")[2].strip()
        closed = len(value) > 1 and value.endswith('"')
        return value.startswith('"') and not closed and self._is_named(pair)

    def _pair(self, pair: str) -> str | None:
        name, equals, value = pair.partition("=")
        plain = normalise(name.strip())
        if not equals or plain in self.done or not self.target.names.match(plain):
            return pair
        before = value.strip()
        result = self.target.action.whole(before)
        if result is REMOVED:
            self.masked.append(plain)
            return None
        after = "" if result is None else _ENDING.sub("_", as_text(result))
        if after == before:
            return pair
        self.masked.append(plain)
        self.shields.add(after)
        return f"{name}={after}"
