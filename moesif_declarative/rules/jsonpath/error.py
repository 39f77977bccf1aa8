"""The error of a path that cannot be used.

Flows in: what a reader found wrong. Flows out: `PathError`.
"""

from __future__ import annotations

from typing import Any

from moesif_declarative.errors import MoesifError


class PathError(MoesifError, ValueError):
    """A JSONPath that RFC 9535 forbids, or that has no certain meaning.

    Attributes:
        message: What is wrong.
        hint: What to write instead; ``""`` where nothing helpful can be said.
        position: Where in the path, in characters from 0.
    """

    def __init__(self, message: str, hint: str = "", position: int = 0) -> None:
        self.message = _printable(message)
        self.hint = _printable(hint)
        super().__init__(self.message)
        self.position = position

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.message, self.hint, self.position))


def _printable(text: str) -> str:
    """Escape lone surrogates of the path, which no terminal or log could take."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
