"""Masks for what is not logged.

Flows in: typed settings. Flows out: warnings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from moesif_declarative.doubts.values import texts
from moesif_declarative.errors import Place, Problems
from moesif_declarative.schema.settings import RuleTable, Settings


def doubt_masks(settings: Settings, problems: Problems) -> None:
    """Warn of masks for bodies that are not logged."""
    sized = settings.max_body_size > 0
    logged = {
        "request": settings.log_body and settings.log_request_body and sized,
        "response": settings.log_body and settings.log_response_body and sized,
    }
    for rule in settings.rules.get("MASK_EVENT_MODEL", ()):
        _doubt_mask(rule, _sides(rule.table), logged, problems)
    for side in logged:
        key = f"{side.upper()}_BODY_MASKS"
        if getattr(settings, key.lower()) and not logged[side]:
            _idle(settings.place.at(key), [side], problems)


def _doubt_mask(
    rule: RuleTable, sides: Sequence[str], logged: Mapping[str, bool], problems: Problems
) -> None:
    if sides and not any(logged[side] for side in sides):
        _idle(rule.place, sides, problems)


def _idle(place: Place, sides: Sequence[str], problems: Problems) -> None:
    bodies = " nor ".join(sides)
    message = f"masks nothing: no {bodies} bodies are logged"
    hint = "take it out, or see LOG_BODY, LOG_REQUEST_BODY, LOG_RESPONSE_BODY, MAX_BODY_SIZE"
    problems.warning("mask-idle", place, message, hint)


def _sides(table: Mapping[str, Any]) -> list[str]:
    """Return the sides whose bodies are all that a mask looks at; none where it sees more."""
    if "body" in table:
        return ["request", "response"] if table["body"] == "both" else [table["body"]]
    if "jsonpath" in table:
        places = [_head(path) for path in texts(table["jsonpath"])]
    elif "field" in table:
        places = texts(table.get("in", ["request.body", "response.body"]))
    elif "regex" in table or "preset" in table:
        places = texts(table.get("in", []))
    else:
        return []
    sides = [place.removesuffix(".body") for place in places]
    known = all(place in {"request.body", "response.body"} for place in places)
    return list(dict.fromkeys(sides)) if known else []


def _head(path: str) -> str:
    found = re.match(r"\$(?:\.|\[['\"])(request|response)(?:['\"]\])?(?:\.|\[['\"])body\b", path)
    return f"{found[1]}.body" if found else path
