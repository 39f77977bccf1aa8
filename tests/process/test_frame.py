"""Messages arrive as they were written, however large, and an end is an end."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.process.frame import receive, send

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@given(plain)
def test_a_message_arrives_as_it_was_written(value: Any) -> None:
    mine, theirs = socket.socketpair()
    with mine, theirs:
        send(mine, "kind", value)
        assert receive(theirs) == ("kind", value)


def test_a_message_larger_than_the_buffers_arrives_whole() -> None:
    mine, theirs = socket.socketpair()
    data = bytes(range(256)) * 40_000
    with mine, theirs:
        writer = threading.Thread(target=send, args=(mine, "large", data))
        writer.start()
        assert receive(theirs) == ("large", data)
        writer.join()


@pytest.mark.parametrize("written", [b"", b"\0\0\0", b"\0" * 7 + b"\x09" + b"short"])
def test_a_channel_that_ends_amid_a_message_gives_none(written: bytes) -> None:
    mine, theirs = socket.socketpair()
    with theirs:
        with mine:
            mine.sendall(written)
        assert receive(theirs) is None


def test_a_value_of_another_type_is_refused_before_anything_is_written() -> None:
    mine, theirs = socket.socketpair()
    with mine, theirs:
        with pytest.raises(ValueError, match="unmarshallable"):
            send(mine, "kind", object())
        send(mine, "next", 1)
        assert receive(theirs) == ("next", 1)
