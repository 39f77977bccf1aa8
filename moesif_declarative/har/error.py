"""What is wrong with a HAR.

Flows in: nothing. Flows out: the error that every reader of HARs raises.
"""

from __future__ import annotations

from moesif_declarative.errors import MoesifError


class HarError(MoesifError, ValueError):
    """An entry, or a file of them, that is no HAR."""
