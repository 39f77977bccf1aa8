"""The values of environment variables, wherever and however they are written in a text.

Flows in, at startup: names of variables, and the variables. Flows out: a `Detector`. The value
itself appears in no problem, name or representation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.errors import Place
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text.detector import Detector, Span, merge, span_detector
from moesif_declarative.rules.mask.text.encodings import base64_patterns, written_pattern
from moesif_declarative.rules.mask.text.joined_lines import join_lines
from moesif_declarative.rules.mask.text.scanner import compile_utf8, utf8_spans

_FEWEST: Final = 6
_MOST: Final = 4096


def compile_env_value(options: Mapping[str, Any], place: Place, scope: Scope) -> Detector | None:
    """Compile the ``env_value`` of a rule.

    Args:
        options: ``env_value``: the name of a variable, or a list of names.
        place: Where the rule's table stands.
        scope: Gives the variables and collects problems.

    Returns:
        The detector; None after adding a problem.
    """
    written = options["env_value"]
    at = place.at("env_value")
    names = [written] if isinstance(written, str) else list(written)
    places = [at] if isinstance(written, str) else [at.at(n) for n in range(len(names))]
    values = [_value(name, where, scope) for name, where in zip(names, places, strict=True)]
    if not values:
        scope.problems.error(
            "empty-list", at, "no variable is named", "name one whose value is a secret"
        )
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return _detector(f"env_value {', '.join(names)}", sorted(set(known)))


def _value(name: str, place: Place, scope: Scope) -> str | None:
    """Return a variable's value, without white space around it; None after adding a problem.

    Secrets that come out of files end in a line feed, which nothing else repeats.
    """
    value = scope.variables.get(name, "").strip()
    if name not in scope.variables:
        problem, hint = f"the variable {name} is not set", "set it, or switch the rule off"
    elif len(value) < _FEWEST:
        problem = f"the value of {name} has fewer than {_FEWEST} characters"
        hint = "so short a text would be masked in places that have nothing to do with it"
    elif len(value) > _MOST:
        problem = f"the value of {name} has more than {_MOST} characters"
        hint = "mask what it stands in with field, header or jsonpath"
    else:
        return value
    scope.problems.error("unusable-variable", place, problem, hint)
    return None


@dataclass(frozen=True, slots=True)
class _Scanners:
    """How one value is looked for; their representation is not to show it."""

    written: Any = field(repr=False)
    any_base64: Any = field(repr=False)
    base64: tuple[Any, ...] = field(repr=False)


def _scanners(value: str) -> _Scanners:
    patterns = base64_patterns(value)
    return _Scanners(
        compile_utf8(written_pattern(value)),
        compile_utf8(b"|".join(patterns)),
        tuple(map(compile_utf8, patterns)),
    )


def _detector(name: str, values: Sequence[str]) -> Detector:
    scanners = [_scanners(value) for value in values]

    def find(text: str) -> list[Span]:
        spans = [span for value in scanners for span in utf8_spans(value.written, text)]
        spans += _in_base64(scanners, text)
        joined = join_lines(text)
        if joined is not None:
            spans += map(joined.span_before, _in_base64(scanners, joined.text))
        return merge(spans)

    return span_detector(name, find)


def _in_base64(scanners: Sequence[_Scanners], text: str) -> Iterator[Span]:
    data = text.encode("utf-8", "surrogatepass")
    for value in scanners:
        if value.any_base64.search(data) is not None:
            for scanner in value.base64:
                yield from utf8_spans(scanner, text)
