"""Numbers as JSON texts write them, and what 64 bits hold of them.

Flows in: a number's text, or an integer of any size. Flows out: a number that remembers how it was
written, and the text of one that is too large for a JSON number.
"""

from __future__ import annotations

from typing import Any, Final, Self

INT64_MIN: Final = -(2**63)
UINT64_MAX: Final = 2**64 - 1


class WrittenNumber(float):
    """A number with a fraction or an exponent, which remembers how it was written.

    Attributes:
        text: The number as it stood in the JSON text.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Make one from its text, which must be a JSON number within the range of a double."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.text,))


def big_text(value: int) -> str:
    """Write an integer that 64 bits do not hold."""
    # Beyond a few thousand digits Python refuses to write a number in decimal.
    return str(value) if value.bit_length() < 10_000 else hex(value)
