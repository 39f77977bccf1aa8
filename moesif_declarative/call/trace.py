"""The trace that a call is part of: W3C Trace Context.

Flows in: the ``traceparent`` header. Flows out: the trace's id.
"""

from __future__ import annotations

import re
from typing import Final

_FIELDS: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_NO_TRACE: Final = "0" * 32
_NO_PARENT: Final = "0" * 16


def trace_id_of(traceparent: str | None) -> str | None:
    """Read the id of the trace.

    Args:
        traceparent: The header's value, None without one.

    Returns:
        32 hex digits in lower case; None where the header is not as
        https://www.w3.org/TR/trace-context/#traceparent-header says: version 00 has four fields,
        later ones may have more, ff is none, and ids are not all zeros.
    """
    found = _FIELDS.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    version, trace_id, parent_id, more = found.groups()
    if version == "ff" or (version == "00" and more is not None):
        return None
    return None if trace_id == _NO_TRACE or parent_id == _NO_PARENT else str(trace_id)
