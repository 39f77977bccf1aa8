"""The calls that the application makes itself, as Tornado's and requests' clients make them.

Flows in: what the application hands to ``AsyncHTTPClient`` (``HTTPClient`` too) and to
``requests``, and what comes back. Flows out: an `Exchange` to everyone who observes.

The clients' classes are wrapped once a process, while anybody observes, and put back afterwards.
What the application gets is what it would have got; nothing is added to its requests, no stream
is read, and whatever goes wrong here stays here.
"""

from moesif_declarative.outgoing.exchange import NO_ANSWER, Exchange, Message, record_from_exchange
from moesif_declarative.outgoing.made import MadeCall
from moesif_declarative.outgoing.observing import Observation
from moesif_declarative.outgoing.registry import unobserved

__all__ = [
    "NO_ANSWER",
    "Exchange",
    "MadeCall",
    "Message",
    "Observation",
    "record_from_exchange",
    "unobserved",
]
