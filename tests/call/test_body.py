"""Bodies: what they are read as, whatever their headers claim."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.call.body import Body, read_body

JSON = b'{"a": 1}'
FORM = "application/x-www-form-urlencoded"


def read(raw: bytes, content_type: str = "", content_encoding: str = "") -> Body:
    return read_body(raw, len(raw), content_type, content_encoding, 10_000)


@dataclass(frozen=True)
class Case:
    id: str
    raw: bytes
    kind: str
    value: Any = None
    content_type: str = ""
    content_encoding: str = ""


CASES = [
    Case("json without a type", JSON, "json", {"a": 1}),
    Case("json under a form's type", JSON, "json", {"a": 1}, FORM),
    Case("json after a byte order mark", b"\xef\xbb\xbf \n" + JSON, "json", {"a": 1}),
    Case("json in UTF-16", JSON.decode().encode("utf-16"), "json", {"a": 1}),
    Case("json in UTF-32 without a mark", JSON.decode().encode("utf-32-le"), "json", {"a": 1}),
    Case(
        "json in latin-1",
        '["é"]'.encode("latin-1"),
        "json",
        ["é"],
        "application/json; charset=ISO-8859-1",
    ),
    Case("json with a charset nobody knows", JSON, "json", {"a": 1}, "text/plain; charset=x-none"),
    Case("json with a charset that lies", JSON, "json", {"a": 1}, "text/plain; charset=utf-16"),
    Case("a number under a json type", b"5", "json", 5, "application/problem+json"),
    Case("a number under no json type", b"5", "text", None, "text/plain"),
    Case("json under a binary type", JSON, "text", None, "image/png"),
    Case("broken json", b'{"a": ', "text", None, "application/json"),
    Case("gzip", gzip.compress(JSON), "json", {"a": 1}, "application/json", "gzip"),
    Case("gzip in two members", gzip.compress(b'{"a"') + gzip.compress(b":1}"), "json", {"a": 1},
         "", "gzip"),
    Case("gzip that a proxy undid", JSON, "json", {"a": 1}, "", "gzip"),
    Case("deflate", zlib.compress(JSON), "json", {"a": 1}, "", "deflate"),
    Case("raw deflate", zlib.compress(JSON)[2:-4], "json", {"a": 1}, "", "deflate"),
    Case("gzip twice", gzip.compress(gzip.compress(JSON)), "json", {"a": 1}, "", "gzip, gzip"),
    Case("gzip cut short", gzip.compress(JSON)[:-3], "binary", None, "", "gzip"),
    Case("gzip with a tail", gzip.compress(JSON) + b"secret", "binary", None, "", "gzip"),
    Case("a coding nobody knows", b"\x0b\x02\x80", "binary", None, "", "br"),
    Case("a form", b"a=1&b=%C3%A9&a=2&c=", "form", {"a": ["1", "2"], "b": "é", "c": ""}, FORM),
    Case("a form with a charset", b"a=%E9", "form", {"a": "é"}, FORM + "; charset=latin-1"),
    Case("half a json under a form's type", b'{"a": "x&y=1"', "text", None, FORM),
    Case("text", b"hello", "text", None, "text/plain"),
    Case("bytes", b"\x00\x01\xff", "binary", None, "application/octet-stream"),
    Case("nothing", b"", "absent", None, "application/json"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_body_is_read_as_what_it_is(case: Case) -> None:
    body = read(case.raw, case.content_type, case.content_encoding)
    assert (body.kind, body.value) == (case.kind, case.value)


def test_multipart_fields_are_texts_and_files_are_told_by_name_type_and_size() -> None:
    raw = (
        b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nv\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="p.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n"
    )
    body = read(raw, 'multipart/form-data; boundary="b"')
    assert body.value == {
        "t": "v",
        "f": {"filename": "p.png", "content_type": "image/png", "size": 4},
    }


def test_malformed_multipart_is_text_or_binary() -> None:
    assert read(b"--b\r\nnonsense", "multipart/form-data; boundary=b").kind in {"text", "binary"}


def test_a_body_that_grows_beyond_the_limit_is_left_out() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)
    body = read(bomb, "", "gzip")
    assert (body.kind, body.reason) == (
        "left_out",
        "larger than MAX_BODY_SIZE when decompressed",
    )


def test_a_body_that_was_not_kept_is_left_out_with_its_size() -> None:
    body = read_body(None, 5_000_000, "application/json", "", 10_000)
    assert (body.kind, body.size, body.wire) == ("left_out", 5_000_000, None)


def test_text_goes_as_base64_of_what_it_says_not_of_how_it_was_compressed() -> None:
    body = read(gzip.compress(b"hello"), "text/plain", "gzip")
    assert (body.wire, body.transfer_encoding) == (base64.b64encode(b"hello").decode(), "base64")


@given(st.binary(max_size=300), st.text(max_size=40), st.sampled_from(["", "gzip", "deflate", "x"]))
def test_reading_never_raises(raw: bytes, content_type: str, coding: str) -> None:
    body = read(raw, content_type, coding)
    assert body.kind in {"absent", "json", "form", "text", "binary", "left_out"}


@given(
    st.dictionaries(st.text(), st.integers(-100, 100) | st.text(max_size=9), min_size=1, max_size=5)
)
def test_json_is_json_in_every_encoding_and_coding(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    for charset in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be"):
        for coding, undo in (("gzip", gzip.compress), ("deflate", zlib.compress)):
            assert read(undo(text.encode(charset)), "text/x", coding).value == value
