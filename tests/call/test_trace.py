"""The id of the trace, as W3C Trace Context writes it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call.trace import trace_id_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass(frozen=True)
class Case:
    id: str
    traceparent: str | None
    expected: str | None


CASES = [
    Case("sampled", f"00-{TRACE}-{PARENT}-01", TRACE),
    Case("not sampled", f"00-{TRACE}-{PARENT}-00", TRACE),
    Case("unknown flags", f"00-{TRACE}-{PARENT}-ff", TRACE),
    Case("a future version", f"cc-{TRACE}-{PARENT}-01", TRACE),
    Case("a future version with more fields", f"cc-{TRACE}-{PARENT}-01-what-ever", TRACE),
    Case("a future version with more, but no field", f"cc-{TRACE}-{PARENT}-01.what", None),
    Case("version 00 with more fields", f"00-{TRACE}-{PARENT}-01-what", None),
    Case("version 00 with a dash at its end", f"00-{TRACE}-{PARENT}-01-", None),
    Case("version ff", f"ff-{TRACE}-{PARENT}-01", None),
    Case("upper case", f"00-{TRACE.upper()}-{PARENT}-01", None),
    Case("no trace", f"00-{'0' * 32}-{PARENT}-01", None),
    Case("no parent", f"00-{TRACE}-{'0' * 16}-01", None),
    Case("too short", f"00-{TRACE[1:]}-{PARENT}-01", None),
    Case("too long", f"00-{TRACE}0-{PARENT}-01", None),
    Case("no flags", f"00-{TRACE}-{PARENT}", None),
    Case("no hex", f"00-{TRACE[1:]}g-{PARENT}-01", None),
    Case("white space around it", f" 00-{TRACE}-{PARENT}-01", None),
    Case("a line's end", f"00-{TRACE}-{PARENT}-01\n", None),
    Case("several", f"00-{TRACE}-{PARENT}-01, 00-{TRACE}-{PARENT}-01", None),
    Case("digits that are not ASCII", f"00-{'٤' * 32}-{PARENT}-01", None),
    Case("empty", "", None),
    Case("none", None, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_trace_is_that_of_a_valid_header(case: Case) -> None:
    assert trace_id_of(case.traceparent) == case.expected


@given(st.text())
def test_any_header_gives_an_id_or_none(text: str) -> None:
    assert trace_id_of(text) is None or len(text) >= 55
