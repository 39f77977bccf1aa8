"""Linear-time scanners: RE2 over the shadow of a text, or over its UTF-8.

Flows in, at startup: a pattern of ours. Flows out, for each text: spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import re2

from moesif_declarative.rules.mask.text.detector import Span

_MEMORY_BYTES: Final = 64 << 20


def compile_ascii(pattern: str) -> Any:
    """Compile a pattern for shadows: a byte is a character."""
    options = _options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern.encode("ascii"), options)


def compile_utf8(pattern: bytes) -> Any:
    """Compile a pattern, in UTF-8, for texts in UTF-8.

    Raises:
        re2.error: The pattern is too large.
    """
    return re2.compile(pattern, _options())


def utf8_spans(regex: Any, text: str) -> Iterator[Span]:
    """Give the spans of a pattern's matches in a text, in characters.

    Args:
        regex: Of `compile_utf8`; it matches whole characters and never nothing.
        text: Any text, lone surrogates included.
    """
    data = text.encode("utf-8", "surrogatepass")
    at_byte = at = 0
    for match in regex.finditer(data):
        start, end = match.span()
        at += len(data[at_byte:start].decode("utf-8", "surrogatepass"))
        length = len(data[start:end].decode("utf-8", "surrogatepass"))
        yield at, at + length
        at_byte, at = end, at + length


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    return options
