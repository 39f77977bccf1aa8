"""The delivery stage: captured items and profiles in, batches at the collector out.

An item is put from any thread, held within bounds, built and encoded in the background, written
to the spool where there is one, sent in batches, and sent again until it is taken; every one that
is lost is counted with its reason.
"""

from moesif_declarative.delivery.delivery import Delivery
from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.delivery.fetch import Fetched, NoAnswerError, fetch
from moesif_declarative.delivery.moesif import MoesifSink
from moesif_declarative.delivery.options import DeliveryOptions, options_from
from moesif_declarative.delivery.outcome import Dropped, Encoded, Outcome, SampledOut, Skipped
from moesif_declarative.delivery.policy import ACCEPTED, Answer
from moesif_declarative.delivery.profiles import Profile, read_profile, read_profiles
from moesif_declarative.delivery.sinks import FileSink, NullSink, Sink, StdoutSink, open_sink

__all__ = [
    "ACCEPTED",
    "Answer",
    "Delivery",
    "DeliveryOptions",
    "Dropped",
    "Encoded",
    "Fetched",
    "FileSink",
    "MoesifSink",
    "NoAnswerError",
    "NullSink",
    "Outcome",
    "Profile",
    "ProfileKind",
    "SampledOut",
    "Sink",
    "Skipped",
    "StdoutSink",
    "fetch",
    "open_sink",
    "options_from",
    "read_profile",
    "read_profiles",
]
