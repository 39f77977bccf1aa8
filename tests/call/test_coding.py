import gzip

import pytest

from moesif_declarative.call.coding import TooLargeError, decompress


def test_members_of_a_gzip_stream_are_joined() -> None:
    raw = gzip.compress(b'{"a":') + gzip.compress(b"1}")

    assert decompress(raw, "gzip", 100) == b'{"a":1}'


def test_a_stream_of_thousands_of_empty_members_is_left_out() -> None:
    with pytest.raises(TooLargeError):
        decompress(gzip.compress(b"") * 1001, "gzip", 100)
