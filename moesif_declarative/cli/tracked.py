"""Secrets that are written in files which git tracks.

Flows in: loaded settings. Flows out: warnings, none where there is no git.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from moesif_declarative.effective import secret_keys
from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.settings import Loaded

_GIT_TIMEOUT_S = 5.0


def find_tracked(tries: Sequence[Loaded], problems: Problems) -> None:
    """Warn of secrets that are written in files which git tracks.

    Args:
        tries: The settings of one environment, or of several.
        problems: Takes ``secret-tracked``, once for each place.
    """
    git = shutil.which("git")
    if git is None:
        return
    is_tracked = cache(lambda file: _is_tracked(git, Path(file)))
    written = dict.fromkeys(found for loaded in tries for found in _written_secrets(loaded))
    for key, origin in written:
        file = _file_of(origin)
        if file and is_tracked(file):
            message = "is a secret, and git tracks the file that it is written in"
            hint = (
                f"set MOESIF_{key}, or write it in a .secrets.toml that .gitignore lists, and "
                "replace the secret: git's history has it"
            )
            problems.warning("secret-tracked", Place((key,), {(key,): origin}), message, hint)


def _written_secrets(loaded: Loaded) -> Iterator[tuple[str, Origin]]:
    """Yield where secrets are written, those too that a later layer overrides."""
    for key in sorted(secret_keys()):
        for origin, value in loaded.overridden.get((key,), ()):
            if value:
                yield key, origin
        if loaded.values.get(key) and (key,) in loaded.origins:
            yield key, loaded.origins[(key,)]


def _file_of(origin: Origin) -> str:
    """Return the file of an origin: a settings file, or the ``.env`` file of a variable."""
    if origin.kind == "file":
        return origin.source
    return origin.source.partition(" in ")[2] if origin.kind == "variable" else ""


def _is_tracked(git: str, path: Path) -> bool:
    command = [git, "ls-files", "--error-unmatch", "--", path.name]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the name follows `--`
            command,
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
