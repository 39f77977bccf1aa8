"""One finished call as plain data: what was captured, and views of it for rules."""

from moesif_declarative.call.body import Body
from moesif_declarative.call.call import Call, View
from moesif_declarative.call.record import Record

__all__ = ["Body", "Call", "Record", "View"]
