"""One settings file: its values as written, and where each of them stands.

Flows in: a path. Flows out: a `Document`, or a problem that says why there is none.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moesif_declarative.errors import KeyPath, Origin, Place, Problems, dotted
from moesif_declarative.settings.positions import Lines, Positions, scan

_POSITION = re.compile(r"(.*?) ?\((?:at line (\d+), column (\d+)|at end of document)\)", re.DOTALL)
_SYNTAX_HINT = "write KEY = value, one in a line, under a [section]"
_MENDING = (
    ("Invalid value", "write a value after the =; text stands in quotes"),
    ("Unescaped", "write the text in single quotes, in which a backslash is itself"),
    ('Expected "', "close the quotes"),
    ("Illegal character '\\n'", "close the quotes"),
    ("Unterminated string", "close the quotes"),
    ("Unclosed array", "close the list with ]"),
    ("Unclosed inline table", "close the table with }"),
    ("Expected ']'", "close the header with ]"),
    ("Found invalid character", "take the character out"),
    ("a number", "write a number of fewer digits"),
)
"""How what `tomllib` complains of is mended."""

_TWICE = re.compile(r"Cannot (?:overwrite|declare|mutate|redefine)|Duplicate")


@dataclass(frozen=True, slots=True)
class Document:
    """A settings file that could be read.

    Attributes:
        path: The file's path.
        table: The whole file as `tomllib` reads it.
        offsets: Key path in the file to offset in its text.
        lines: Turns these offsets into lines and columns.
    """

    path: str
    table: dict[str, Any] = field(repr=False)
    offsets: dict[KeyPath, int] = field(repr=False)
    lines: Lines = field(repr=False)

    def origin(self, path: KeyPath) -> Origin:
        """Return where a value stands, or the nearest table around it.

        Args:
            path: A key path in the file, its section first.
        """
        section = str(path[0]) if path else None
        while path and path not in self.offsets:
            path = path[:-1]
        if not path:
            return Origin("file", self.path, section=section)
        return Origin("file", self.path, *self.lines.position(self.offsets[path]), section=section)


def read_document(path: Path, problems: Problems, *, named_by: str = "") -> Document | None:
    """Read one TOML file.

    Args:
        path: The file.
        problems: Takes ``file-missing``, ``file-not-toml``, ``file-unreadable``,
            ``file-not-utf8``, ``toml-syntax`` and ``toml-duplicate-key``.
        named_by: Who named the file, for the hint when it is missing.

    Returns:
        The document; None after a problem.
    """
    content = _content(path, problems, named_by)
    if content is None:
        return None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        origin = Origin("file", str(path), line, 1)
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        _fault(problems, "file-not-utf8", origin, message, "save the file as UTF-8")
        return None
    try:
        return Document(str(path), tomllib.loads(text), scan(text).offsets, Lines(text))
    except RecursionError:
        origin = Origin("file", str(path))
        hint = "no rule needs more than a few levels"
        _fault(problems, "toml-syntax", origin, "tables and lists nest too deep", hint)
    except ValueError as error:
        _refused(str(path), text, str(error), problems)
    return None


def _content(path: Path, problems: Problems, named_by: str) -> bytes | None:
    hint = f"named by {named_by}" if named_by else "take it away, or let the application read it"
    code = "file-unreadable"
    try:
        if path.suffix.lower() != ".toml":
            code, message = "file-not-toml", "not a TOML file"
            hint = "only files whose name ends in .toml are read"
        elif path.is_dir():
            message = "a directory, not a file"
        elif path.exists() and not path.is_file():
            message = "not a regular file"
        else:
            return path.read_bytes()
    except FileNotFoundError:
        code, message = "file-missing", "there is no such file"
    except (OSError, ValueError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or 'no possible file name'}"
    _fault(problems, code, Origin("file", str(path)), message, hint)
    return None


def _refused(path: str, text: str, message: str, problems: Problems) -> None:
    """Tell where and why `tomllib` refused a text."""
    found = _POSITION.fullmatch(message)
    reason = found[1] if found else "a number has too many digits"
    lines = Lines(text)
    offset = len(text.rstrip())
    if found and found[2]:
        offset = lines.offset(int(found[2]), int(found[3]))
    origin = Origin("file", path, *lines.position(offset)) if found else Origin("file", path)
    if found and _TWICE.match(reason):
        _twice(path, lines, scan(text[:offset]), problems)
    else:
        hint = next((hint for start, hint in _MENDING if reason.startswith(start)), _SYNTAX_HINT)
        _fault(problems, "toml-syntax", origin, f"not valid TOML: {reason}", hint)


def _twice(path: str, lines: Lines, positions: Positions, problems: Problems) -> None:
    key, before = positions.last
    origin = Origin("file", path, *lines.position(positions.offsets[key]))
    first = f"; it stands in line {lines.position(before)[0]} already" if before is not None else ""
    place = Place(key[1:], {key[1:]: origin})
    hint = "keep one of them"
    problems.error("toml-duplicate-key", place, f"{dotted(key)} is set twice{first}", hint)


def _fault(problems: Problems, code: str, origin: Origin, message: str, hint: str) -> None:
    problems.error(code, Place((), {(): origin}), message, hint)
