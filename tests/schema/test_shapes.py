"""What the loader asks of the schema: kinds of value, and the spelling of options."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from moesif_declarative.errors import KeyPath
from moesif_declarative.schema import shapes

SHAPES = shapes()


@dataclass(frozen=True)
class Case:
    path: KeyPath
    kinds: set[str]
    option: str | None


CASES = [
    Case(("DEBUG",), {"boolean"}, "DEBUG"),
    Case(("APPLICATION_ID",), {"text"}, "APPLICATION_ID"),
    Case(("EVENT_BATCH_TIMEOUT",), {"integer", "float"}, "EVENT_BATCH_TIMEOUT"),
    Case(("MASK_PRESETS",), {"list"}, "MASK_PRESETS"),
    Case(("MASK_PRESETS", 0), {"text"}, None),
    Case(("API_VERSION",), {"text", "table", "list"}, "API_VERSION"),
    Case(("NONE",), set(), None),
    Case(("NONE", "a"), set(), None),
    Case(("DEBUG", "a"), set(), None),
    Case(("SKIP",), {"table", "list"}, "SKIP"),
    Case(("SKIP", "health"), {"table"}, None),
    Case(("SKIP", "PATH"), {"text", "list"}, "path"),
    Case(("SKIP", "Field"), {"table"}, "field"),
    Case(("SKIP", 0), {"table"}, None),
    Case(("SKIP", 0, "Status"), {"integer", "text", "list"}, "status"),
    Case(("SKIP", "health", "PATH"), {"text", "list"}, "path"),
    Case(("SKIP", "health", "path", 3), {"text"}, None),
    Case(("SKIP", "health", "Enabled"), {"boolean"}, "enabled"),
    Case(("SKIP", "health", "colour"), set(), None),
    Case(("SKIP", "health", "any", 0, "NOT", "Path_Regex"), {"text", "list"}, "path_regex"),
    Case(("SKIP", "health", "equals"), {"any"}, "equals"),
    Case(("SKIP", "health", "equals", "Some", 3, "Key"), {"any"}, None),
    Case(("IDENTIFY_USER", "a", "Header"), {"text"}, "header"),
    Case(("IDENTIFY_USER", "a", "path_arg"), {"text", "integer"}, "path_arg"),
    Case(("IDENTIFY_USER", "a", "from", "COOKIE"), {"text"}, "cookie"),
    Case(("IDENTIFY_USER", "a", "from", 1, "COOKIE"), {"text"}, "cookie"),
    Case(("IDENTIFY_USER", "a", "verify", "KEY_ENV"), {"text"}, "key_env"),
    Case(("IDENTIFY_USER", "a", "vars", "Header"), {"table", "list"}, None),
    Case(("IDENTIFY_USER", "a", "vars", "Header", "Header"), {"text"}, "header"),
    Case(("IDENTIFY_USER", "a", "map", "Gold"), {"any"}, None),
    Case(("IDENTIFY_USER", "a", "when", 0, "PATH"), {"text", "list"}, "path"),
    Case(("MASK_EVENT_MODEL", "card", "Action"), {"text"}, "action"),
    Case(("MASK_EVENT_MODEL", "card", "with"), {"any"}, "with"),
    Case(("MASK_EVENT_MODEL", "card", "last"), {"integer"}, "last"),
    Case(("GET_METADATA",), {"table"}, "GET_METADATA"),
    Case(("GET_METADATA", "Region"), {"any"}, None),
    Case(("GET_METADATA", "Region", "Header"), {"any"}, None),
    Case(("GET_METADATA", "a", "b", "_when", "Path"), {"text", "list"}, "path"),
    Case(("TESTS", "Health"), {"table"}, None),
    Case(("TESTS", "Health", "Request", "URL"), {"text"}, "url"),
    Case(("TESTS", "Health", "request", "headers", "X-A"), {"any"}, None),
    Case((), {"table"}, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: ".".join(map(str, case.path)) or "root")
def test_positions_have_kinds_and_spellings(case: Case) -> None:
    assert SHAPES.kinds(case.path) == case.kinds
    assert SHAPES.option(case.path) == case.option


def test_keys_words_and_rule_settings_are_those_of_the_language() -> None:
    assert {"DEBUG", "SKIP", "TESTS", "LOCAL_MOESIF_BASEURL"} <= SHAPES.keys
    named = {"not", "test", "value", "default", "when", "header", "field", "rate", "order"}
    assert named <= SHAPES.words
    assert not {"health", "token", "card", "keep", "user"} & SHAPES.words
    assert SHAPES.rule_settings == {
        *("IDENTIFY_USER", "IDENTIFY_COMPANY", "IDENTIFY_SUBSCRIPTION", "GET_SESSION_TOKEN"),
        *("API_VERSION", "ACTION_NAME", "SKIP", "SAMPLE", "MASK_EVENT_MODEL"),
        *("SKIP_OUTGOING", "IDENTIFY_USER_OUTGOING", "IDENTIFY_COMPANY_OUTGOING"),
        "GET_SESSION_TOKEN_OUTGOING",
    }
