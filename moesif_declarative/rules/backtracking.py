"""Can a pattern for Python's ``re`` backtrack without bound?

Flows in: a pattern's source. Flows out: a verdict that errs on the safe side: what the small
reader below does not understand counts as dangerous.

A pattern is harmless when nothing in it gives one text two ways to match: no repetition inside
a repetition, no overlapping branches inside one, and between any two repetitions that may take
the same characters something that neither may take. (A search tries every position anew, which
alone is quadratic; that is bounded by the cap on the text.)
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_SMALL_COUNT: Final = 10
"""A repetition of up to this many counts as bounded."""

_SAMPLE: Final = "".join(map(chr, range(128))) + "\xa0éßΩж中٣\u2028😀"
_ALL: Final = frozenset(_SAMPLE)

_TOKEN: Final = re.compile(
    r"""(?P<group>\(\?(?:P<\w+>|:|=|!|<=|<!|>)|\((?!\?))
      | (?P<close>\))
      | (?P<bar>\|)
      | (?P<count>[*+?][+?]?|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\}[+?]?)
      | (?P<empty>\^|\$|\\[AZzbB])
      | (?P<back>\\[1-9]\d?|\(\?P=\w+\))
      | (?P<one>\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.
        |\[\^?\]?(?:\\.|[^\]\\])*\]|[^()\\])""",
    re.VERBOSE | re.DOTALL,
)
_FLAGS: Final = re.compile(r"\(\?[aimsu]+\)")


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a pattern may take.

    Attributes:
        chars: The sample characters that may stand in it.
        empty: Whether it may match nothing.
        runs: The repetitions without bound in it, by what they may take.
        choice: Whether its branches, or optional parts, leave a choice.
    """

    chars: frozenset[str] = frozenset()
    empty: bool = True
    runs: tuple[frozenset[str], ...] = ()
    choice: bool = False


class _DangerError(Exception):
    """The pattern may backtrack without bound, or was not understood."""


def may_backtrack(source: str) -> bool:
    """Tell whether a pattern for Python's ``re`` may backtrack without bound.

    Args:
        source: A pattern that ``re`` takes.

    Returns:
        False when it certainly cannot; True when it can, and when that is not certain.
    """
    leading = _FLAGS.match(source)
    try:
        tokens = _tokens(source[leading.end() :] if leading else source)
        _branches(tokens)
        return next(tokens, None) is not None
    except (_DangerError, RecursionError, re.error):
        return True


def _tokens(source: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            raise _DangerError
        position = token.end()
        yield token


def _branches(tokens: Iterator[re.Match[str]]) -> _Part:
    """Read branches up to the closing parenthesis, or the end."""
    whole: _Part | None = None
    while True:
        branch, ending = _sequence(tokens)
        whole = branch if whole is None else _either(whole, branch)
        if ending != "bar":
            return whole


def _either(one: _Part, other: _Part) -> _Part:
    overlap = bool(one.chars & other.chars) or (one.empty and other.empty)
    return _Part(
        one.chars | other.chars,
        one.empty or other.empty,
        one.runs + other.runs,
        one.choice or other.choice or overlap,
    )


def _sequence(tokens: Iterator[re.Match[str]]) -> tuple[_Part, str | None]:
    whole = _Part()
    last: _Part | None = None
    for token in tokens:
        kind = token.lastgroup
        if kind in {"close", "bar"}:
            return _joined(whole, last), kind
        if token["count"]:
            if last is None:
                raise _DangerError
            last = _repeated(last, token)
            continue
        whole, last = _joined(whole, last), _atom(token, tokens)
    return _joined(whole, last), None


def _atom(token: re.Match[str], tokens: Iterator[re.Match[str]]) -> _Part:
    if token["group"]:
        inside = _branches(tokens)
        looks_around = token["group"] in {"(?=", "(?!", "(?<=", "(?<!"}
        return _Part() if looks_around else inside
    if token["back"]:
        return _Part(_ALL, empty=True, choice=True)
    return _Part(_taken(token["one"]), empty=False) if token["one"] else _Part()


@lru_cache(maxsize=512)
def _taken(one: str) -> frozenset[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        regex = re.compile(one, re.DOTALL | re.IGNORECASE)
    return frozenset(regex.findall(_SAMPLE)) or frozenset(one)


def _repeated(part: _Part, token: re.Match[str]) -> _Part:
    most = _most(token)
    optional = token["count"][0] in "*?" or token["least"] in {"", "0"}
    if most is not None and most <= 1:
        return _Part(part.chars, True, part.runs, choice=True)
    if part.runs or ((most is None or most > _SMALL_COUNT) and (part.choice or part.empty)):
        raise _DangerError
    if most is not None and most <= _SMALL_COUNT:
        fixed = token["least"] == str(most)
        return _Part(part.chars, optional or part.empty, (), part.choice or not fixed)
    return _Part(part.chars, optional, (part.chars,))


def _most(token: re.Match[str]) -> int | None:
    """The greatest count of a repetition, None for no bound."""
    sign = token["count"][0]
    if sign != "{":
        return 1 if sign == "?" else None
    if token["most"]:
        return int(token["most"])
    return None if token["comma"] else int(token["least"] or 0)


def _joined(before: _Part, after: _Part | None) -> _Part:
    """Put one part after another; danger if two repetitions may share characters."""
    if after is None:
        return before
    if any(one & other for one in before.runs for other in after.runs):
        raise _DangerError
    # A part that must be there, and shares nothing with a repetition before it, ends that
    # repetition's reach.
    runs = before.runs if after.empty else tuple(one for one in before.runs if one & after.chars)
    return _Part(
        before.chars | after.chars,
        before.empty and after.empty,
        runs + after.runs,
        before.choice or after.choice,
    )
