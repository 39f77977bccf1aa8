"""Masks by cookie: its value in ``Cookie`` and ``Set-Cookie``; the rest of the header is kept.

Flows in: cookie rules. Flows out: these two headers with the cookies masked (RFC 6265). Several
``Set-Cookie`` headers stand joined by commas, and so does the date in ``Expires``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from moesif_declarative.rules.mask.action import REMOVED, Action, as_text
from moesif_declarative.rules.mask.names import Names, normalise
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.work import SIDES, Work

# A comma that another cookie follows: a name and "=".
_NEXT_COOKIE: Final = re.compile(r",[ \t]*(?=[^\s;,=\"]+=)")
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
        for group in header.split(";"):
            pairs = [self._pair(pair) for pair in _NEXT_COOKIE.split(group)]
            left = [pair for pair in pairs if pair is not None]
            if left:
                groups.append(", ".join(left))
        return ";".join(groups).lstrip()

    def given(self, header: str) -> str:
        """Mask a ``Set-Cookie`` header: a pair and its attributes, for each cookie."""
        cookies = []
        for cookie in _NEXT_COOKIE.split(header):
            pair, semicolon, attributes = cookie.partition(";")
            masked = self._pair(pair)
            if masked is not None:
                cookies.append(f"{masked}{semicolon}{attributes}")
        return ", ".join(cookies)

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
