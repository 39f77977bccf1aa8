"""Runs the tests of the settings.

Flows in: compiled settings. Flows out: one result a test, in the order written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.explain import explain_entry
from moesif_declarative.hooks import compile_hooks
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.schema.settings import Settings
from moesif_declarative.selftest.entry import STARTED, entry_of
from moesif_declarative.selftest.expectation import Failure, compile_expectation, failures
from moesif_declarative.startup import Compiled


@dataclass(frozen=True, slots=True)
class Result:
    """What one test found.

    Attributes:
        name: The test's name.
        origin: Where it was written.
        failures: What was otherwise than expected; empty: it passed.
    """

    name: str
    origin: Origin
    failures: tuple[Failure, ...]


def run_tests(compiled: Compiled, problems: Problems) -> tuple[Result, ...]:
    """Run every test of the settings; nothing is sent.

    Args:
        compiled: The settings.
        problems: Takes what is wrong with the tests themselves: a JSONPath, or an ``env`` with
            which the settings are wrong.

    Returns:
        The results; none while a test is wrong.
    """
    settings = compiled.settings
    place = settings.place.at("TESTS")
    scope = Scope(problems, settings.variables, settings.environment)
    expected = {
        name: compile_expectation(test["expect"], place.at(name, "expect"), scope)
        for name, test in settings.tests.items()
    }
    told = {
        name: run_call(test, compiled, place.at(name), problems)
        for name, test in settings.tests.items()
    }
    if problems.errors:
        return ()
    return tuple(
        Result(name, place.at(name).origin, failures(expected[name], told[name]))
        for name in settings.tests
    )


def run_call(
    test: Mapping[str, Any],
    compiled: Compiled,
    place: Place,
    problems: Problems,
    started: str = STARTED,
) -> dict[str, Any]:
    """Say what would be sent for the call of one test, as `explain_entry` does.

    Args:
        test: The test's table.
        compiled: The settings.
        place: Where the test was written.
        problems: Takes what is wrong with the settings under the test's ``env``.
        started: When the call begins, in ISO 8601.
    """
    settings, hooks = compiled.settings, compiled.hooks
    if test.get("env"):
        found = Problems()
        settings = _with_variables(settings, test["env"])
        hooks = compile_hooks(settings, found)
        for problem in found.errors:
            message = f"with these variables, {problem.key} is wrong: {problem.message}"
            problems.error(problem.code, place.at("env"), message, problem.hint)
    return explain_entry(entry_of(test, started), settings, hooks)


def _with_variables(settings: Settings, variables: Mapping[str, str]) -> Settings:
    return dataclasses.replace(settings, variables={**settings.variables, **variables})
