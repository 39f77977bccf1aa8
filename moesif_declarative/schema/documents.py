"""The schema's documents: TOML files of Cerberus rules, read into options.

Flows in: the files of the folder `schemas`. Flows out: options by name, for each document.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Options = Mapping[str, "Option"]


@dataclass(frozen=True, slots=True)
class Option:
    """One key that a table may have.

    Attributes:
        name: How it is spelled.
        rules: Its Cerberus rules; what stands in tables below it is not among them.
        meta: What people are told about it, and how it goes with its neighbours.
        below: The options of the table that it holds, where those are fixed.
    """

    name: str
    rules: Mapping[str, Any]
    meta: Mapping[str, Any]
    below: Mapping[str, Option]

    @property
    def doc(self) -> str:
        """What it does, in Markdown."""
        return str(self.meta["doc"])

    @property
    def example(self) -> str:
        """One line of TOML that uses it."""
        return str(self.meta["example"])

    @property
    def role(self) -> str:
        """Its part in a table: selector, target, shorthand, joint, test or option."""
        return str(self.meta.get("role", ""))

    @property
    def holds(self) -> str:
        """The language of the tables below it; ``""`` where there are none, or fixed ones."""
        return str(self.meta.get("holds", ""))

    @property
    def types(self) -> tuple[str, ...]:
        """The Cerberus types it takes; empty: any."""
        types = self.rules.get("type", ())
        return (types,) if isinstance(types, str) else tuple(types)

    @property
    def default(self) -> Any:
        """What holds where nothing is written; None for nothing."""
        return self.rules.get("default", self.meta.get("default"))


def schemas_folder() -> Path:
    """Find the folder of the documents: in the package, as installed, else beside it.

    Returns:
        The folder.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "schemas", package.parent / "schemas"):
        if (folder / "settings.toml").is_file():
            return folder
    raise FileNotFoundError(f"no schema documents in {package / 'schemas'} nor beside the package")


def document(name: str) -> dict[str, Any]:
    """Read one document as it stands.

    Args:
        name: The file's name without its suffix: ``source``.
    """
    with (schemas_folder() / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def options(name: str) -> dict[str, Option]:
    """Return the options of one document, in the order written.

    Args:
        name: The file's name without its suffix: ``source``.
    """
    return {key: _option(key, table) for key, table in document(name).items()}


def _option(name: str, table: Mapping[str, Any]) -> Option:
    rules = dict(table)
    meta = rules.pop("meta")
    fixed = rules.get("type") == "dict" and "schema" in rules
    below = rules.pop("schema") if fixed else {}
    return Option(name, rules, meta, {key: _option(key, value) for key, value in below.items()})
