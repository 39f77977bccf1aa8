"""Headers are one text a name, whichever way Tornado keeps them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from moesif_declarative.call.headers import joined

lines = st.lists(
    st.tuples(
        st.sampled_from(["Accept", "X-Id", "Cookie", "set-cookie", "x-id"]),
        st.text("abc;, ", max_size=4).map(str.strip),
    ),
    max_size=6,
)


class Opaque:
    """Headers that show what is public of Tornado's, and nothing else."""

    def __init__(self, headers: HTTPHeaders) -> None:
        self.get_all = headers.get_all


@given(lines)
def test_both_ways_of_reading_headers_agree(pairs: list[tuple[str, str]]) -> None:
    headers = HTTPHeaders()
    for name, value in pairs:
        headers.add(name, value)
    expected: dict[str, list[str]] = {}
    for name, value in headers.get_all():
        expected.setdefault(name, []).append(value)
    wanted = {name: ", ".join(values) for name, values in expected.items()}
    assert joined(headers) == wanted
    assert joined(Opaque(headers)) == wanted  # type: ignore[arg-type]
