"""Paths on the handler: what they reach, and that nothing in the way raises or is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.rules.handler_path import compile_handler_path


class Session:
    """Has keys without being a mapping, as sessions and database rows often do."""

    def __getitem__(self, key: str) -> str:
        return {"user": "ada"}[key]


class Raising(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("no database")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no database")

    def __len__(self) -> int:
        raise RuntimeError("no database")


class Pair(NamedTuple):
    left: str
    right: str


class Handler:
    current_user: ClassVar = {
        "id": 17,
        "name": None,
        "items": ["a", {"b": "c"}],
        5: "five",
        "a b": 1,
    }
    settings: ClassVar = {"version": "1.0"}
    session = Session()
    raising = Raising()
    pair = Pair("l", "r")
    token = b"t-1"
    blob = b"\xff"
    flag = False

    @property
    def lost(self) -> str:
        raise RuntimeError("no session")

    def get_current_user(self) -> str:
        raise AssertionError("a path calls nothing")

    async def later(self) -> str:
        return "x"

    @property
    def coming(self) -> Any:
        return self.later()


@dataclass(frozen=True)
class Case:
    path: str
    expected: Any


CASES = [
    Case("current_user.id", 17),
    Case("current_user.name", None),
    Case("current_user.name.first", None),
    Case("current_user.items.0", "a"),
    Case("current_user.items[0]", "a"),
    Case("current_user.items.1.b", "c"),
    Case("current_user.items.-1.b", "c"),
    Case("current_user.items.9", None),
    Case("current_user.items.-9", None),
    Case("current_user.items.x", None),
    Case("current_user.5", "five"),
    Case("current_user.a b", 1),
    Case("current_user.keys", None),
    Case("settings.version", "1.0"),
    Case("session.user", "ada"),
    Case("session.company", None),
    Case("raising.a", None),
    Case("pair.right", "r"),
    Case("pair.0", "l"),
    Case("token", "t-1"),
    Case("blob", b"\xff"),
    Case("flag", False),
    Case("lost", None),
    Case("lost.id", None),
    Case("nowhere", None),
    Case("get_current_user", None),
    Case("later", None),
    Case("coming", None),
    Case("token.0", None),
    Case(" current_user.id ", 17),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_a_path_reads_what_is_there(case: Case) -> None:
    assert compile_handler_path(case.path)(Handler()) == case.expected


@pytest.mark.parametrize("path", ["", " ", ".", "a.", ".a", "a..b", "[0]", "a()", "a.get('b')"])
def test_a_path_with_an_empty_step_or_a_call_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"step|calls nothing"):
        compile_handler_path(path)


STEPS = st.text(st.characters(exclude_characters=".()"), min_size=1, max_size=5).filter(str.strip)
TREES = st.recursive(
    st.none() | st.text() | st.binary() | st.integers() | st.builds(Session) | st.builds(Raising),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(lambda value: SimpleNamespace(a=value), inner)
    ),
    max_leaves=6,
)


@given(
    steps=st.lists(STEPS | st.sampled_from(["a", "0", "-1", "__class__"]), min_size=1), tree=TREES
)
def test_no_path_raises_on_any_handler(steps: list[str], tree: Any) -> None:
    path = ".".join(steps)
    try:
        read = compile_handler_path(path)
    except ValueError:
        return
    read(SimpleNamespace(a=tree))
