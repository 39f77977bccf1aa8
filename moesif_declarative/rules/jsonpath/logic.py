"""The strict reader's part for filters (RFC 9535 sections 2.3.5 and 2.4).

Flows in: a cursor at a logical expression. Flows out: its test, well-typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from typing import Literal as Choice

from moesif_declarative.rules.jsonpath import hints
from moesif_declarative.rules.jsonpath.cursor import Cursor
from moesif_declarative.rules.jsonpath.functions import FUNCTIONS, check_pattern, varies
from moesif_declarative.rules.jsonpath.tree import (
    Call,
    Comparison,
    Exists,
    Literal,
    Matches,
    Not,
    Operand,
    Operator,
    Query,
    Segment,
    Test,
    all_of,
    any_of,
)
from moesif_declarative.rules.pattern import PatternError

ReadSegments: TypeAlias = Callable[[Cursor], tuple[Segment, ...]]

EqualTilde: TypeAlias = Choice["=~"]

_OPERATORS: Final[tuple[Operator, ...]] = ("==", "!=", "<=", ">=", "<", ">")
_WORDS: Final = {
    "true": Literal("boolean", True),
    "false": Literal("boolean", False),
    "null": Literal("null", None),
}


def read_test(cursor: Cursor, segments: ReadSegments) -> Test:
    """Read a logical expression; ``&&`` binds more tightly than ``||``.

    Args:
        cursor: Stands where the expression begins.
        segments: Reads the segments of a query.

    Raises:
        PathError: The expression is not well-formed or not well-typed.
    """
    return any_of(_joined(cursor, "||", lambda: _conjunction(cursor, segments)))


def _conjunction(cursor: Cursor, segments: ReadSegments) -> Test:
    return all_of(_joined(cursor, "&&", lambda: _basic(cursor, segments)))


def _joined(cursor: Cursor, joint: str, part: Callable[[], Test]) -> list[Test]:
    parts = [part()]
    while True:
        before = cursor.position
        cursor.blank()
        if not cursor.take(joint):
            cursor.position = before
            return parts
        cursor.blank()
        parts.append(part())


def _basic(cursor: Cursor, segments: ReadSegments) -> Test:
    negated = cursor.take("!")
    if negated:
        cursor.blank()
    start = cursor.position
    if cursor.take("("):
        test = _grouped(cursor, segments)
        _refuse_comparison(cursor, "a test in parentheses has no value to compare")
        return Not(test) if negated else test
    operand = _operand(cursor, segments)
    if negated:
        _refuse_comparison(cursor, "! binds to the query alone")
        return Not(_tested(cursor, operand, start))
    operator = _operator(cursor)
    if operator is None:
        return _tested(cursor, operand, start)
    if operator == "=~":
        return _matching(cursor, operand, start)
    _check_comparable(cursor, operand, start)
    start = cursor.position
    right = _operand(cursor, segments)
    _check_comparable(cursor, right, start)
    return Comparison(operand, operator, right)


def _grouped(cursor: Cursor, segments: ReadSegments) -> Test:
    cursor.open()
    cursor.blank()
    test = read_test(cursor, segments)
    cursor.blank()
    if not cursor.take(")"):
        cursor.fail(*hints.in_filter(cursor.text, cursor.position, "a closing parenthesis"))
    cursor.close()
    return test


def _operator(cursor: Cursor) -> Operator | EqualTilde | None:
    """Read an operator and the blanks around it; stand still if none comes next."""
    before = cursor.position
    cursor.blank()
    if cursor.take("=~"):
        cursor.blank()
        return "=~"
    for operator in _OPERATORS:
        if cursor.take(operator):
            cursor.blank()
            return operator
    if cursor.looking_at("="):
        cursor.fail("= is no comparison", "write ==")
    cursor.position = before
    return None


def _refuse_comparison(cursor: Cursor, reason: str) -> None:
    start = cursor.position
    if _operator(cursor) is not None:
        hint = "put parentheses around the comparison: !(@.a == 1)"
        cursor.fail(f"{reason}, and a comparison follows", hint, start)


def _operand(cursor: Cursor, segments: ReadSegments) -> Operand:
    if cursor.looking_at("@") or cursor.looking_at("$"):
        absolute = cursor.take("$") or not cursor.take("@")
        return Query(segments(cursor), absolute)
    text = cursor.string()
    if text is not None:
        return Literal("text", text)
    number = cursor.number()
    if number is not None:
        return Literal("number", number)
    return _word(cursor, segments)


def _word(cursor: Cursor, segments: ReadSegments) -> Operand:
    start = cursor.position
    word = cursor.name()
    if word is None:
        cursor.fail(*hints.in_filter(cursor.text, start, "a query, a value or a function"))
    if cursor.take("("):
        return _call(cursor, word, start, segments)
    if word not in _WORDS:
        cursor.fail(*hints.bare_word(word, cursor.text[cursor.position :]), position=start)
    return _WORDS[word]


def _call(cursor: Cursor, name: str, start: int, segments: ReadSegments) -> Call:
    function = FUNCTIONS.get(name)
    if function is None:
        cursor.fail(f"there is no function {name}", f"there are {', '.join(FUNCTIONS)}", start)
    cursor.open()
    cursor.blank()
    arguments: list[Operand] = []
    while not cursor.take(")"):
        if arguments and not cursor.take(","):
            cursor.fail(*hints.in_filter(cursor.text, cursor.position, "a comma or )"))
        cursor.blank()
        at = cursor.position
        argument = _operand(cursor, segments)
        if len(arguments) < len(function.parameters):
            _check_argument(cursor, name, len(arguments), argument, at)
        arguments.append(argument)
        cursor.blank()
    if len(arguments) != len(function.parameters):
        wanted = "one argument" if len(function.parameters) == 1 else "two arguments"
        cursor.fail(f"{name}() takes {wanted}, not {len(arguments)}", hints.USAGE[name], start)
    cursor.close()
    call = Call(name, tuple(arguments))
    _checked(cursor, lambda: check_pattern(call), start)
    return call


def _check_argument(
    cursor: Cursor, name: str, number: int, argument: Operand, position: int
) -> None:
    if FUNCTIONS[name].parameters[number] == "nodes":
        if not isinstance(argument, Query):
            cursor.fail(f"{name}() takes a query", f"write {name}(@.a[*])", position)
        return
    if isinstance(argument, Query) and not argument.singular:
        hint = "name one node (@.a, @[0]), or write value(…) around the query"
        cursor.fail(f"{name}() takes one value, and this query may give many", hint, position)
    if number == 1 and varies(argument):
        hint = "write the pattern in quotes, or take it from one place: $.a"
        cursor.fail("the pattern would be another for every node", hint, position)
    if isinstance(argument, Call) and FUNCTIONS[argument.name].gives == "logical":
        cursor.fail(f"{argument.name}() gives no value that {name}() could take", "", position)


def _matching(cursor: Cursor, operand: Operand, start: int) -> Test:
    if not isinstance(operand, Query):
        cursor.fail("=~ looks in what a query gives", "write @.a =~ 'pattern'", start)
    at = cursor.position
    pattern = cursor.string()
    if pattern is None:
        cursor.fail("=~ takes a pattern in quotes", "write @.a =~ '^x'", at)
    cursor.matched.append(pattern)
    test = Matches(operand, pattern, cursor.engine)
    _checked(cursor, lambda: check_pattern(test), at)
    return test


def _checked(cursor: Cursor, check: Callable[[], None], position: int) -> None:
    try:
        check()
    except PatternError as error:
        cursor.fail(f"in the pattern: {error.message}", error.hint, position)


def _tested(cursor: Cursor, operand: Operand, start: int) -> Test:
    """Take an operand as a test of its own, if it can be one."""
    if isinstance(operand, Query):
        return Exists(operand)
    if isinstance(operand, Call) and FUNCTIONS[operand.name].gives == "logical":
        return operand
    if isinstance(operand, Call):
        message, hint = f"{operand.name}() alone is no test", f"write {operand.name}(…) > 0"
    else:
        message, hint = hints.literal_alone(cursor.text, cursor.position)
    return cursor.fail(message, hint, start)


def _check_comparable(cursor: Cursor, operand: Operand, start: int) -> None:
    if isinstance(operand, Query) and not operand.singular:
        hint = "name one node (@.a, @[0]), or put the comparison inside: @.a[?@ == 1]"
        cursor.fail("a query that may give many nodes cannot be compared", hint, start)
    if isinstance(operand, Call) and FUNCTIONS[operand.name].gives == "logical":
        cursor.fail(f"{operand.name}() is a test and cannot be compared", "use it alone", start)
