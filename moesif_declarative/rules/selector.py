"""Selectors: the one key of a source that says where its value stands.

Flows in: a selector and what it holds. Flows out: a `Reading`, chosen once; at request time
nothing is parsed or looked up by name that could have been before.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from moesif_declarative.rules.authorization import compile_basic_auth, compile_jwt
from moesif_declarative.rules.call_fact import REQUEST_FACTS, RESPONSE_FACTS
from moesif_declarative.rules.compiled import Needs
from moesif_declarative.rules.document_path import compile_document_path, needs_of
from moesif_declarative.rules.handler_path import compile_handler_path
from moesif_declarative.rules.header_name import tornado_spelling
from moesif_declarative.rules.jsonpath import MISSING
from moesif_declarative.rules.reference import compile_callable, invoke
from moesif_declarative.rules.selection import Reading, Selection
from moesif_declarative.rules.template import compile_template

if TYPE_CHECKING:
    from moesif_declarative.call import Call


def compile_selector(selection: Selection) -> Reading | None:
    """Compile a selector.

    Returns:
        Its reading; None after a problem was added.
    """
    return _COMPILERS[selection.selector](selection)


def _header(selection: Selection) -> Reading:
    name = tornado_spelling(str(selection.argument))
    return Reading(lambda call: call.request_headers.get(name))


def _response_header(selection: Selection) -> Reading:
    name = tornado_spelling(str(selection.argument))
    return Reading(lambda call: call.response_headers.get(name), Needs.RESPONSE)


def _cookie(selection: Selection) -> Reading:
    name = str(selection.argument)
    return Reading(lambda call: call.cookies.get(name))


def _query(selection: Selection) -> Reading:
    name = str(selection.argument)
    return Reading(lambda call: _first(call.query, name))


def _form(selection: Selection) -> Reading:
    name = str(selection.argument)
    return Reading(lambda call: _first(call.form, name), Needs.BODY)


def _first(values: Mapping[str, list[str]], name: str) -> str | None:
    found = values.get(name)
    return found[0] if found else None


def _path_arg(selection: Selection) -> Reading | None:
    argument = selection.argument
    if isinstance(argument, str) and not argument.isdecimal():
        return Reading(lambda call: _text_if_bytes(call.record.path_kwargs.get(argument)))
    position = int(argument)
    if position < 0:
        selection.problem("out-of-range", "positions are counted from 0", "path_arg = 0")
        return None

    def read(call: Call) -> Any:
        groups = call.record.path_args
        return _text_if_bytes(groups[position]) if position < len(groups) else None

    return Reading(read)


def _text_if_bytes(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _jsonpath(selection: Selection) -> Reading | None:
    engine = selection.table.get("engine", "re2")
    path = compile_document_path(str(selection.argument), selection.at, selection.scope, engine)
    if path is None:
        return None

    def read(call: Call) -> Any:
        value = path.first(call.document)
        return None if value is MISSING else value

    return Reading(read, needs_of(path))


def _fact(
    facts: Mapping[str, Callable[[Call], Any]], needs: Needs = Needs.NOTHING
) -> Callable[[Selection], Reading | None]:
    def compile_fact(selection: Selection) -> Reading | None:
        name = str(selection.argument)
        read = facts.get(name)
        if read is not None:
            return Reading(read, needs)
        near = difflib.get_close_matches(name.lower(), facts, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(facts)}"
        selection.problem("wrong-value", f"a {selection.selector} has no {name!r}", hint)
        return None

    return compile_fact


def _handler(selection: Selection) -> Reading | None:
    path = str(selection.argument)
    if path.strip() == "class":
        return Reading(lambda call: call.record.handler_class)
    try:
        read = compile_handler_path(path)
    except ValueError as error:
        hint = 'write "current_user.id"; a callable can do the rest'
        selection.problem("bad-handler-path", str(error), hint)
        return None
    return Reading(lambda call: None if call.handler is None else read(call.handler), Needs.HANDLER)


def _env(selection: Selection) -> Reading:
    name = str(selection.argument)
    value = selection.scope.variables.get(name)
    if value is None and "default" not in selection.table:
        message = f"the environment variable {name} is not set, so this gives no value"
        selection.scope.problems.warning("env-unset", selection.at, message, "add a default")
    return Reading(lambda _call: value)


def _value(selection: Selection) -> Reading:
    value = selection.argument
    return Reading(lambda _call: value)


def _callable(selection: Selection) -> Reading | None:
    function = compile_callable(selection.argument, selection.at, selection.scope)
    if function is None:
        return None
    return Reading(
        lambda call: None if call.handler is None else invoke(function, call.handler),
        Needs.HANDLER,
        calls=True,
    )


def _test(selection: Selection) -> Reading | None:
    # Sources and conditions stand inside each other, so one of the imports has to wait.
    from moesif_declarative.rules.condition import compile_condition

    condition = compile_condition(selection.argument, selection.at, selection.scope)
    return None if condition is None else Reading(condition.holds, condition.needs)


_COMPILERS: Final[dict[str, Callable[[Selection], Reading | None]]] = {
    "header": _header,
    "response_header": _response_header,
    "cookie": _cookie,
    "query": _query,
    "form": _form,
    "path_arg": _path_arg,
    "jsonpath": _jsonpath,
    "jwt": compile_jwt,
    "basic_auth": compile_basic_auth,
    "request": _fact(REQUEST_FACTS),
    "response": _fact(RESPONSE_FACTS, Needs.RESPONSE),
    "handler": _handler,
    "env": _env,
    "value": _value,
    "template": compile_template,
    "test": _test,
    "callable": _callable,
}

SELECTORS: Final = tuple(_COMPILERS)
"""The names of all selectors."""
