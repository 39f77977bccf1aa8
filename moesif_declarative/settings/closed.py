"""One layer, read by dynaconf and closed to everything around it.

Flows in: one layer's table (a section of a file, or the variables). Flows out: the table as
dynaconf has it, its casting tokens cast. Each layer gets a dynaconf object of its own, so that
origins stay known and merging stays with this package. The object runs no loader: it reads no
file, no ``.env``, no ``*_FOR_DYNACONF`` variable and no hook module, and it touches neither the
process's environment nor the dynaconf settings of the application.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_CLOSED: Mapping[str, Any] = {
    "dynaconf_skip_loaders": True,
    "dynaconf_skip_validators": True,
    "AUTO_CAST_FOR_DYNACONF": True,
    "CORE_LOADERS_FOR_DYNACONF": [],
    "DOTTED_LOOKUP_FOR_DYNACONF": False,
    "ENVIRONMENTS_FOR_DYNACONF": False,
    "ENVVAR_PREFIX_FOR_DYNACONF": None,
    "FRESH_VARS_FOR_DYNACONF": [],
    "INDEX_SEPARATOR_FOR_DYNACONF": None,
    "LOADERS_FOR_DYNACONF": [],
    "MERGE_ENABLED_FOR_DYNACONF": False,
    "NESTED_SEPARATOR_FOR_DYNACONF": False,
    "SYSENV_FALLBACK_FOR_DYNACONF": False,
    "VALIDATE_ON_UPDATE_FOR_DYNACONF": False,
}


def read_layer(table: Mapping[str, Any], loader: str, source: str, section: str) -> dict[str, Any]:
    """Read one layer with dynaconf.

    Args:
        table: Upper-case keys to plain values. Its strings must hold no tokens but the
            casting ones (see `tokens`).
        loader: How dynaconf names this kind of layer: ``toml`` or ``env``.
        source: The file, or the prefix of the variables.
        section: The section of the file, or ``global``.

    Returns:
        The same keys with dynaconf's values, in plain dictionaries and lists.
    """
    # Its import takes a seventh of a second: only where settings are read.
    from dynaconf.base import Settings
    from dynaconf.loaders.base import SourceMetadata

    layer = Settings(**_CLOSED)
    layer.update(
        {key: _copy(value) for key, value in table.items()},
        loader_identifier=SourceMetadata(loader, source, section),
        dotted_lookup=False,
        merge=False,
    )
    values = layer.as_dict()
    return {key: values[key] for key in table}


def token_names() -> Iterable[str]:
    """Return the tokens that dynaconf would act on: ``@int``, ``@format`` and others."""
    from dynaconf.utils.parse_conf import converters

    return tuple(converters)


def _copy(value: Any) -> Any:
    """Copy tables and lists, which dynaconf changes in place."""
    if isinstance(value, dict):
        return {key: _copy(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
