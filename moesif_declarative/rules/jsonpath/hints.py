"""What to write instead of what RFC 9535 forbids.

Flows in: a path and the position where the strict reader stopped. Flows out: a message and a
hint for the user, who often wrote what jsonpath-ng or another dialect takes.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

Fault: TypeAlias = tuple[str, str]

_NAME: Final = re.compile(r"[^\s.\[\](),?'\"`*|&=<>!]+")
_BACKQUOTE: Final = (
    "`…` is an operator of jsonpath-ng, not of RFC 9535",
    "use functions in a filter: length(), count(), value(); for a name, quote it: ['name']",
)


USAGE: Final = {
    "length": "length(@.a)",
    "count": "count(@.a[*])",
    "value": "value(@..a)",
    "match": "match(@.a, 'pattern')",
    "search": "search(@.a, 'pattern')",
}
"""How each function is called."""


def no_root(text: str) -> Fault:
    """Say why a path that does not begin with ``$`` is refused."""
    if not text.strip():
        return "the path is empty", "write $ for the whole document, $.request for a part"
    if text != text.lstrip():
        return "a path has no blank space before it", "take it away"
    if text.startswith("`"):
        return _BACKQUOTE
    if text.startswith("("):
        inside = text.strip("()").removeprefix("@")
        return "a path has no parentheses around it", f"write {_rooted(inside)}"
    if text.startswith("@"):
        return "@ has no meaning outside a filter", f"write ${text[1:]}"
    return "a path begins with $", f"write {_rooted(text)}"


def _rooted(text: str) -> str:
    if text.startswith("$"):
        return text
    return f"${text}" if text.startswith((".", "[")) else f"$.{text}"


def trailing(text: str, position: int) -> Fault:
    """Say why what follows a path is refused."""
    rest = text[position:]
    if not rest.strip():
        return "a path has no blank space after it", "take it away"
    word = re.match(r"\s*(wherenot|where|and|or|not)\b", rest)
    if word:
        return f"{word[1]} is not of RFC 9535", "write a filter: $.a[?@.b]"
    sign = rest.strip()[0]
    if sign == "|":
        return "| (union) is not of RFC 9535", "write several rules, or ['a', 'b'] for two names"
    if sign == "&":
        return "& (intersection) is not of RFC 9535", "write a filter: $.a[?@.b && @.c]"
    if sign in "+-*/":
        return f"{sign} (arithmetic) is not of RFC 9535", _quoted_or(text, position)
    if sign == "`":
        return _BACKQUOTE
    if sign == "~":
        return "~ (keys) is not of RFC 9535", "name the member, or write [*]"
    if sign == "(":
        return "a function stands only in a filter", "write [?length(@.a) > 0]"
    if sign == "]":
        return "] closes no bracket", "take it away, or quote the name: ['a]']"
    if re.match(r"\w", rest):
        return f"{_shown(rest)} follows without a dot", f"write {text[:position]}.{rest}"
    if sign == ",":
        return "a comma joins nothing outside brackets", "write ['a', 'b'] for two names"
    if sign.isalnum():
        return "blank space may not stand in a name without quotes", "quote it: ['a b']"
    return f"{_shown(rest)} cannot stand here", "put . or [ before the next step, or quote the name"


def _quoted_or(text: str, position: int) -> str:
    name = re.search(r"[^.\[\]]*$", text[:position])
    rest = _NAME.match(text, position)
    if name and rest and name[0].strip("$ "):
        return f"for a name, quote it: ['{name[0]}{rest[0]}']"
    return "for a name, quote it: ['a-b']"


def name_goes_on(text: str, start: int, end: int) -> Fault | None:
    """Say why an unquoted name may not go on as it does, None if it ends where it may."""
    if end >= len(text) or text[end] in ".[ \t\n\r]),=<>!&|*~+/(`":
        return None
    whole = _NAME.match(text, start)
    name = whole[0] if whole else text[start:end]
    if len(name) <= end - start:
        return None
    mended = _mended(text, start, start + len(name))
    return f"{text[end]!r} may not stand in a name without quotes", f"write {mended}"


def _mended(text: str, start: int, end: int) -> str:
    """Write a path again with the name after its dots in quotes."""
    lead = text[:start] if text[:start].endswith("..") else text[: start - 1]
    return lead + _in_quotes(text[start:end]) + text[end:]


def _in_quotes(name: str) -> str:
    escaped = json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{escaped}']"


def after_dots(text: str, position: int, dots: str) -> Fault:
    """Say what is wrong right after ``.`` or ``..``."""
    rest = text[position:]
    if not rest:
        return f"a name or * is missing after {dots}", f"take {dots} away, or write {dots}*"
    if rest[0].isspace():
        return f"no blank space may follow {dots}", "take it away"
    quoted = re.match(r"'[^']*'|\"[^\"]*\"", rest)
    if quoted:
        lead = ".." if dots == ".." else ""
        return f"a quoted name stands in brackets, not after {dots}", f"write {lead}[{quoted[0]}]"
    if rest[0] == "[":
        return "no dot stands before a bracket", "take the dot away"
    if rest[0] == ".":
        return "too many dots", "write . for a member, .. for any depth"
    if rest[0] == "`":
        return _BACKQUOTE
    digits = re.match(r"-?[0-9]+(?=[.\[]|$)", rest)
    if digits:
        both = f"write [{digits[0]}] for an element, ['{digits[0]}'] for a member"
        return "a number may not follow a dot", both
    name = _NAME.match(rest)
    if name:
        mended = _mended(text, position, position + len(name[0]))
        return f"{rest[0]!r} may not begin a name without quotes", f"write {mended}"
    return f"{_shown(rest)} may not follow {dots}", "write a name, * or, in quotes, ['name']"


def in_brackets(text: str, position: int, bracket: int) -> Fault:
    """Say what is wrong inside brackets."""
    rest = text[position:]
    if not rest:
        inside = text[bracket + 1 :].strip()
        selects = inside and not inside.endswith(",")
        hint = "end it with ]" if selects else "write what it selects, and ]: [0], ['name'] or [*]"
        return "the bracket is not closed", hint
    if "?" in text[bracket:position]:
        return in_filter(text, position, "&&, || or ]")
    if re.match(r"[-+]\s*[0-9]", rest):
        return f"an index is written without {rest[0]} or blank space before it", "write 1 or -1"
    if rest[0] in "/\\":
        return "sorting is not of RFC 9535", "select without sorting: [*]"
    if rest[0] == "(":
        return "a computed index is not of RFC 9535", "write [-1] for the last, or a filter: [?@.a]"
    if rest[0] == "]":
        before = text[bracket:position].strip()
        hint = "write [*] for every child" if before == "[" else "take the comma away"
        return "a selector is missing before ]", hint
    if rest[0] == "`":
        return _BACKQUOTE
    if rest[0] in "@$":
        return "a query in brackets is not of RFC 9535", "put it into a filter: [?@.a]"
    if rest[0] == ",":
        return "a selector is missing before the comma", "write one, or take the comma away"
    if rest[0] == ".":
        return "an index is a whole number", "write it without a dot, or quote a name: ['a.b']"
    return _in_brackets_word(text, position, bracket)


def _in_brackets_word(text: str, position: int, bracket: int) -> Fault:
    rest = text[position:]
    inside = text[bracket:position]
    name = re.match(r"[^\],\s:]+", rest)
    if name and inside.rstrip().endswith(("[", ",")):
        return "a name in brackets stands in quotes", f"write {_in_quotes(name[0])}"
    return f"{_shown(rest)} cannot stand here", "put a comma between selectors, ] at their end"


def in_filter(text: str, position: int, wanted: str) -> Fault:
    """Say what is wrong inside a filter."""
    rest = text[position:]
    if not rest:
        value = wanted.startswith("a query")
        hint = "write what it tests, as in [?@.a == 'x']" if value else "close it: [?(@.a == 'x')]"
        return f"the filter ends where {wanted} is wanted", hint
    if rest[0] == ">" and text[position - 1] == "<":
        return "<> is no operator", "write !="
    if rest[0] == "=":
        return "too many =", "write == once"
    if re.match(r"&(?!&)|and\b", rest):
        return "& joins nothing in RFC 9535" if rest[0] == "&" else "and is no operator", "write &&"
    if re.match(r"\|(?!\|)|or\b", rest):
        return "| joins nothing in RFC 9535" if rest[0] == "|" else "or is no operator", "write ||"
    if re.match(r"not\b", rest):
        return "not is no operator", "write !"
    if rest[0] == "`":
        return _BACKQUOTE
    if rest[0] == "~":
        return "~ is no operator", "write =~ 'pattern'"
    if re.match(r"(?:in|nin|contains|where|wherenot)\b", rest):
        hint = "write comparisons joined by ||, or =~ 'pattern'"
        return f"{rest.split()[0]} is no operator of RFC 9535", hint
    if wanted.startswith("a query") and re.match(r"[-+]?\s*\.?[0-9]", rest):
        return "a number is not written like that", "write 1, -1, 0.5 or 1e3"
    if rest[0] == "." or re.match(r"[eE][-+.0-9]|[eE]\]", rest):
        return "a number is not written like that", "write 1, -1, 0.5 or 1e3"
    if rest[0] in "+-*/%":
        return f"{rest[0]} (arithmetic) is not of RFC 9535", "compare with the result itself"
    if rest[0] in "[{":
        return "an array or object cannot be written in a filter", "compare its members one by one"
    if rest[0] == "(":
        return "a method call is not of RFC 9535", "write length(@.a), count(@.a[*])"
    hint = "quote texts, begin queries with @ or $"
    return f"{_shown(rest)} stands where {wanted} is wanted", hint


def bare_word(word: str, rest: str) -> Fault:
    """Say what to write for a bare word in a filter, where the rest follows it."""
    if rest[:1].isspace() and rest.lstrip().startswith("("):
        return "no blank space stands before the parenthesis of a call", f"write {word}(…)"
    lowered = word.lower()
    if lowered in {"true", "false", "null"}:
        return f"{word} is written in lower case", f"write {lowered}"
    if lowered == "none":
        return f"{word} is no value of JSON", "write null"
    if lowered == "not":
        return "not is no operator", "write !"
    both = f"write '{word}' for text, @.{word} for a member"
    return f"the bare word {word} means nothing in a filter", both


def literal_alone(text: str, position: int) -> Fault:
    """Say why a value alone is no test."""
    rest = text[position:].lstrip()
    if rest[:1] in ("+", "-", "*", "/"):
        return f"{rest[0]} (arithmetic) is not of RFC 9535", "compare with the result itself"
    return "a value alone is no test", "compare it with something: @.a == 'x'"


def _shown(rest: str) -> str:
    return repr(rest.strip()[:1] or rest[:1])
