"""What loading gives to the schema: merged values, and where each of them was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moesif_declarative.errors import KeyPath, Origin, Place


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a settings file, as written.

    Attributes:
        file: The file's path.
        name: The section's name as written: ``default``, ``production``.
        origin: Where the section's header stands.
        values: The section's own keys; the content of its table ``MOESIF`` where it has one.
    """

    file: str
    name: str
    origin: Origin
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings of all layers, merged and not yet validated.

    Values are kept out of the representation: some of them are secrets.

    Attributes:
        values: Top-level key to value, plain dictionaries and lists below.
        origins: Key path to origin, for every table, list, list item and leaf.
        overridden: Key path to what earlier layers said there, oldest first.
        environment: The settings environment.
        files: Every file that was read, in the order of its layers; a ``.env`` file last.
        variables: The process's environment over the ``MOESIF_*`` lines of a ``.env`` file.
        sections: Every section of every file, used or not.
        from_dict: True when the settings came as a dictionary, as the original package has it.
    """

    values: dict[str, Any] = field(repr=False)
    origins: Mapping[KeyPath, Origin] = field(repr=False)
    overridden: Mapping[KeyPath, tuple[tuple[Origin, Any], ...]] = field(repr=False)
    environment: str
    files: tuple[str, ...]
    variables: Mapping[str, str] = field(repr=False)
    sections: tuple[Section, ...]
    from_dict: bool

    @property
    def place(self) -> Place:
        """The root of all places in these settings."""
        return Place((), self.origins)
