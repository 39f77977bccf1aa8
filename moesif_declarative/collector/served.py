"""The documents that Moesif serves to its clients: the config and the governance rules.

Flows in: what was set through the control endpoints. Flows out: the document's text and the
tag by which clients tell that it changed.
"""

from __future__ import annotations

import hashlib
from typing import Final

DEFAULT_CONFIG: Final = '{"sample_rate": 100}'
DEFAULT_RULES: Final = "[]"


class Served:
    """One JSON document that can be replaced while clients read it."""

    def __init__(self, default: str) -> None:
        """Start with a default document, as JSON text."""
        self._default = default
        self.set(default)

    def set(self, text: str) -> None:
        """Serve another document, given as JSON text."""
        self.text = text
        self.tag = hashlib.sha256(text.encode()).hexdigest()[:32]

    def reset(self) -> None:
        """Serve the default again."""
        self.set(self._default)

    def is_current(self, if_none_match: str) -> bool:
        """Say whether an If-None-Match header names the present document (RFC 9110, 13.1.2).

        A tag without quotes counts too: clients send back what X-Moesif-Config-ETag said.
        """
        tags = (tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(","))
        return any(tag in {self.tag, "*"} for tag in tags)
