"""Detectors: what finds secrets inside texts, by regex, by a variable's value or by a preset.

Flows in, at startup: the options of a mask rule. Flows out: a `Detector`, which gives every
place it finds in a text to an action. Nothing in here knows events, bodies or headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text.detector import Action, Detector, Match
from moesif_declarative.rules.mask.text.env_value import compile_env_value
from moesif_declarative.rules.mask.text.regex import compile_regex
from moesif_declarative.rules.mask.text.template import Template, compile_template, expand

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

_HOMES: Final = {
    "credit_cards": ("cards", "CREDIT_CARDS"),
    "emails": ("emails", "EMAILS"),
    "ip_addresses": ("addresses", "IP_ADDRESSES"),
    "us_ssn": ("ssn", "US_SSN"),
    "iban": ("iban", "IBAN"),
    "phone_numbers": ("phones", "PHONE_NUMBERS"),
    "jwt": ("tokens", "JWT"),
}
"""Name to module and constant: importing a module compiles its patterns, a dear thing to do."""


class _Presets(Mapping[str, Detector]):
    """Imports each detector when it is asked for, which is at the start of who uses it."""

    def __getitem__(self, name: str) -> Detector:
        module, constant = _HOMES[name]
        detector: Detector = getattr(import_module(f"{__name__}.{module}"), constant)
        return detector

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


PRESETS: Final[Mapping[str, Detector]] = _Presets()
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
