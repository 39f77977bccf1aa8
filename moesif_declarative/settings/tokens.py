"""Dynaconf's ``@`` tokens: the casting ones are carried out, all others refused.

Flows in: one layer as written. Flows out: the same layer with its casts done, without the
values that were refused. Which strings are tokens dynaconf says; that a cast can succeed is
checked here first, because dynaconf itself takes `@bool maybe` for false and finds JSON in
the middle of anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from moesif_declarative.errors import KeyPath, Place, Problems
from moesif_declarative.settings.closed import read_layer, token_names
from moesif_declarative.settings.values import parse_json
from moesif_declarative.settings.written import MAX_DEPTH, Written, plain

CASTS = ("@int", "@float", "@bool", "@str", "@json")

MERGE_MARKS = frozenset(
    {"dynaconf_merge", "dynaconf_merge_unique", "dynaconf_include", "dynaconf_dotted_lookup"}
)
_BOOLEANS = frozenset(
    {"t", "true", "enabled", "1", "on", "yes", "f", "false", "disabled", "0", "off", "no", ""}
)


def settle(
    layer: Written, keys: frozenset[str], identity: tuple[str, str, str], problems: Problems
) -> Written:
    """Have dynaconf read one layer, and take from it the casts it makes.

    Every other value stays exactly as written, whatever dynaconf makes of it.

    Args:
        layer: One section of a file, or all variables.
        keys: The top-level keys of the language; others are none of dynaconf's business.
        identity: Loader, source and section, as `closed.read_layer` takes them.
        problems: Takes ``token-refused`` and ``value-malformed``.

    Returns:
        The layer without the values that were refused.
    """
    accepted = _accept(layer, (), _tokens(), problems)
    table = accepted.value if accepted else {}
    known = {key: plain(value) for key, value in table.items() if key in keys}
    values = read_layer(known, *identity) if known else {}
    cast = {
        key: _cast(value, values[key]) if key in values else value for key, value in table.items()
    }
    return Written(cast, layer.origin)


def _tokens() -> frozenset[str]:
    return frozenset(token_names())


def _accept(
    written: Written, path: KeyPath, tokens: frozenset[str], problems: Problems
) -> Written | None:
    """Return a value without what is refused in it; None when it is refused itself."""
    if isinstance(written.value, dict):
        table = {}
        for key, child in written.value.items():
            if str(key).lower() in MERGE_MARKS:
                _refuse(str(key), (*path, key), child, problems)
            elif (kept := _accept(child, (*path, key), tokens, problems)) is not None:
                table[key] = kept
        return Written(table, written.origin)
    if isinstance(written.value, list):
        found = []
        for at, item in enumerate(written.value):
            if isinstance(item.value, str) and item.value in MERGE_MARKS:
                _refuse(item.value, (*path, at), item, problems)
            elif (kept := _accept(item, (*path, at), tokens, problems)) is not None:
                found.append(kept)
        return Written(found, written.origin)
    if isinstance(written.value, str) and not _acceptable(written, path, tokens, problems):
        return None
    return written


def _acceptable(
    written: Written, path: KeyPath, tokens: frozenset[str], problems: Problems
) -> bool:
    token, _, rest = written.value.partition(" ")
    if token not in tokens:
        return True
    refused = token if token not in CASTS else _evaluated(rest, tokens)
    if refused:
        _refuse(refused, path, written, problems)
        return False
    wanted = _CHECKS[token](rest)
    if wanted:
        place = Place(path, {path: written.origin})
        hint = f"write {token} and {wanted} after it, or the value alone"
        problems.error("value-malformed", place, f"what follows {token} is not {wanted}", hint)
    return not wanted


def _evaluated(rest: str, tokens: frozenset[str]) -> str:
    """Return the token that a cast would carry out first, as dynaconf finds it: by prefix."""
    return next((token for token in sorted(tokens - {*CASTS}) if rest.startswith(token)), "")


def _refuse(token: str, path: KeyPath, written: Written, problems: Problems) -> None:
    problems.error(
        "token-refused",
        Place(path, {path: written.origin}),
        f"{token} is not carried out here",
        f"write the value itself; of dynaconf's tokens only {', '.join(CASTS)} are known",
    )


def _cast(written: Written, value: Any) -> Written:
    """Put dynaconf's value wherever a token was written."""
    if isinstance(written.value, dict):
        table = {key: _cast(child, value[key]) for key, child in written.value.items()}
        return Written(table, written.origin)
    if isinstance(written.value, list):
        items = [_cast(item, value[at]) for at, item in enumerate(written.value)]
        return Written(items, written.origin)
    if isinstance(written.value, str) and written.value.partition(" ")[0] in CASTS:
        return _spread(value, written)
    return written


def _spread(value: Any, written: Written) -> Written:
    """Give everything inside a cast value the origin of its text."""
    if isinstance(value, dict):
        table = {key: _spread(child, written) for key, child in value.items()}
        return Written(table, written.origin)
    if isinstance(value, list):
        return Written([_spread(item, written) for item in value], written.origin)
    return Written(value, written.origin)


def _number(cast: Callable[[str], Any], wanted: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        with suppress(ValueError, OverflowError):
            cast(text)
            return ""
        return wanted

    return check


def _json(text: str) -> str:
    with suppress(ValueError, RecursionError):
        return "" if _depth(parse_json(text)) <= MAX_DEPTH else "JSON of a sensible depth"
    return "valid JSON"


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "@int": _number(int, "an integer"),
    "@float": _number(float, "a number"),
    "@bool": lambda text: "" if text.strip().lower() in _BOOLEANS else "true or false",
    "@str": lambda _: "",
    "@json": _json,
}
