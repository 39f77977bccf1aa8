"""The languages of the settings: which options a table of each kind may have.

Flows in: the schema's documents. Flows out: the options of a source, a condition, a rule, …
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from moesif_declarative.schema.documents import options

if TYPE_CHECKING:
    from moesif_declarative.schema.documents import Option

_PARTS = {
    "source": ("source",),
    "leaf": ("source", "metadata"),
    "condition": ("condition", "source"),
    "identity": ("source", "rule"),
    "skip": ("condition", "source", "skip", "rule"),
    "sample": ("sample", "condition", "source", "rule"),
    "mask": ("mask", "rule"),
    "test": ("test",),
}
RULE_LANGUAGES = ("identity", "skip", "sample", "mask")


@cache
def language(name: str) -> dict[str, Option]:
    """Return the options of one kind of table.

    Args:
        name: ``source``, ``leaf`` (a source in the metadata), ``condition``, ``test`` (a test
            in the settings), or the language of a rule: ``identity``, ``skip``, ``sample``,
            ``mask``.
    """
    found: dict[str, Option] = {}
    for part in _PARTS[name]:
        found.update(options(part))
    if name == "leaf":
        del found["_when"]
    return found


def documents_of(*names: str) -> tuple[str, ...]:
    """Return the documents that these languages are made of, each once.

    Args:
        *names: Languages, as `language` takes them.
    """
    return tuple(dict.fromkeys(part for name in names for part in _PARTS[name]))


@cache
def selectors() -> tuple[str, ...]:
    """Return the options that say where a source picks its value."""
    return tuple(name for name, option in options("source").items() if option.role == "selector")


@cache
def targets() -> tuple[str, ...]:
    """Return the options that say what a mask masks."""
    return tuple(name for name, option in options("mask").items() if option.role == "target")


@cache
def words() -> frozenset[str]:
    """Return every option's name in the languages of rules: no rule may bear one."""
    names = {name for part in RULE_LANGUAGES for name in language(part)}
    return frozenset(names | set(language("leaf")))
