"""Who a request belongs to, before there is a response to it.

Flows in: the chain of sources of a user or company, a call without a response. Flows out: a
text; and what each source gave, so that none is asked again when the response is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from moesif_declarative.call import Call
from moesif_declarative.hooks.findings import Given
from moesif_declarative.hooks.rule import SourceRule
from moesif_declarative.rules.compiled import CallableFailedError, Needs
from moesif_declarative.rules.identity import identity_text


def identify_early(
    chain: Sequence[SourceRule], call: Call, known: dict[int, Given], for_now: dict[int, Given]
) -> str | None:
    """Run a chain as far as that is possible without a response.

    A source that reads the response is passed over. One that needs the handler is asked, where
    there is a handler; it may know more when that has run, so that it gave nothing or failed
    holds only for now.

    Args:
        chain: The sources in order.
        call: The request; its response is empty.
        known: Takes what each source gave, as `Findings.known` says.
        for_now: Takes the same of sources that may know more when the handler has run.

    Returns:
        The text of the first source that gives one, None without any.
    """
    for rule in chain:
        needs = rule.source.needs
        if Needs.RESPONSE in needs:
            continue
        given: Given
        try:
            given = text = identity_text(rule.source.read(call))
            lasts = text is not None or Needs.HANDLER not in needs
        except CallableFailedError as error:
            given, text, lasts = error, identity_text(error.default), False
        if Needs.IDENTITY not in needs:
            (known if lasts else for_now)[id(rule)] = given
        if text is not None:
            return text
    return None
