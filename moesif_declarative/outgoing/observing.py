"""Observing for a while: the first who does wraps the clients, the last one unwraps them.

Flows in: whether someone wants to know of outgoing calls. Flows out: the calls, one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache

from moesif_declarative.outgoing import registry
from moesif_declarative.outgoing.exchange import Exchange
from moesif_declarative.outgoing.patch import Patch
from moesif_declarative.outgoing.requests_client import requests_patches
from moesif_declarative.outgoing.tornado_client import tornado_patches

_lock = threading.Lock()


class Observation:
    """Gives the outgoing calls of this process to someone, while it is switched on.

    Args:
        take: Takes a call that has ended, in the thread that made it. Must neither wait nor raise.
    """

    def __init__(self, take: Callable[[Exchange], None]) -> None:
        self._take = take
        self._ended = False

    def observe_outgoing(self, exchange: Exchange) -> None:
        """Hand a call on."""
        self._take(exchange)

    def switch(self, *, on: bool) -> None:
        """Begin, or stop for now; nothing changes where that is so already, or after the end."""
        with _lock:
            if on and not self._ended:
                registry.add(self)
                for patch in _patches():
                    patch.install()
            else:
                registry.remove(self)
                if not registry.has_observers():
                    for patch in _patches():
                        patch.remove()

    def end(self) -> None:
        """Stop for good."""
        self._ended = True
        self.switch(on=False)


@lru_cache(maxsize=1)
def _patches() -> tuple[Patch, ...]:
    return (*tornado_patches(), *requests_patches())
