"""The options that every command takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])


def settings_options(function: _Function) -> _Function:
    """Give a command ``--settings FILE`` and ``--env NAME``.

    The command gets them as ``settings_file`` and ``environment``, each text or None.
    ``settings_file`` is as ``MOESIF_SETTINGS_FILE`` takes it (several: ``;``) and need not
    exist: a missing file is a fault of the settings, not of the call.
    """
    environment = click.option(
        "--env",
        "environment",
        metavar="NAME",
        help="The settings environment, as MOESIF_ENV names it.",
    )
    settings_file = click.option(
        "--settings",
        "settings_file",
        metavar="FILE",
        help="The settings file, as MOESIF_SETTINGS_FILE names it.",
    )
    return settings_file(environment(function))
