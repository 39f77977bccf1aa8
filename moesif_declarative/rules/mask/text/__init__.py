"""Detectors: what finds secrets inside texts, by regex, by a variable's value or by a preset.

Flows in, at startup: the options of a mask rule. Flows out: a `Detector`, which gives every
place it finds in a text to an action. Nothing in here knows events, bodies or headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text.addresses import IP_ADDRESSES
from moesif_declarative.rules.mask.text.cards import CREDIT_CARDS
from moesif_declarative.rules.mask.text.detector import Action, Detector, Match
from moesif_declarative.rules.mask.text.emails import EMAILS
from moesif_declarative.rules.mask.text.env_value import compile_env_value
from moesif_declarative.rules.mask.text.iban import IBAN
from moesif_declarative.rules.mask.text.phones import PHONE_NUMBERS
from moesif_declarative.rules.mask.text.regex import compile_regex
from moesif_declarative.rules.mask.text.ssn import US_SSN
from moesif_declarative.rules.mask.text.template import Template, compile_template, expand
from moesif_declarative.rules.mask.text.tokens import JWT

__all__ = [
    "PRESETS",
    "Action",
    "Detector",
    "Match",
    "Template",
    "compile_detector",
    "compile_template",
    "expand",
]

PRESETS: Final[Mapping[str, Detector]] = {
    detector.name: detector
    for detector in (
        CREDIT_CARDS,
        EMAILS,
        IP_ADDRESSES,
        US_SSN,
        IBAN,
        PHONE_NUMBERS,
        JWT,
    )
}
"""The detectors that take no options, by name: the content presets, and ``jwt``."""

_COMPILERS: Final[Mapping[str, Callable[..., Detector | None]]] = {
    "regex": compile_regex,
    "env_value": compile_env_value,
}


def compile_detector(
    kind: str, options: Mapping[str, Any], place: Place, scope: Scope
) -> Detector | None:
    """Compile one detector.

    Args:
        kind: ``regex``, ``env_value``, or a name of `PRESETS`.
        options: The rule's table; only the options of this kind are read. ``regex``: ``regex``
            (a text or a list), ``ignore_case``, ``engine``. ``env_value``: ``env_value`` (the
            name of a variable, or a list).
        place: Where the table stands; problems are told at the option below it.
        scope: Collects problems and gives the variables.

    Returns:
        The detector; None after adding a problem.

    Raises:
        KeyError: No detector has this name.
    """
    preset = PRESETS.get(kind)
    if preset is not None:
        return preset
    return _COMPILERS[kind](options, place, scope)
