"""What reads otherwise than it looks: paths, tokens, metadata.

Flows in: rule tables and metadata. Flows out: warnings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from moesif_declarative.doubts.values import placed_tables, placed_texts
from moesif_declarative.errors import Place, Problems
from moesif_declarative.schema.languages import selectors
from moesif_declarative.schema.metadata import leaf_kind
from moesif_declarative.schema.settings import Settings
from moesif_declarative.settings.suggestion import is_slip

_DATA: Final = frozenset({"value", "with", "default", "map"})
"""Options that hold the user's data, in which no word is one of the language."""

_OF_SOURCES: Final = frozenset(
    {"regex", "split", "index", "transform", "map", "default", "when", "missing", "spread"}
)
_IDENTITIES: Final = ("IDENTIFY_USER", "IDENTIFY_COMPANY", "IDENTIFY_SUBSCRIPTION")


def doubt_paths(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    """Warn of a path that no request has, wherever a condition stands."""
    for key, value in table.items():
        if key == "path":
            for text, where in placed_texts(value, place.at(key)):
                if text[:1] not in {"/", "*", "?"}:
                    _impossible(text, where, problems)
        elif key not in _DATA:
            for inner, where in placed_tables(value, place.at(key)):
                doubt_paths(inner, where, problems)


def _impossible(text: str, place: Place, problems: Problems) -> None:
    if "://" in text:
        hint = "write `url` for a whole URL"
    else:
        hint = f'write "/{text}", "*{text}", or `path_contains`'
    message = f'"{text}" matches no path: it must match the whole path, which begins with /'
    problems.warning("path-never-matches", place, message, hint)


def doubt_tokens(settings: Settings, problems: Problems) -> None:
    """Warn of a token that is believed unverified beside one that is verified."""
    found = [
        (table, place)
        for setting in _IDENTITIES
        for rule in settings.rules.get(setting, ())
        for table, place in _sources(rule.table, rule.place)
        if "jwt" in table
    ]
    if any("verify" in table for table, _ in found):
        for table, place in found:
            if "verify" not in table:
                message = "believes a token that nobody verified, beside one that is verified"
                hint = "write `verify` here too"
                problems.warning("jwt-unverified", place.at("jwt"), message, hint)


def _sources(table: Mapping[str, Any], place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    yield table, place
    for key in ("from", "vars"):
        for inner, where in placed_tables(table.get(key), place.at(key)):
            named = key == "vars" and leaf_kind(inner) != "source"
            for name, item in inner.items() if named else [("", inner)]:
                for source, at in placed_tables(item, where.at(name) if named else where):
                    yield from _sources(source, at)


def doubt_metadata(table: Mapping[str, Any], place: Place, problems: Problems) -> None:
    """Warn of data that looks like a source whose selector is misspelled."""
    for key, value in table.items():
        if not isinstance(value, Mapping) or leaf_kind(value) != "table":
            continue
        meant = _meant_selector(value)
        if meant is None:
            doubt_metadata(value, place.at(key), problems)
        else:
            wrong, right = meant
            message = f"is data as it stands: `{wrong}` is no selector"
            hint = f"did you mean `{right}`? To say that it is data, write `{{ value = {{ … }} }}`"
            problems.warning("metadata-doubtful", place.at(key, wrong), message, hint)


def _meant_selector(table: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return a misspelled selector and the right one, where all else is a source's too."""
    for key, value in table.items():
        right = next((name for name in selectors() if is_slip(str(key), name)), None)
        others = [str(other) for other in table if other != key]
        if right and isinstance(value, str) and all(other in _OF_SOURCES for other in others):
            return str(key), right
    return None
