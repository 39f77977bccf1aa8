"""Transforms: what a source may do with its value, one small step after another.

Flows in: the names of ``transform`` with their arguments, and at request time a value.
Flows out: a value, or None where a step has none to give. No step ever raises.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import hashlib
import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from moesif_declarative.call import json_text
from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.number_range import number_of
from moesif_declarative.rules.text_form import text_of

Step: TypeAlias = Callable[[Any], Any]

_CODE: Final = "bad-transform"
_INT64_MIN: Final = -(2**63)
_UINT64_MAX: Final = 2**64 - 1
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})


class Digest(bytes):
    """The bytes of a hash: hex where text is wanted, encoded as they are by ``base64``."""

    __slots__ = ()


def compile_transforms(names: str | Sequence[str], place: Place, scope: Scope) -> Step | None:
    """Compile the value of ``transform``.

    Args:
        names: Names of transforms, with arguments as in ``truncate:80``; one or a list.
        place: Where they were written.
        scope: Collects what is wrong.

    Returns:
        All steps in one function; it gives None as soon as one of them has no value, and never
        raises. None after a problem was added.
    """
    if isinstance(names, str):
        compiled = [_compile_step(names, place, scope)]
    else:
        compiled = [_compile_step(name, place.at(at), scope) for at, name in enumerate(names)]
    steps = tuple(step for step in compiled if step is not None)
    if len(steps) < len(compiled):
        return None

    def transform(value: Any) -> Any:
        for step in steps:
            value = step(value)
            if value is None or (isinstance(value, str | bytes) and not value):
                return None
        return _text(value) if isinstance(value, bytes) else value

    return transform


def truth_of(text: str) -> bool | None:
    """Read a text as true or false; None where it says neither."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _compile_step(written: str, place: Place, scope: Scope) -> Step | None:
    name, colon, argument = (part.strip() for part in written.partition(":"))
    if name in _COUNTED:
        if re.fullmatch(r"[1-9][0-9]{0,8}", argument, re.ASCII):
            return _COUNTED[name](int(argument))
        hint = f'write "{name}:80" for 80 characters'
        scope.problems.error(_CODE, place, f"{written!r} needs a number above 0", hint)
        return None
    if name in _STEPS and not colon:
        return _STEPS[name]
    if name in _STEPS:
        scope.problems.error(_CODE, place, f"{name} takes no argument", f'write "{name}"')
        return None
    near = difflib.get_close_matches(name.lower(), TRANSFORMS, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(TRANSFORMS)}"
    scope.problems.error(_CODE, place, f"there is no transform {name!r}", hint)
    return None


def _text(value: Any) -> str | None:
    return value.hex() if isinstance(value, Digest) else text_of(value)


def _on_text(change: Callable[[str], Any]) -> Step:
    def step(value: Any) -> Any:
        text = _text(value)
        return None if text is None else change(text)

    return step


def _bytes(value: Any) -> bytes | None:
    """The bytes to hash: of a hash those of its hex, as everywhere but in ``base64``."""
    if isinstance(value, bytes) and not isinstance(value, Digest):
        return bytes(value)
    text = _text(value)
    return None if text is None else text.encode("utf-8", "surrogatepass")


def decode_base64(text: str) -> bytes | None:
    """Decode base64 in either alphabet, padded or not; None where it is neither."""
    compact = "".join(text.split()).rstrip("=").translate(_STANDARD_ALPHABET)
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


_STANDARD_ALPHABET: Final = str.maketrans("-_", "+/")


def _parsed(value: Any) -> Any:
    if not isinstance(value, str | bytes) or isinstance(value, Digest):
        return value
    try:
        return json_text.parse(value)
    except ValueError:
        return None


def _as_text(value: Any) -> str | None:
    text = _text(value)
    if text is not None or isinstance(value, bytes) or value is None:
        return text
    shown = {getattr(type(value), name) for name in ("__str__", "__repr__")}
    if shown == {object.__str__, object.__repr__}:
        return None  # "<User object at 0x7f…>" says nothing, and differs from call to call
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - an application's __str__ runs here
        return None


def _as_int(value: Any) -> int | None:
    number = int(value) if isinstance(value, bool) else number_of(_text_if_bytes(value))
    whole = None if number is None else int(number)
    return whole if whole is not None and _INT64_MIN <= whole <= _UINT64_MAX else None


def _as_float(value: Any) -> float | None:
    number = float(value) if isinstance(value, bool) else number_of(_text_if_bytes(value))
    try:
        return None if number is None else float(number)
    except OverflowError:
        return None


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    text = _text(value)
    return None if text is None else truth_of(text)


def _text_if_bytes(value: Any) -> Any:
    return _text(value) if isinstance(value, bytes) else value


def _hashed(name: str) -> Step:
    def step(value: Any) -> Digest | None:
        data = _bytes(value)
        if data is None:
            return None
        return Digest(hashlib.new(name, data, usedforsecurity=False).digest())

    return step


def _base64(value: Any) -> str | None:
    data = value if isinstance(value, Digest) else _bytes(value)
    return None if data is None else base64.b64encode(data).decode()


def _address(text: str) -> str | None:
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return text.strip()


def _truncate(length: int) -> Step:
    return _on_text(lambda text: text[:length])


def _last(length: int) -> Step:
    return _on_text(lambda text: text[-length:])


_STEPS: Final[dict[str, Step]] = {
    "strip": _on_text(str.strip),
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "url_decode": _on_text(unquote),
    "base64_decode": _on_text(decode_base64),
    "json": _parsed,
    "str": _as_text,
    "int": _as_int,
    "float": _as_float,
    "bool": _as_bool,
    "sha256": _hashed("sha256"),
    "sha512": _hashed("sha512"),
    "md5": _hashed("md5"),
    "base64": _base64,
    "ip": _on_text(_address),
}
_COUNTED: Final[dict[str, Callable[[int], Step]]] = {"truncate": _truncate, "last": _last}

TRANSFORMS: Final = (*_STEPS, *_COUNTED)
"""The names of all transforms."""
