"""What governance finds about one request before its handler runs.

Flows in: the request as a call without a response, the rules, the config. Flows out: a
`Passage`: the verdict, and all that need not be computed again when the call is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moesif_declarative.call import Call, Record
from moesif_declarative.hooks import Findings, Given, Hooks, identify_early
from moesif_declarative.rules.compiled import Needs
from moesif_declarative.served.config import ServedConfig
from moesif_declarative.served.governance import GovernanceRules, Verdict


@dataclass(frozen=True, slots=True)
class Passage:
    """A request that governance has looked at.

    Attributes:
        verdict: What the rules say.
        call: The request as a call without a response.
        known: What sources gave, as `Findings.known` says.
        for_now: The same of sources that may know more when the handler has run.
        hooks: What those sources are of.
    """

    verdict: Verdict
    call: Call
    known: dict[int, Given]
    for_now: dict[int, Given]
    hooks: Hooks

    def resume(self, record: Record, hooks: Hooks, handler: Any) -> tuple[Call, Findings]:
        """Go on with the call now that there is a response.

        Args:
            record: The whole record.
            hooks: The hooks of the call; others than before when the settings were reloaded.
            handler: The handler that has finished.

        Returns:
            The call and its findings, with what is known already.
        """
        blocking = self.verdict.blocking
        if blocking is not None:
            record = record._replace(blocked_by=blocking.rule)
            handler = self.call.handler or handler  # hooks look for what theirs has
        self.call.handler = None  # the request holds this, and the handler the request
        call = Call(record, hooks.view, handler)
        if hooks is not self.hooks:
            return call, Findings()
        call.take_over(self.call)
        # The handler of a blocked request never runs: nobody will know more.
        known = self.known if blocking is None else {**self.known, **self.for_now}
        return call, Findings(known=known)


def examine(
    record: Record,
    hooks: Hooks,
    rules: GovernanceRules,
    config: ServedConfig | None,
    make_handler: Callable[[], Any],
) -> Passage:
    """Look at a request.

    Args:
        record: The request; its response is empty.
        hooks: They say whose it is.
        rules: The governance rules.
        config: Who falls under which rule; None while nobody knows.
        make_handler: Makes the handler, which has not run; called only where a source of user
            or company needs it.
    """
    call = Call(record, hooks.view)
    known: dict[int, Given] = {}
    for_now: dict[int, Given] = {}

    def identify(setting: str) -> str | None:
        chain = hooks.identities.get(setting, ())
        if call.handler is None and any(Needs.HANDLER in rule.source.needs for rule in chain):
            call.handler = make_handler()
        text = identify_early(chain, call, known, for_now)
        if text is not None and setting == "IDENTIFY_USER":
            call.add(("user_id",), text)  # the company may be found by it
        return text

    return Passage(rules.judge(call, identify, config), call, known, for_now, hooks)
