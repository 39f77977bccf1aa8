"""Files that commands write: whole or not at all.

Flows in: a text and where it goes. Flows out: the file, or a message that says why not.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

import click


def write_file(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, over one that is there.

    Folders that are missing are made; a symbolic link stays, and what it names is written.

    Args:
        path: Where to.
        text: The content, in UTF-8 without a change of line ends.

    Raises:
        click.ClickException: It cannot be written.
    """
    target = Path(os.path.realpath(path))
    # Beside the file: only within one file system is a rename one step.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="")
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


def refuse_existing(path: Path, *, force: bool) -> None:
    """Stop where a file is there already and nobody says ``--force``.

    Raises:
        click.ClickException: The file is there.
    """
    if not force and os.path.lexists(path):
        raise click.ClickException(
            f"{path} exists already. Name another file with --output, or write over it with --force"
        )
