"""What Moesif serves to its clients: sampling rates, and rules that govern requests.

Flows in: ``/v1/config`` and ``/v1/rules``, fetched in the background; calls and requests. Flows
out: which calls are left out and how many the others stand for; which requests are answered in
their handler's place, and the headers that others get.

Nothing that is served can do harm: what cannot be read is left out and told, and where a rule
cannot be judged, it does not apply.
"""

from moesif_declarative.served.config import ServedConfig, read_config
from moesif_declarative.served.gate import Gate
from moesif_declarative.served.governance import GovernanceRules, Verdict, read_rules
from moesif_declarative.served.refresh import Intervals
from moesif_declarative.served.sampling import prepare
from moesif_declarative.served.source import Served

__all__ = [
    "Gate",
    "GovernanceRules",
    "Intervals",
    "Served",
    "ServedConfig",
    "Verdict",
    "prepare",
    "read_config",
    "read_rules",
]
