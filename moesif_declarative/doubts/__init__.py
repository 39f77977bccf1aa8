"""What is valid in the settings and yet probably not meant.

Flows in: typed settings, whose rules are right in shape. Flows out: warnings. Only clear cases
are told: whoever reads a false alarm once does not read the next warning.
"""

from __future__ import annotations

from typing import Final

from moesif_declarative.doubts.masks import doubt_masks
from moesif_declarative.doubts.misread import doubt_metadata, doubt_paths, doubt_tokens
from moesif_declarative.doubts.order import doubt_chain, doubt_conditions
from moesif_declarative.doubts.worker import doubt_worker
from moesif_declarative.errors import Problems
from moesif_declarative.schema.settings import Settings

__all__ = ["doubt"]

_CHAINS: Final = (
    "IDENTIFY_USER",
    "IDENTIFY_COMPANY",
    "IDENTIFY_SUBSCRIPTION",
    "GET_SESSION_TOKEN",
    "API_VERSION",
    "ACTION_NAME",
    "IDENTIFY_USER_OUTGOING",
    "IDENTIFY_COMPANY_OUTGOING",
    "GET_SESSION_TOKEN_OUTGOING",
)


def doubt(settings: Settings, problems: Problems) -> None:
    """Warn of what is valid and probably not meant.

    Args:
        settings: Validated in shape; rules that are wrong are not in it.
        problems: Takes ``rule-unreachable``, ``path-never-matches``, ``mask-idle``,
            ``jwt-unverified`` and ``metadata-doubtful``.
    """
    for setting in ("SKIP", "SAMPLE", "SKIP_OUTGOING"):
        doubt_conditions(settings.rules.get(setting, ()), problems)
    for setting in _CHAINS:
        doubt_chain(settings.rules.get(setting, ()), problems)
    for rules in settings.rules.values():
        for rule in rules:
            doubt_paths(rule.table, rule.place, problems)
    doubt_masks(settings, problems)
    doubt_tokens(settings, problems)
    doubt_worker(settings, problems)
    for key, table in (
        ("GET_METADATA", settings.get_metadata),
        ("GET_METADATA_OUTGOING", settings.get_metadata_outgoing),
    ):
        if table is not None:
            doubt_metadata(table, settings.place.at(key), problems)
