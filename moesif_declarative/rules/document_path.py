"""JSONPaths into the event document: compiled, and checked against what stands there.

Flows in: a path as the user wrote it. Flows out: a compiled path and what reading it needs.
"""

from __future__ import annotations

import difflib
from typing import Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Needs, Scope
from moesif_declarative.rules.header_name import tornado_spelling
from moesif_declarative.rules.jsonpath import JSONPath, PathError, compile_path
from moesif_declarative.rules.jsonpath.reach import names_below
from moesif_declarative.rules.pattern import Engine
from moesif_declarative.rules.regex_option import warn_of_python

_FIELDS: Final = (
    "request",
    "response",
    "user_id",
    "company_id",
    "subscription_id",
    "session_token",
    "metadata",
    "direction",
    "weight",
    "transaction_id",
    "trace_id",
    "action_name",
)
_SIDES: Final = ("request", "response")
_HEADERS: Final = tuple((side, "headers") for side in _SIDES)
# What hooks put into the document, in whole or in part.
_OF_HOOKS: Final = frozenset(_FIELDS) - {*_SIDES, "direction", "transaction_id"}
_HOLDERS: Final = ((), ("request",), ("request", "api_version"))


def compile_document_path(
    text: str, place: Place, scope: Scope, engine: Engine = "re2"
) -> JSONPath | None:
    """Compile a JSONPath into the event document.

    Args:
        text: The path.
        place: Where it was written.
        scope: Collects what is wrong: a path outside the dialect, a header in a spelling that
            the document does not have, a field that no event has (a warning).
        engine: What the patterns of ``=~`` are read by; Python's adds a warning.

    Returns:
        The path; None after a problem was added.
    """
    try:
        path = compile_path(text, engine)
    except PathError as error:
        scope.problems.error("bad-jsonpath", place, error.message, error.hint)
        return None
    if engine == "python":
        for pattern in path.patterns:
            warn_of_python(pattern, place, scope)
    head = path.head
    misspelled = [
        name for name in names_below(path.query, _HEADERS) if name != tornado_spelling(name)
    ]
    for name in misspelled:
        spelled = tornado_spelling(name)
        whole = len(head) > 2 and head[1] == "headers" and head[2] == name
        hint = f"write $.{head[0]}.headers['{spelled}']" if whole else f"write ['{spelled}']"
        message = f"the event spells the header {name!r} otherwise"
        scope.problems.error("header-spelling", place, message, hint)
    if misspelled:
        return None
    if head and head[0] not in _FIELDS:
        near = difflib.get_close_matches(head[0], _FIELDS, 1)
        hint = f"did you mean $.{near[0]}?" if near else f"an event has {', '.join(_FIELDS)}"
        scope.problems.warning("no-such-field", place, f"no event has {head[0]!r}", hint)
    return path


def needs_of(path: JSONPath) -> Needs:
    """Tell what reading a path into the event document needs."""
    read = path.first_names
    needs = Needs.BODY  # the document is built whole, bodies parsed
    if read is None or read & _OF_HOOKS or any(map(path.selects, _HOLDERS)):
        needs |= Needs.IDENTITY
    if read is None or "response" in read or path.selects(()):
        needs |= Needs.RESPONSE
    return needs
