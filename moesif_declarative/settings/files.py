"""Which files are read, and in which order.

Flows in: what the application or ``MOESIF_SETTINGS_FILE`` names, and the working directory.
Flows out: the settings files, the files that stand beside them, and the ``.env`` file's lines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.settings.dotenv import DotenvLine, read_dotenv

SETTINGS_FILE = "settings.toml"
TESTS_FILE = "settings.tests.toml"
COMPANIONS = (".secrets.toml", "settings.local.toml", TESTS_FILE)
"""Files beside the settings file, in the order of their layers."""

_NAMES = "MOESIF_SETTINGS_FILE"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one load.

    Attributes:
        named: The settings files: those that somebody names, or the one that was found.
        companions: The files that exist beside them.
        named_by: Who named them; ``""`` when the file was looked up.
        dotenv_path: The ``.env`` file; ``""`` without one.
        dotenv: Its ``MOESIF_*`` lines.
    """

    named: tuple[Path, ...]
    companions: tuple[Path, ...]
    named_by: str
    dotenv_path: str
    dotenv: Mapping[str, DotenvLine] = field(repr=False)


def find_files(
    source: str | os.PathLike[str] | None,
    environ: Mapping[str, str],
    directory: Path,
    problems: Problems,
) -> Files:
    """Find the files to read.

    Args:
        source: What the application names; a text may name several, parted by ``;``.
        environ: The process's environment.
        directory: The working directory: relative names start there, and so does the search.
        problems: Takes ``file-unreadable`` for a ``.env`` file.

    Returns:
        The files. Named ones need not exist, all others do.
    """
    named_by = "--settings or the application" if source is not None else _NAMES
    named = _named(source if source is not None else environ.get(_NAMES, ""), directory)
    found = named or _looked_up(directory)
    dotenv_path = _dotenv_path([*(path.parent for path in found), directory])
    dotenv = _dotenv(dotenv_path, problems)
    if not named and _NAMES in dotenv and dotenv_path and _NAMES not in environ:
        named = found = _named(dotenv[_NAMES].value, dotenv_path.parent)
        named_by = f"{_NAMES} in {dotenv_path}"
    return Files(
        named=tuple(found),
        companions=tuple(_companions(found)),
        named_by=named_by if named else "",
        dotenv_path=str(dotenv_path or ""),
        dotenv=dotenv,
    )


def _named(names: str | os.PathLike[str], directory: Path) -> list[Path]:
    if isinstance(names, str):
        parts = [name.strip() for name in names.split(";")]
        return list(dict.fromkeys(directory / name for name in parts if name))
    return [directory / Path(names)]


def _looked_up(directory: Path) -> list[Path]:
    candidates = [folder / SETTINGS_FILE for folder in (directory, *directory.parents)]
    for path in candidates:
        # A link that leads nowhere was meant as the file: reading it tells.
        if _is_file(path) or os.path.islink(path):  # noqa: PTH114 - as in `_is_file`
            return [path]
    # A folder of that name may be anything, but where no file is found it was the likelier one.
    return [path for path in candidates[:1] if os.path.lexists(path)]


def _companions(found: list[Path]) -> list[Path]:
    folders = dict.fromkeys(path.parent for path in found)
    beside = [folder / name for name in COMPANIONS for folder in folders]
    return [path for path in beside if os.path.lexists(path) and path not in found]


def _dotenv_path(folders: list[Path]) -> Path | None:
    return next((folder / ".env" for folder in folders if _is_file(folder / ".env")), None)


def _dotenv(path: Path | None, problems: Problems) -> dict[str, DotenvLine]:
    if path is None:
        return {}
    try:
        # The file is the application's: what is not UTF-8 in it matters only in our values.
        return read_dotenv(path.read_bytes().decode("utf-8-sig", "surrogateescape"))
    except OSError as error:
        place = Place((), {(): Origin("file", str(path))})
        hint = "let the application read it, or take it away"
        problems.error("file-unreadable", place, f"cannot be read: {error.strerror}", hint)
        return {}


def _is_file(path: Path) -> bool:
    # Path.is_file raises where a parent may not be searched; os.path.isfile never does.
    return os.path.isfile(path)  # noqa: PTH113
