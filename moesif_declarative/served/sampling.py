"""Served sampling: what the config decides about one call.

Flows in: the config, a call whose user and company are known. Flows out: its `Findings`: left
out, or how many calls it stands for.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from moesif_declarative.call import Call
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.rules.sample import decide
from moesif_declarative.served.bots import is_bot
from moesif_declarative.served.config import ServedConfig

BOT: Final = "bot traffic"
"""What calls of bots count as in ``skipped_by_rule``; no rule of the settings can be named so."""


def prepare(
    config: ServedConfig | None,
    hooks: Hooks,
    call: Call,
    findings: Findings,
    *,
    at_once: bool = False,
) -> None:
    """See that the config is asked about a call: now where that is cheap, else off the loop.

    Args:
        config: What Moesif serves, None while nothing is known.
        hooks: The hooks of the call.
        call: The call, with its handler; no step has run on it.
        findings: Takes the verdict, or who is to be asked for it.
        at_once: Decide now in any case: behind the loop, another process goes on with the call.
    """
    if config is None or not config.decides:
        return
    findings.served = partial(sample, config)
    if at_once or not config.reads_body:
        hooks.run_served(call, findings, even_dear=at_once)


def sample(config: ServedConfig, call: Call, findings: Findings) -> None:
    """Decide about a call, by one lot at most.

    Args:
        config: What Moesif serves.
        call: The call.
        findings: What is known of it, its user and company included; where a SAMPLE rule has
            matched already, the served rate does not count. The verdict is added.
    """
    came_in = call.record.direction == "Incoming"
    if came_in and config.block_bots and is_bot(call.request_headers.get("User-Agent", "")):
        findings.skipped_by = BOT
        return
    if findings.rated:
        return
    user_id = findings.identities.get("IDENTIFY_USER")
    company_id = findings.identities.get("IDENTIFY_COMPANY")
    rate = config.rate(call, user_id, company_id)
    kept, findings.weight = decide(rate, findings.draw())
    findings.sampled_out = not kept
    call.add(("weight",), findings.weight)
