"""What one event costs in one process: built, masked and encoded, beside orjson's share of it.

Run it with ``python -m tests.benchmarks.event``; ``--stages`` tells where the time goes. Times
are CPU times. Every round measures every case and its yardstick in turn, so that a busy machine
slows all of them. The yardstick is what nobody can do without: orjson parses both bodies and
writes the event. What is told is each round's ratio to the yardstick of the same round.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from moesif_declarative.call import Record
from moesif_declarative.startup import Compiled
from tests.benchmarks.clock import cpu_us
from tests.benchmarks.machine import described, stay_on
from tests.benchmarks.realistic import (
    CLEAN_BODY,
    FIELD_MASKS,
    MASKED_BODY,
    MASKED_RESPONSE_BODY,
    RESPONSE_BODY,
    RULES,
)
from tests.benchmarks.records import NO_RULES, compiled, event, events, record
from tests.benchmarks.spread import interleaved, ratios, spread, table
from tests.benchmarks.stages import STAGES

ALL_PRESETS: Final = [
    *("credentials", "credit_cards", "emails", "ip_addresses", "us_ssn", "iban", "phone_numbers")
]
NESTED_BODY: Final = json.dumps(
    {"note": MASKED_BODY.decode()[:900] + '"}}', "raw": '{"password": "hunter2"}'}
).encode()
ESCAPED_BODY: Final = CLEAN_BODY.replace(b"Please ring", b"Please\\n\\u0072ing")


@dataclass(frozen=True, slots=True)
class Case:
    """A rule set and the bodies that it sees."""

    name: str
    settings: Mapping[str, Any]
    request_body: bytes = MASKED_BODY
    response_body: bytes = RESPONSE_BODY


CASES: Final = (
    Case("realistic, nothing masked in bodies", RULES, CLEAN_BODY),
    Case("realistic, a masked name in one body", RULES),
    Case("realistic, masked names in both", RULES, MASKED_BODY, MASKED_RESPONSE_BODY),
    Case("realistic, escapes in one body", RULES, ESCAPED_BODY),
    Case("realistic, JSON in a JSON string", RULES, NESTED_BODY),
    Case("no rules", NO_RULES),
    Case("field masks, none hit", {**NO_RULES, "MASK_EVENT_MODEL": FIELD_MASKS}, CLEAN_BODY),
    Case("field masks, one hit", {**NO_RULES, "MASK_EVENT_MODEL": FIELD_MASKS}),
    Case("credentials, none hit", {**NO_RULES, "MASK_PRESETS": ["credentials"]}, CLEAN_BODY),
    Case("credentials, one hit", {**NO_RULES, "MASK_PRESETS": ["credentials"]}),
    Case("regex", {**NO_RULES, "MASK_EVENT_MODEL": {"account": {"regex": "acct-[0-9]{6,}"}}}),
    Case("all presets", {**NO_RULES, "MASK_PRESETS": ALL_PRESETS}),
)


def parse_and_dump(document: dict[str, Any], records: Sequence[Record]) -> list[bytes]:
    """Parse both bodies with orjson and write the event with them, for every record."""
    request, response = document["request"], document["response"]
    written = []
    for each in records:
        request["body"] = orjson.loads(each.request_body or b"")
        response["body"] = orjson.loads(each.response_body or b"")
        written.append(orjson.dumps(document))
    return written


def _pair(case: Case, count: int) -> Callable[[], tuple[float, float]]:
    """The case and its yardstick, measured one right after the other."""
    using = compiled(case.settings)
    document = orjson.loads(event(using, record(case.request_body, case.response_body)))

    def measure() -> tuple[float, float]:
        records = [record(case.request_body, case.response_body) for _ in range(count)]
        yardstick = cpu_us(lambda: parse_and_dump(document, records), count)
        return cpu_us(lambda: events(using, records), count), yardstick

    return measure


def _cases_told(rounds: int, count: int) -> str:
    found = interleaved({case.name: _pair(case, count) for case in CASES}, rounds)
    rows = []
    for name, pairs in found.items():
        ours, yardstick = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        rows.append(
            (
                name,
                spread(ratios(ours, yardstick)).shown(),
                f"{min(ours) / min(yardstick):.2f}",
                spread(ours).shown(0),
                spread(yardstick).shown(1),
            )
        )
    return table(("case", "÷ orjson", "of the leasts", "µs", "orjson µs"), rows)


def _stages_told(case: Case, rounds: int, count: int) -> str:
    using = compiled(case.settings)
    found = interleaved(
        {name: _stage(run, using, case, count) for name, run in STAGES.items()}, rounds
    )
    rows, before = [], 0.0
    for name, figures in found.items():
        up_to_here = min(figures)
        rows.append((name, f"{up_to_here - before:.1f}", f"{up_to_here:.1f}"))
        before = up_to_here
    return table((f"stage: {case.name}", "µs", "with all before it"), rows)


def _stage(
    run: Callable[[Compiled, Record], object], using: Compiled, case: Case, count: int
) -> Callable[[], float]:
    def measure() -> float:
        records = [record(case.request_body, case.response_body) for _ in range(count)]
        return cpu_us(lambda: [run(using, each) for each in records], count)

    return measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--events", type=int, default=200, help="in each round")
    parser.add_argument("--stages", action="store_true", help="tell where the time goes")
    options = parser.parse_args()
    machine = described()
    stay_on("application")
    sys.stdout.write(
        f"{machine}\n\nOne event, {len(MASKED_BODY)} bytes in, {len(RESPONSE_BODY)} bytes out\n\n"
    )
    sys.stdout.write(_cases_told(options.rounds, options.events))
    if options.stages:
        for case in CASES[:2]:
            sys.stdout.write("\n" + _stages_told(case, options.rounds, options.events))


if __name__ == "__main__":
    main()
