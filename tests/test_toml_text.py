"""Values to TOML: what is written is what `tomllib` reads."""

from __future__ import annotations

import datetime
import math
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.toml_text import (
    TomlError,
    untokened,
    write_comment,
    write_key,
    write_value,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        TEXTS,
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.datetimes(),
        st.dates(),
        st.times(),
        st.datetimes(timezones=st.just(datetime.UTC)),
    ),
    lambda below: st.lists(below) | st.dictionaries(TEXTS, below),
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_back(table: dict[str, Any]) -> None:
    text = "\n".join(f"{write_key((key,))} = {write_value(value)}" for key, value in table.items())
    assert tomllib.loads(text) == table


@given(st.text())
def test_a_comment_is_never_more_than_a_comment(text: str) -> None:
    assert tomllib.loads(write_comment(text) + "\na = 1") == {"a": 1}


def test_not_a_number_is_written_as_such() -> None:
    assert math.isnan(tomllib.loads(f"a = {write_value(math.nan)}")["a"])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "TOML cannot hold a null"),
        ([1, None], "TOML cannot hold a null"),
        (2**63, "TOML cannot hold an integer beyond 64 bits"),
        ("\ud800", "TOML cannot hold a lone surrogate"),
        ({1: 2}, "TOML cannot hold a key of type int"),
        (datetime.time(1, tzinfo=datetime.UTC), "TOML cannot hold a time of day with an offset"),
        (object(), "TOML cannot hold object"),
    ],
)
def test_what_toml_cannot_hold_is_said(value: Any, told: str) -> None:
    with pytest.raises(TomlError, match=f"^{told}$"):
        write_value(value)


def test_a_text_like_a_token_is_written_as_a_cast_of_itself() -> None:
    value = {"a": ["@format x", "b@c"], "d": 1}
    assert untokened(value) == {"a": ['@json "@format x"', "b@c"], "d": 1}
