"""Signs: what a text holds in which something is found.

Flows in: nothing. Flows out: `Sign`, which detectors have and a sieve looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    r"""What a text has to hold, if something is to be found in any part of it.

    Attributes:
        pattern: For RE2; it asks nothing of what stands around it (no ``^``, no ``\b``).
        reads: What it is looked for in: ``text``: any text. ``shadow``: the shadow of a text
            (`shadow`). ``ascii``: ASCII alone; it counts as found in every other text.
    """

    pattern: str
    reads: Literal["text", "shadow", "ascii"] = "text"
