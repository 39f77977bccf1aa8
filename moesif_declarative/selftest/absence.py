"""Where a text stands in an event, in whatever form.

Flows in: an event and a text. Flows out: the first place that holds it, if any does.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from moesif_declarative.call import json_text

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_GZIP: Final = b"\x1f\x8b"
_DEEPEST_FORM: Final = 4


def place_of(text: str, event: Any) -> str | None:
    """Find a text in an event.

    Args:
        text: What must not be there; not empty.
        event: The event as its JSON reads.

    Returns:
        The JSONPath of the first value that holds the text: as it is, percent-encoded, in base64
        (compressed too), in JSON within a text, or as the name of a member; None where nothing
        does.
    """
    for path, value in _values(event):
        if any(text in form for form in _forms(value, 0)):
            return path
    # What no single value holds, such as a piece of JSON.
    return "$" if text in json_text.dump(event) else None


def forms_in(event: Any) -> Iterator[str]:
    """Give every value and member's name in an event, in every form that `place_of` searches."""
    for _, value in _values(event):
        yield from _forms(value, 0)


def _values(root: Any) -> Iterator[tuple[str, str]]:
    """Give every text and number below a value, and every member's name, with its path."""
    pending = [("$", root)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            for key, item in reversed(value.items()):
                pending += [(member(path, key), item), (member(path, key), key)]
        elif isinstance(value, list):
            pending += [(f"{path}[{at}]", item) for at, item in reversed([*enumerate(value)])]
        elif isinstance(value, str):
            yield path, value
        elif value is not None:
            yield path, json_text.dump(value)


def member(path: str, name: str) -> str:
    """Write the JSONPath of a member of an object."""
    if name.isascii() and name.isidentifier():
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def _forms(text: str, depth: int) -> Iterator[str]:
    yield text
    if depth == _DEEPEST_FORM:
        return
    further = [unquote_plus(text), *map(_from_base64, _BASE64.findall(text))]
    if text.lstrip()[:1] in {"{", "["}:
        with contextlib.suppress(ValueError, RecursionError):
            further += [value for _, value in _values(json.loads(text))]
    for form in further:
        if form not in ("", text):
            yield from _forms(form, depth + 1)


def _from_base64(run: str) -> str:
    """Decode base64 of either alphabet, and what was compressed in it."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return ""
    if decoded.startswith(_GZIP):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            decoded = gzip.decompress(decoded)
    return decoded.decode("utf-8", "replace")
