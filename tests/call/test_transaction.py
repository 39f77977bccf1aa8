"""The ids of calls."""

from __future__ import annotations

import os
import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call.transaction import fresh_transaction_id, is_transaction_id

NAMED = "00000000-0000-4000-8000-000000000005"


def test_fresh_ids_are_random_uuids_and_no_two_are_alike() -> None:
    ids = [fresh_transaction_id() for _ in range(2_000)]
    assert len(set(ids)) == 2_000
    for text in ids:
        found = uuid.UUID(text)
        assert (str(found), found.version, found.variant) == (text, 4, uuid.RFC_4122)


def test_no_two_threads_make_the_same() -> None:
    made: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: made.append([fresh_transaction_id() for _ in range(2_000)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({text for ids in made for text in ids}) == 8_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_makes_others_than_its_parent() -> None:
    fresh_transaction_id()
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writable, fresh_transaction_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writable)
    with os.fdopen(readable) as told:
        assert told.read() != fresh_transaction_id()


@given(st.uuids())
def test_every_uuid_names_a_call_but_those_that_name_nothing(found: uuid.UUID) -> None:
    nameless = found.int in {0, 2**128 - 1}
    assert is_transaction_id(str(found)) is not nameless
    assert is_transaction_id(str(found).upper()) is not nameless


@pytest.mark.parametrize(
    "text",
    [None, "", "x" * 36, f" {NAMED}", f"{NAMED}\n", NAMED.replace("-", ""), f"{{{NAMED}}}",
     NAMED.replace("0", "\u0660"), NAMED.replace("-", "0"), NAMED[:-1], f"{NAMED}, {NAMED}"],
)  # fmt: skip
def test_nothing_else_does(text: str | None) -> None:
    assert not is_transaction_id(text)
