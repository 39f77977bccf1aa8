"""What a handler has written so far, within bounds.

Flows in: the pieces of a response body on their way out. Flows out: the body, as long as it is
not larger than is kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """What is noted of one request until its record is taken.

    Attributes:
        kept: The body so far; None once it is larger than is kept.
        size: Bytes written.
        encoding: The Content-Encoding that the handler set.
        transaction_id: The id that the call was given; ``""`` before it was given one.
        left: Whether the client has left before the end.
        taken: Whether the record is taken.
    """

    kept: bytes | bytearray | None = b""
    size: int = 0
    encoding: str = ""
    transaction_id: str = ""
    left: bool = False
    taken: bool = False

    def add(self, chunk: bytes, max_bytes: int) -> None:
        """Note one piece of the body.

        A body in one piece is not copied. Pieces are joined as they come: thousands of small
        ones, kept apart, would hold many times their bytes.
        """
        if not chunk:
            return
        first = not self.size
        self.size += len(chunk)
        if self.kept is None:
            return
        if self.size > max_bytes:
            self.kept = None
        elif first:
            self.kept = chunk
        else:
            if not isinstance(self.kept, bytearray):
                self.kept = bytearray(self.kept)
            self.kept += chunk

    @property
    def body(self) -> bytes | None:
        """The whole body; None when it was too large."""
        return None if self.kept is None else bytes(self.kept)
