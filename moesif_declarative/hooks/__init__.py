"""Closures and callables joined into one frozen set of hooks.

Flows in: typed settings. Flows out: `Hooks`, which say for any call who its user and company
are, whether it is skipped, what metadata it gets and how it is masked; or problems.
"""

from moesif_declarative.hooks.compiler import compile_hooks, compile_outgoing_hooks
from moesif_declarative.hooks.early import identify_early
from moesif_declarative.hooks.findings import Findings, Given, Told
from moesif_declarative.hooks.hooks import Hooks
from moesif_declarative.hooks.remainders import tell_remainders
from moesif_declarative.hooks.step import IDENTITIES

__all__ = [
    "IDENTITIES",
    "Findings",
    "Given",
    "Hooks",
    "Told",
    "compile_hooks",
    "compile_outgoing_hooks",
    "identify_early",
    "tell_remainders",
]
