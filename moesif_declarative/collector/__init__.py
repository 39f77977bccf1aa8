"""A local server that speaks Moesif's API, keeps what it is sent and shows it.

It stands apart from the way that events take and imports nothing of it: what checks the
delivery must not share its mistakes.
"""

from moesif_declarative.collector.handler import Collector
from moesif_declarative.collector.server import MAX_BODY_BYTES, make_app, serve_collector

__all__ = ["MAX_BODY_BYTES", "Collector", "make_app", "serve_collector"]
