"""The example settings that ship with this package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

EXAMPLE_NAME: Final = "example_settings.toml"


def read_example() -> str:
    """Read ``example_settings.toml``: from the installed package, else from the checkout.

    Raises:
        FileNotFoundError: It is in neither place.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package, package.parent):
        path = folder / EXAMPLE_NAME
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"{EXAMPLE_NAME} is neither in {package} nor beside it")
