"""Who a request belongs to, before there is a response to it.

Flows in: the chain of sources of a user or company, a call without a response. Flows out: a
text; and what each source gave, so that none is asked again when the response is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from moesif_declarative.call import Call
from moesif_declarative.hooks.rule import SourceRule
from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.identity import identity_text


def identify_early(
    chain: Sequence[SourceRule], call: Call, known: dict[int, str | None]
) -> str | None:
    """Run a chain as far as that is possible without a response.

    A source that reads the response is passed over. One that needs the handler is asked, where
    there is a handler; it may know more when that has run, so only what it gives is kept, not
    that it gave nothing or failed.

    Args:
        chain: The sources in order.
        call: The request; its response is empty.
        known: Takes what each source gave, as `Findings.known` says.

    Returns:
        The text of the first source that gives one, None without any.
    """
    for rule in chain:
        needs = rule.source.needs
        if Needs.RESPONSE in needs:
            continue
        try:
            text = identity_text(rule.source.read(call))
        except CallableFailedError as error:
            text = identity_text(error.default)
        else:
            lasts = Needs.IDENTITY not in needs and (text is not None or Needs.HANDLER not in needs)
            if lasts:
                known[id(rule)] = text
        if text is not None:
            return text
    return None
