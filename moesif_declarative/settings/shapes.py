"""What the loader asks of the schema: which keys there are and what may stand where.

Flows in: a key path. Flows out: the kinds of value that the schema takes there, and the right
spelling of an option's name. The schema implements this; the loader never imports it.
"""

from __future__ import annotations

from typing import Protocol

from moesif_declarative.errors import KeyPath


class Shapes(Protocol):
    """The outline of the settings language, as far as loading depends on it."""

    @property
    def keys(self) -> frozenset[str]:
        """Every top-level key, in upper case."""
        ...

    @property
    def words(self) -> frozenset[str]:
        """The words of the language, in lower case: no rule may bear one as its name."""
        ...

    @property
    def rule_settings(self) -> frozenset[str]:
        """The top-level keys that take rules."""
        ...

    def kinds(self, path: KeyPath) -> frozenset[str]:
        """Return what the schema takes at a path.

        Args:
            path: A key path with rule names at their position: ``("SKIP", "health", "path")``.

        Returns:
            A choice of ``text``, ``integer``, ``float``, ``boolean``, ``list``, ``table`` and
            ``any``; empty where the schema knows nothing.
        """
        ...

    def option(self, path: KeyPath) -> str | None:
        """Return the right spelling of a path's last part.

        Args:
            path: A key path whose last part may be an option's name in any case.

        Returns:
            The option's name; None where names are free or the option is unknown.
        """
        ...
