"""A finished Tornado request to a record.

Flows in: the handler that Tornado hands to its log function, or that a client has left, and the
response body as an output transform saw it. Flows out: a `Record`.
"""

from moesif_declarative.capture.capture import Capture

__all__ = ["Capture"]
