"""What the tables of the shipped detectors share: their cases, and masking with one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from moesif_declarative.rules.mask.text import PRESETS


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    masked: str


def masked_by(preset: str) -> Callable[[str], str]:
    """Mask what a detector finds with ``#``."""
    return lambda text: PRESETS[preset].replace(text, lambda _match: "#")[0]
