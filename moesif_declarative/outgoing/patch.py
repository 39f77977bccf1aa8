"""One method of a class, replaced and put back.

Flows in: a class, a method's name, and what makes the replacement of the original. Flows out:
nothing; the class behaves otherwise meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Patch:
    """Replaces a method of a class, at most once at a time.

    Args:
        owner: The class that defines the method.
        name: The method's name.
        wrap: Makes the replacement from the original.
    """

    def __init__(
        self, owner: type, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        self._owner = owner
        self._name = name
        self._wrap = wrap
        self._original: Any = None
        self._wrapper: Any = None

    def install(self) -> None:
        """Replace the method.

        Where somebody else has wrapped ours, it is still in their chain and is left there:
        a second one would see every call twice.
        """
        found = vars(self._owner)[self._name]
        if self._wrapper is not None and found is not self._original:
            return
        self._original, self._wrapper = found, self._wrap(found)
        setattr(self._owner, self._name, self._wrapper)

    def remove(self) -> None:
        """Put the original back, unless somebody else has wrapped ours."""
        if self._wrapper is not None and vars(self._owner)[self._name] is self._wrapper:
            setattr(self._owner, self._name, self._original)
            self._original = self._wrapper = None
