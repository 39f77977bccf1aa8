"""Users' functions: how they are found, what is refused, how they are called."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tornado import gen

from moesif_declarative.rules.compiled import CallableFailedError
from moesif_declarative.rules.reference import compile_callable, invoke

MODULE = """
import asyncio

def user(handler):
    return "ada"

async def later(handler):
    return "ada"

def none():
    return None

def two(first, second):
    return first

class Hooks:
    @staticmethod
    def company(handler):
        return "acme"

text = "no function"
nothing = None
"""


@pytest.fixture(scope="module", autouse=True)
def application(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("application")
    (folder / "reference_hooks.py").write_text(MODULE, "utf-8")
    (folder / "reference_broken.py").write_text("raise RuntimeError('half done')", "utf-8")
    (folder / "reference_exits.py").write_text("raise SystemExit(3)", "utf-8")
    (folder / "reference_imports.py").write_text("import reference_nowhere", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


@pytest.mark.parametrize(
    ("reference", "result"),
    [("reference_hooks:user", "ada"), ("reference_hooks:Hooks.company", "acme")],
)
def test_a_function_is_found_by_name(reference: str, result: str, bench: Any) -> None:
    function = compile_callable(reference, bench.place, bench.scope)
    assert function is not None
    assert invoke(function, object()) == result


@dataclass(frozen=True)
class Wrong:
    id: str
    reference: Any
    message: str
    hint: str = ""


class LaterCall:
    async def __call__(self, handler: Any) -> None:
        return None


async def later(handler: Any) -> None:
    return None


async def stream(handler: Any) -> AsyncIterator[int]:
    yield 1


@gen.coroutine
def older(handler: Any) -> Any:
    yield gen.moment


WRITE_DEF = "write it with def instead of async def"
FORM = 'write "package.module:function"'
MEND = "mend it until Python imports it"
ONE = "let it take 1 argument by position and need no more"

WRONG = [
    Wrong(
        "no module",
        "reference_nowhere:f",
        "there is no module reference_nowhere",
        "check its name, and that it can be imported here",
    ),
    Wrong(
        "no package",
        "reference_nowhere.hooks:f",
        "there is no module reference_nowhere",
        "check its name, and that it can be imported here",
    ),
    Wrong(
        "no attribute",
        "reference_hooks:usr",
        "the module reference_hooks has no usr",
        "did you mean `user`?",
    ),
    Wrong(
        "no such member",
        "reference_hooks:Hooks.x",
        "the module reference_hooks has no Hooks.x",
        "define it in reference_hooks, or name another",
    ),
    Wrong("none", "reference_hooks:nothing", "reference_hooks:nothing is None", FORM),
    Wrong(
        "no function",
        "reference_hooks:text",
        "reference_hooks:text is no function but str",
        "name a function",
    ),
    Wrong("no colon", "reference_hooks.user", "'reference_hooks.user' names no function", FORM),
    Wrong("relative", ".hooks:user", "'.hooks:user' names no function", FORM),
    Wrong("empty", "", "'' names no function", FORM),
    Wrong("a path", "hooks.py:user()", "'hooks.py:user()' names no function", FORM),
    Wrong(
        "raises",
        "reference_broken:f",
        "importing reference_broken raised RuntimeError: half done",
        MEND,
    ),
    Wrong("exits", "reference_exits:f", "importing reference_exits raised SystemExit: 3", MEND),
    Wrong(
        "imports what is not there",
        "reference_imports:f",
        "importing reference_imports failed: there is no module reference_nowhere",
        "install what it imports",
    ),
    Wrong(
        "coroutine",
        "reference_hooks:later",
        "reference_hooks:later is a coroutine function, which cannot be waited for here",
        WRITE_DEF,
    ),
    Wrong(
        "no argument",
        "reference_hooks:none",
        "reference_hooks:none cannot be called with 1 argument",
        ONE,
    ),
    Wrong(
        "too many arguments",
        "reference_hooks:two",
        "reference_hooks:two cannot be called with 1 argument",
        ONE,
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_reference_is_a_problem(case: Wrong, bench: Any) -> None:
    assert compile_callable(case.reference, bench.place, bench.scope) is None
    [problem] = bench.problems
    assert (problem.code, problem.message, problem.hint) == (
        "bad-callable",
        case.message,
        case.hint,
    )


@pytest.mark.parametrize(
    "function",
    [later, stream, older, LaterCall(), functools.partial(later), functools.partial(LaterCall())],
    ids=[
        "async def",
        "async generator",
        "gen.coroutine",
        "async call",
        "partial",
        "partial of a call",
    ],
)
def test_a_function_that_would_have_to_be_awaited_is_refused(function: Any, bench: Any) -> None:
    assert compile_callable(function, bench.place, bench.scope) is None
    assert bench.found == [("bad-callable", "RULE")]


@pytest.mark.parametrize(
    "function",
    [len, lambda handler: 1, functools.partial(max, 1), str.upper],
    ids=["built in", "lambda", "partial", "method"],
)
def test_an_object_is_taken_as_it_is(function: Any, bench: Any) -> None:
    assert compile_callable(function, bench.place, bench.scope) is function


def test_a_hook_may_take_two_arguments(bench: Any) -> None:
    function = compile_callable("reference_hooks:two", bench.place, bench.scope, arguments=2)
    assert function is not None
    assert invoke(function, 1, 2) == 1


def fail(handler: Any) -> None:
    raise KeyError("secret")


def test_what_a_function_raises_is_the_cause_and_no_part_of_the_message() -> None:
    with pytest.raises(CallableFailedError) as caught:
        invoke(fail, None)
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value).endswith(":fail raised KeyError")


def test_an_awaitable_is_refused_and_closed() -> None:
    with pytest.raises(CallableFailedError, match="returned an awaitable"):
        invoke(lambda handler: later(handler), None)
