"""The engines behind a pattern: string methods, RE2, Python's ``re``.

Flows in: a pattern's source. Flows out: a `Search`, three closures over a text. RE2 works on
UTF-8 bytes here, so that texts may hold lone surrogates and NULs.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import re2

from moesif_declarative.rules.match import Match, PatternError, PatternLimitError
from moesif_declarative.rules.pattern_hints import re2_hint, re2_trap

PYTHON_TEXT_LIMIT: Final = 10_000
"""How many characters of a text a pattern with ``engine = "python"`` is tried on."""

RE2_MEMORY_BYTES: Final = 8 << 20
"""What one pattern may take of memory, RE2's own default."""


@dataclass(frozen=True, slots=True)
class Search:
    """How one engine looks for one pattern; `Pattern` says what the closures promise."""

    groups: int
    names: Mapping[str, int]
    found: Callable[[str], bool]
    first: Callable[[str], str | None]
    matches: Callable[[str], Iterator[Match]]


_NO_NAMES: Final[Mapping[str, int]] = MappingProxyType({})
_PLAIN: Final = re.compile(
    r"(?P<start>\^?)(?P<literal>(?:[^\\.^$*+?{}\[\]|()]|\\[!-/:-@\[-`{-~])+)(?P<end>\$?)"
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def literal_search(source: str) -> Search | None:
    """Search with string methods, where a pattern is a literal, perhaps with ``^`` and ``$``.

    Args:
        source: The pattern; punctuation escaped with a backslash is part of a literal.

    Returns:
        The search, None if the pattern is more than a literal.
    """
    plain = _PLAIN.fullmatch(source)
    if plain is None:
        return None
    literal = _ESCAPE.sub(r"\1", plain["literal"])
    anchored = bool(plain["start"] or plain["end"])
    found = _literal_test(literal, bool(plain["start"]), bool(plain["end"]))

    def matches(text: str) -> Iterator[Match]:
        if not found(text):
            return
        start = len(text) - len(literal) if plain["end"] else text.find(literal)
        while start >= 0:
            yield Match(literal, start=start)
            start = -1 if anchored else text.find(literal, start + len(literal))

    return Search(0, _NO_NAMES, found, lambda text: literal if found(text) else None, matches)


def _literal_test(literal: str, at_start: bool, at_end: bool) -> Callable[[str], bool]:
    if at_start and at_end:
        return lambda text: text == literal
    if at_start:
        return lambda text: text.startswith(literal)
    if at_end:
        return lambda text: text.endswith(literal)
    return lambda text: literal in text


def re2_search(
    source: str, *, ignore_case: bool = False, memory_bytes: int = RE2_MEMORY_BYTES
) -> Search:
    """Search with RE2, in time linear in the text.

    Args:
        source: The pattern.
        ignore_case: Whether letters match in either case.
        memory_bytes: What the compiled pattern may take; it bounds the time to compile it too.

    Raises:
        PatternError: RE2 does not take the pattern, or takes it as nobody means it.
    """
    regex, names = _compile_re2(source, ignore_case, memory_bytes)
    search = regex.search
    chosen = 1 if regex.groups else 0

    def found(text: str) -> bool:
        return search(text.encode("utf-8", "surrogatepass")) is not None

    def first(text: str) -> str | None:
        match = search(text.encode("utf-8", "surrogatepass"))
        return None if match is None else _decoded(match[chosen])

    def matches(text: str) -> Iterator[Match]:
        data = text.encode("utf-8", "surrogatepass")
        bytes_done = start = 0
        match = search(data)
        while match is not None:
            begin, end = match.span()
            if begin == end:
                # An empty match may stand inside a character. The search goes on one byte
                # later: what is not empty begins where a character does.
                match = search(data, end + 1) if end < len(data) else None
                continue
            start += len(data[bytes_done:begin].decode("utf-8", "surrogatepass"))
            whole = data[begin:end].decode("utf-8", "surrogatepass")
            yield Match(whole, tuple(map(_decoded, match.groups())), names, start)
            start += len(whole)
            bytes_done = end
            match = search(data, end)

    return Search(regex.groups, names, found, first, matches)


def _compile_re2(
    source: str, ignore_case: bool, memory_bytes: int
) -> tuple[Any, Mapping[str, int]]:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.max_mem = memory_bytes
    try:
        regex = re2.compile(source.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        cause = error.args[0] if error.args else "not a regular expression"
        message = cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
        raise PatternError(message, re2_hint(message, source)) from error
    if trap := re2_trap(source):
        raise PatternError(*trap)
    return regex, MappingProxyType({name.decode(): at for name, at in regex.groupindex.items()})


def _decoded(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogatepass")


def python_search(source: str, *, ignore_case: bool) -> Search:
    """Search with Python's ``re``, in a text's first `PYTHON_TEXT_LIMIT` characters.

    Raises:
        PatternError: ``re`` does not take the pattern.
    """
    regex = _compile_python(source, ignore_case=ignore_case)
    names = MappingProxyType(dict(regex.groupindex))
    chosen = 1 if regex.groups else 0

    def found(text: str) -> bool:
        return regex.search(text, 0, PYTHON_TEXT_LIMIT) is not None

    def first(text: str) -> str | None:
        match = regex.search(text, 0, PYTHON_TEXT_LIMIT)
        part: str | None = None if match is None else match[chosen]
        return part

    def matches(text: str) -> Iterator[Match]:
        if len(text) > PYTHON_TEXT_LIMIT:
            raise PatternLimitError(
                f"a text of {len(text)} characters is longer than the {PYTHON_TEXT_LIMIT} that "
                'a pattern with engine = "python" is tried on'
            )
        for match in regex.finditer(text):
            if match[0]:
                yield Match(match[0], match.groups(), names, match.start())

    return Search(regex.groups, names, found, first, matches)


def _compile_python(source: str, *, ignore_case: bool) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # What Python may read otherwise some day is no fault of today's settings.
            warnings.simplefilter("ignore")
            return re.compile(source, re.IGNORECASE if ignore_case else 0)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise PatternError(f"not a regular expression for Python's re: {error}") from error
