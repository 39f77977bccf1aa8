"""HAR 1.2 entries to finished calls, as if they had just been captured.

Flows in: entries as browsers and proxies write them. Flows out: a `Record` and a stand-in for the
handler, or a `HarError` that says what an entry lacks. Source: HAR 1.2
(http://www.softwareishard.com/blog/har-12-spec/).
"""

from moesif_declarative.har.archive import read_entries
from moesif_declarative.har.error import HarError
from moesif_declarative.har.reading import foreign_scheme, missing_bodies, record_from
from moesif_declarative.har.stand_in import stand_in_handler

__all__ = [
    "HarError",
    "foreign_scheme",
    "missing_bodies",
    "read_entries",
    "record_from",
    "stand_in_handler",
]
