"""The way from a record to the bytes of an event, cut after each stage.

Flows in: compiled settings and a record. Flows out: what there is after the stage; the time of a
stage is what it takes beyond the one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from moesif_declarative.call import Call, Record
from moesif_declarative.event import build_event
from moesif_declarative.hooks import Findings
from moesif_declarative.startup import Compiled
from tests.benchmarks.records import event


def _on_loop(using: Compiled, record: Record) -> tuple[Call, Findings]:
    call, findings = Call(record, using.hooks.view), Findings()
    using.hooks.run_on_loop(call, findings)
    return call, findings


def _steps(using: Compiled, record: Record) -> tuple[Call, Findings]:
    call, findings = _on_loop(using, record)
    using.hooks.run_rest(call, findings)
    return call, findings


def _document(using: Compiled, record: Record) -> object:
    return _steps(using, record)[0].document


def _masked(using: Compiled, record: Record) -> object:
    return build_event(*_on_loop(using, record), using.hooks)


STAGES: Final[Mapping[str, Callable[[Compiled, Record], object]]] = {
    "steps on the loop": _on_loop,
    "steps in the thread": _steps,
    "document": _document,
    "bodies read and masked": _masked,
    "encoded": event,
}
