"""What many masks cost on a large body, beside one walk over it in plain Python.

Run it with ``python -m tests.benchmarks.walk``. The body has 75 KB of JSON and is parsed
already; what is measured is masking alone, in CPU time: by 1 to 20 rules ``field``, ``$..name``
and both. The walk visits every member and does nothing with it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from moesif_declarative.call import Call, json_text
from moesif_declarative.hooks import Findings
from tests.benchmarks.clock import cpu_us
from tests.benchmarks.machine import described, stay_on
from tests.benchmarks.records import NO_RULES, compiled, record
from tests.benchmarks.spread import interleaved, ratios, spread, table

BODY_BYTES: Final = 75_000
WALK: Final = "plain walk"
COUNTS: Final = (1, 2, 5, 10, 20)
NAMES: Final = (
    *("password", "passwd", "pwd", "ssn", "cvv", "card_number", "iban", "secret", "api_key"),
    *("access_token", "refresh_token", "id_token", "pin", "otp", "birthday", "tax_id"),
    *("passport", "license", "salary", "session"),
)


def large_body(size: int) -> bytes:
    """Write a list of people as JSON, of at least so many bytes."""
    people: list[str] = []
    written = 0
    while written < size:
        people.append(json.dumps(_person(len(people))))
        written += len(people[-1]) + 2
    return f'{{"people": [{", ".join(people)}]}}'.encode()


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Person {number}",
        "email": f"person{number}@example.test",
        "address": {"street": f"{number} Long Road", "city": "Town", "zip": "12345"},
        "tags": ["a", "b", "c"],
        "score": number * 1.25,
        "login": {"password": "hunter2", "last_seen": "2024-05-01T10:20:30Z"},
    }


def plain_walk(root: Any) -> int:
    """Visit every member of a JSON value and change nothing; gives how many there are."""
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        for _key, value in node.items() if isinstance(node, dict) else enumerate(node):
            count += 1
            if isinstance(value, dict | list):
                stack.append(value)
    return count


def rule_sets() -> dict[str, dict[str, Any]]:
    """Make the rule sets: so many of each kind, and half of each."""
    fields = [{"field": name} for name in NAMES]
    paths = [{"jsonpath": f"$..{name}"} for name in NAMES]
    mixed = [*fields[: len(NAMES) // 2], *paths[len(NAMES) // 2 :]]
    sets = {f"field, {count} rules": fields[:count] for count in COUNTS}
    sets |= {f"$..name, {count} rules": paths[:count] for count in COUNTS}
    sets[f"both, {len(mixed)} rules"] = mixed
    return {name: {f"m{n}": rule for n, rule in enumerate(rules)} for name, rules in sets.items()}


def _walking(raw: bytes) -> Callable[[], float]:
    value = orjson.loads(raw)
    return lambda: cpu_us(lambda: plain_walk(value))


def _masking(raw: bytes, rules: Mapping[str, Any]) -> Callable[[], float]:
    hooks = compiled({**NO_RULES, "MAX_BODY_SIZE": 200_000, "MASK_EVENT_MODEL": rules}).hooks

    def measure() -> float:
        call, findings = Call(record(raw, b""), hooks.view), Findings()
        hooks.run_on_loop(call, findings)
        hooks.run_rest(call, findings)
        document, decisions = call.document, findings.masks
        assert decisions is not None
        json_text.encode(document)  # both bodies are read now, where they were not yet
        return cpu_us(lambda: hooks.masks.apply(document, call, decisions))

    return measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    machine = described()
    stay_on("application")
    raw = large_body(BODY_BYTES)
    works = {name: _masking(raw, rules) for name, rules in rule_sets().items()}
    found = interleaved({WALK: _walking(raw), **works}, options.rounds)
    rows = [
        (
            name,
            spread(ratios(figures, found[WALK])).shown(),
            f"{min(figures) / min(found[WALK]):.2f}",
            spread(figures).shown(0),
        )
        for name, figures in found.items()
    ]
    sys.stdout.write(f"{machine}\n\nMasking one body of {len(raw)} bytes\n\n")
    sys.stdout.write(table(("rules", "÷ plain walk", "of the leasts", "µs"), rows))


if __name__ == "__main__":
    main()
