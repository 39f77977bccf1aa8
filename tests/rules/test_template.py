"""Templates: text out of other sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative.rules.source import compile_source


@dataclass(frozen=True)
class Case:
    id: str
    template: str
    variables: dict[str, Any]
    expected: str | None


TENANT = {"tenant": {"header": "X-Tenant"}}

CASES = [
    Case("two", "{tenant}:{user}", {**TENANT, "user": {"query": "u"}}, "acme:ada"),
    Case("one missing", "{tenant}:{user}", {**TENANT, "user": {"query": "x"}}, None),
    Case("one empty", "{tenant}:{user}", {**TENANT, "user": {"value": ""}}, None),
    Case("twice", "{tenant}/{tenant}", TENANT, "acme/acme"),
    Case("text alone", "constant", {}, "constant"),
    Case("braces", "{{{tenant}}}", TENANT, "{acme}"),
    Case("braces alone", "{{tenant}}", {}, "{tenant}"),
    Case("spaces in braces", "{ tenant }", TENANT, "acme"),
    Case("number", "n{n}", {"n": {"response": "status"}}, "n200"),
    Case("true", "{t}", {"t": {"test": {"method": "GET"}}}, "true"),
    Case("object", "{o}", {"o": {"value": {"a": 1}}}, '{"a":1}'),
    Case("list of sources", "{u}", {"u": [{"query": "x"}, {"query": "u"}]}, "ada"),
    Case("constant", "{c}-{tenant}", {"c": "v1", **TENANT}, "v1-acme"),
    Case("options", "{t}", {"t": {"header": "X-Tenant", "transform": ["upper"]}}, "ACME"),
    Case("default", "{t}", {"t": {"header": "X", "default": "none"}}, "none"),
    Case("what a value looks like", "{a}", {"a": {"value": "{tenant}"}}, "{tenant}"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_template_is_filled(case: Case, bench: Any, make_call: Callable[..., Any]) -> None:
    source = bench.source({"template": case.template, "vars": case.variables})
    call = make_call(headers={"X-Tenant": "acme"}, target="/a?u=ada")
    assert source.read(call) == case.expected
    assert bench.found == []


WRONG = [
    ("{user}", TENANT, "RULE.template", "vars has no 'user', which the template wants"),
    ("{tenant", TENANT, "RULE.template", "the brace at character 1 is alone"),
    ("a}", TENANT, "RULE.template", "the brace at character 2 is alone"),
    ("{}", TENANT, "RULE.template", "a placeholder has no name"),
    ("{tenant:>3}", TENANT, "RULE.template", "vars has no 'tenant:>3', which the template wants"),
    ("{a}", {"a": {"handler": "("}}, "RULE.vars.a.handler", "a path reads"),
]


@pytest.mark.parametrize(("template", "variables", "key", "message"), WRONG)
def test_a_wrong_template_is_a_problem(
    template: str, variables: Any, key: str, message: str, bench: Any
) -> None:
    spec = {"template": template, "vars": variables}
    [(_, found_key, found_message)] = bench.faults(compile_source, spec)
    assert found_key == key
    assert found_message.startswith(message)


def test_a_source_that_the_template_does_not_name_is_a_warning(bench: Any) -> None:
    bench.source({"template": "a", "vars": TENANT})
    [problem] = bench.problems
    assert (problem.severity, problem.code, problem.key) == (
        "warning",
        "unused-var",
        "RULE.vars.tenant",
    )
