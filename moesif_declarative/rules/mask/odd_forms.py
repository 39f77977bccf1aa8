"""Texts of another format under the content type of a form: whether they hide a masked name.

Flows in: a text that was read as a form, though no form is written like that. Flows out: whether
a masked name may stand in it in a place where a form has none: ``a=1; password=x``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from moesif_declarative.rules.mask.names import may_hold

# In the name of a form's field, as sent: a sign that the body is no form, whatever its type says.
_NO_NAME: Final = re.compile(r'[:;,\n\r{}"<>\\]|\S[ \t]+\S')
_SEPARATORS: Final = re.compile(r"[;,\n\r]+")
_ASSIGNMENT: Final = re.compile(r"[=:]")


def hides_name(text: str, cores: Sequence[str]) -> bool:
    """Whether a masked name may stand where a form has none.

    Args:
        text: What was sent as a form.
        cores: What to look for (`Names.cores`).
    """
    divided = [core for core in cores if "&" in core or "=" in core]
    if divided and may_hold([text], divided):
        return True
    odd = list(_odd_names(text))
    return bool(odd) and may_hold(odd, cores)


def _odd_names(text: str) -> Iterator[str]:
    """Give the names that no form has, and those that seem to stand in values."""
    for piece in text.split("&"):
        name, _, value = piece.partition("=")
        if _NO_NAME.search(name):
            yield name
        if value and _SEPARATORS.search(value):
            for part in _SEPARATORS.split(value):
                inner, *assigned = _ASSIGNMENT.split(part, maxsplit=1)
                if assigned:
                    yield inner
