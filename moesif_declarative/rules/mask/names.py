r"""Names that rules mask by, and whether a text that nothing could parse may hold one.

Flows in: names and globs of ``field``, ``query`` and ``cookie`` rules. Flows out: a test for a
name, and `may_hold`, which looks through every kind of escape (JSON's ``\u0070``, ``%70``,
``&#112;``) to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from typing import Final
from urllib.parse import unquote

from moesif_declarative.rules.glob import compile_globs

_MAX_ROUNDS: Final = 24


def normalise(name: str) -> str:
    """Write a name so that case, ``-`` and ``_`` make no difference."""
    return name.casefold().replace("-", "_")


_BRACKETS: Final = re.compile(r"[\[\]]+")


def bracketed(name: str) -> list[str]:
    """Give the pieces of a name like ``user[password]``, as PHP, Rails and others read it.

    A name without brackets at its end has none.
    """
    if not name.endswith("]") or "[" not in name:
        return []
    return [piece for piece in _BRACKETS.split(name) if piece]


@dataclass(frozen=True, slots=True)
class Names:
    """A set of names and globs.

    Attributes:
        globs: As the user wrote them.
        match: Whether a name, normalised, is one of them.
        cores: For each of them the longest piece without a wildcard, normalised: what a text
            must hold if one of them is to stand in it. ``""`` is held by every text.
    """

    globs: tuple[str, ...]
    match: Callable[[str], bool]
    cores: tuple[str, ...]


def compile_names(globs: Iterable[str]) -> Names:
    """Compile names and globs, compared without regard to case, ``-`` and ``_`` alike."""
    written = tuple(globs)
    normal = [normalise(glob) for glob in written]
    cores = tuple(max(re.split(r"[*?]+", glob), key=len) for glob in normal)
    return Names(written, compile_globs(normal), cores)


def may_hold(texts: Sequence[str], cores: Iterable[str] | None) -> bool:
    """Whether a masked name may stand in a text.

    Args:
        texts: The text, in every way in which its bytes may be read.
        cores: What `Names.cores` says; None where no name is needed to reach what is masked.

    Returns:
        False only if none of the names occurs, escapes resolved.
    """
    if cores is None:
        return True
    wanted = tuple(cores)
    for text in texts:
        found, complete = readings(text)
        if not complete:
            return True
        normal = [normalise(reading) for reading in found]
        if any(stands_in(core, normal) for core in wanted):
            return True
    return False


def stands_in(core: str, found: Sequence[str]) -> bool:
    """Whether a name stands in a text.

    Args:
        core: What `Names.cores` says.
        found: The readings of the text, normalised.
    """
    return any(spelling in reading for spelling in _spellings(core) for reading in found)


def loses_name(before: str, after: str, cores: Iterable[str]) -> bool:
    """Whether a masked name stood in a text more often before another mask changed it.

    Args:
        before: The text.
        after: The text as it was changed.
        cores: What `Names.cores` says.
    """
    first, last = (normalise(readings(text)[0][-1]) for text in (before, after))
    return any(
        first.count(spelling) > last.count(spelling)
        for core in cores
        for spelling in _spellings(core)
        if spelling
    )


def readings(text: str) -> tuple[list[str], bool]:
    """Read a text with its escapes resolved, again and again until nothing changes.

    Returns:
        The text itself and each further reading, and whether the last one has no escapes left.
    """
    found = [text]
    if "\x00" in text:  # UTF-16 that was read as something narrower
        found.append(text.replace("\x00", ""))
    complete = False
    for _ in range(_MAX_ROUNDS):
        before = found[-1]
        for resolve in _STEPS:
            resolved = resolve(found[-1])
            if resolved != found[-1]:
                found.append(resolved)
        complete = before == found[-1]
        if complete:
            break
    if "+" in found[-1]:  # a blank in a form, and itself elsewhere
        found.append(found[-1].replace("+", " "))
    return found, complete


@lru_cache(maxsize=1024)
def _spellings(core: str) -> tuple[str, ...]:
    r"""Give a core as it may stand in a reading: what looks like an escape in it is resolved there.

    A name like ``100%41`` or ``a\b`` may itself be written with escapes, and what resolves these
    does not stop before its own.
    """
    resolved = core
    for _ in range(_MAX_ROUNDS):
        last = resolved
        for resolve in _STEPS:
            resolved = normalise(resolve(resolved))
        if resolved == last:
            break
    found = [core, resolved]
    if " " in resolved:  # where "+" is a blank, all of them are
        found.append(resolved.replace("+", " "))
    return tuple(dict.fromkeys(found))


_BACKSLASH: Final = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL
)
_PERCENT_U: Final = re.compile(r"%u([0-9A-Fa-f]{4})")
_ENTITY: Final = re.compile(
    r"&(?:#0{0,20}([0-9]{1,7});?|#[xX]0{0,20}([0-9A-Fa-f]{1,6});?|([A-Za-z][A-Za-z0-9]{1,31};))"
)
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _resolve_backslashes(text: str) -> str:
    return _joined(_BACKSLASH.sub(_backslash, text)) if "\\" in text else text


def _resolve_percents(text: str) -> str:
    if "%" not in text:
        return text
    return unquote(_PERCENT_U.sub(lambda found: _character(int(found[1], 16)), text))


def _resolve_entities(text: str) -> str:
    return _ENTITY.sub(_entity, text) if "&" in text else text


_STEPS: Final = (_resolve_backslashes, _resolve_percents, _resolve_entities)


def _backslash(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        return _character(int(code, 16))
    return _CONTROLS.get(found[4], found[4])


def _entity(found: re.Match[str]) -> str:
    if found[3]:
        return html5.get(found[3], found[0])
    return _character(int(found[1]) if found[1] else int(found[2], 16))


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _joined(text: str) -> str:
    """Join surrogate pairs that two escapes stood for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
