"""What a handler has written so far."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.capture.written import Written


@given(st.lists(st.binary(max_size=20)), st.integers(0, 60))
def test_it_holds_the_whole_body_or_none(chunks: list[bytes], max_bytes: int) -> None:
    written = Written()
    for chunk in chunks:
        written.add(chunk, max_bytes)
    whole = b"".join(chunks)
    assert written.size == len(whole)
    assert written.body == (whole if len(whole) <= max_bytes else None)


def test_a_body_in_one_piece_is_not_copied() -> None:
    written, chunk = Written(), b"x" * 100
    written.add(chunk, 100)
    assert written.body is chunk


def test_many_small_pieces_take_no_more_memory_than_their_bytes() -> None:
    written = Written()
    for _ in range(100_000):
        written.add(b"x", 102_400)
    assert written.body == b"x" * 100_000
    assert sys.getsizeof(written.kept) < 150_000


def test_what_is_too_large_is_let_go() -> None:
    written = Written()
    for _ in range(3):
        written.add(b"x" * 60, 100)
    assert (written.kept, written.size) == (None, 180)
