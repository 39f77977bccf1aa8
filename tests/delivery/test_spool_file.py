from __future__ import annotations

import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.delivery.spool_file import CorruptError, NewerError, pack, unpack

EVENTS = [b'{"a":1}', '{"b":"ä\n\\ud800"}'.encode()]
VERSION_1 = b'moesif-spool 1 6647dac1 7,8\n{"a":1}\n{"b":22}\n'


def test_a_file_of_version_1_is_read_for_ever() -> None:
    assert unpack(VERSION_1, 2) == [b'{"a":1}', b'{"b":22}']
    assert pack([b'{"a":1}', b'{"b":22}']) == VERSION_1


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=30))
def test_what_is_packed_is_unpacked_byte_for_byte(events: list[bytes]) -> None:
    assert unpack(pack(events), len(events)) == events


@given(st.data())
def test_a_file_that_is_cut_off_anywhere_is_none(data: st.DataObject) -> None:
    whole = pack(EVENTS)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(CorruptError):
        unpack(whole[:cut], 2)


@given(st.data())
def test_a_file_in_which_a_byte_has_changed_is_none(data: st.DataObject) -> None:
    whole = bytearray(pack(EVENTS))
    start = len(b"moesif-spool 1 ")
    at = data.draw(st.integers(start, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    whole[at] = byte
    with contextlib.suppress(CorruptError):
        # A checksum may be written in capitals, too: the events are the same.
        assert unpack(bytes(whole), 2) == EVENTS


@given(st.binary(max_size=300))
def test_other_bytes_are_no_file(data: bytes) -> None:
    with pytest.raises(CorruptError):
        unpack(data, 1)


@dataclass(frozen=True)
class Case:
    id: str
    data: bytes
    error: type[Exception] = CorruptError


CASES = [
    Case("empty", b""),
    Case("zeros", bytes(4096)),
    Case("another_name", VERSION_1.replace(b"spool", b"stool")),
    Case("a_version_that_is_no_number", VERSION_1.replace(b" 1 ", b" x ", 1)),
    Case("more_events_than_it_says", pack([b"1", b"2", b"3"])),
    Case("a_newer_version", b"moesif-spool 2 whatever comes\n", NewerError),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_wrong_with_a_file_is_told(case: Case) -> None:
    with pytest.raises(case.error):
        unpack(case.data, 2)
