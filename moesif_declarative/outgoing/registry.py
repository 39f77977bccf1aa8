"""Who wants to know of outgoing calls.

Flows in: an exchange, from whichever client. Flows out: the same, to each observer, in the thread
of the one who made the call.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Protocol

from moesif_declarative.outgoing.exchange import Exchange

_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Someone who wants to know of outgoing calls."""

    def observe_outgoing(self, exchange: Exchange) -> None:
        """Take a call that has ended. Comes in the thread that made it, and must not wait."""


_lock = threading.Lock()
# Replaced as a whole, so that it can be read without the lock. Weak: whoever forgets to close
# a middleware must not be watched for ever.
_observers: tuple[weakref.ref[Observer], ...] = ()
_unobserved: ContextVar[bool] = ContextVar("moesif_declarative_unobserved", default=False)


def add(observer: Observer) -> None:
    """Let someone observe; a second time changes nothing."""
    global _observers
    with _lock:
        if all(known() is not observer for known in _observers):
            _observers = (*_living(), weakref.ref(observer))


def remove(observer: Observer) -> None:
    """Let someone observe no longer; a second time changes nothing."""
    global _observers
    with _lock:
        _observers = tuple(known for known in _living() if known() is not observer)


def _living() -> tuple[weakref.ref[Observer], ...]:
    return tuple(known for known in _observers if known() is not None)


def is_observed() -> bool:
    """Whether anybody wants to know of a call that is made here and now."""
    return bool(_observers) and not _unobserved.get()


def has_observers() -> bool:
    """Whether anybody observes at all."""
    return any(known() is not None for known in _observers)


@contextlib.contextmanager
def unobserved() -> Iterator[None]:
    """Calls made in here are not told: those of a rule's callable would lead to ever more."""
    token = _unobserved.set(True)
    try:
        yield
    finally:
        _unobserved.reset(token)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Whatever goes wrong in here is logged and does not reach the application's own call."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - clients, and what stands for them, may be odd
        # Without the error's text, which may quote a URL.
        _log.warning("an outgoing call was not recorded: %s", type(error).__name__)


def tell(make: Callable[[], Iterable[Exchange]]) -> None:
    """Tell all observers of calls that have ended. Never raises.

    Args:
        make: Makes the exchanges of what the client has.
    """
    with quietly(), unobserved():
        for exchange in make():
            for known in _observers:
                observer = known()
                if observer is not None:
                    observer.observe_outgoing(exchange)
