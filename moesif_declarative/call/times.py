"""Moments as events tell them.

Flows in: seconds since the epoch. Flows out: ISO 8601 text.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

# A clock that is wrong must not cost an event: times stay within the years 1 and 9999.
_FIRST_S, _LAST_S = -62_135_596_800.0, 253_402_300_799.0


def iso_time(seconds: float) -> str:
    """Write seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    if not 0 <= seconds < _LAST_S:
        return _iso_time(seconds)
    whole = int(seconds)
    millionths = round((seconds - whole) * 1e6)
    if millionths == 1_000_000:
        whole, millionths = whole + 1, 0
    return f"{_iso_second(whole)}.{millionths // 1000:03d}Z"


# Many calls share a second.
@lru_cache(maxsize=64)
def _iso_second(whole: int) -> str:
    return _iso_time(whole)[: -len(".000Z")]


def _iso_time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
