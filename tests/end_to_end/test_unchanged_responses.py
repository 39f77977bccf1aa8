"""No response changes because of a middleware, but for the header that names the call."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import tornado.web

CONTENT = bytes(range(256)) * 40
ETAG = '"known"'


class Tagged(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write("tagged")

    head = get

    def compute_etag(self) -> str:
        return ETAG


@dataclass(frozen=True)
class Case:
    id: str
    path: str
    status: int = 200
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)


CASES = [
    Case("plain", "/echo"),
    Case("compressed", "/large/5000", headers={"Accept-Encoding": "gzip"}),
    Case("in pieces", "/chunks"),
    Case("compressed in pieces", "/chunks", headers={"Accept-Encoding": "gzip"}),
    Case("HEAD", "/echo", method="HEAD"),
    Case("with an ETag", "/tagged"),
    Case("not modified", "/tagged", 304, headers={"If-None-Match": ETAG}),
    Case("HEAD, not modified", "/tagged", 304, "HEAD", {"If-None-Match": ETAG}),
    Case("no content", "/status/204", 204),
    Case("repeated headers and cookies", "/headers"),
    Case("a failing handler", "/fails", 500),
    Case("no route", "/nowhere", 404),
    Case("a file", "/static/file.bin"),
    Case("a range of a file", "/static/file.bin", 206, headers={"Range": "bytes=10-20"}),
    Case("no such range", "/static/file.bin", 416, headers={"Range": "bytes=99999-"}),
    Case("HEAD of a file", "/static/file.bin", method="HEAD"),
    Case("no such file", "/static/none", 404),
    Case("a redirect", "/old", 301),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_response_is_the_same_to_the_byte(
    start_api: Callable[..., Any],
    serve: Callable[..., Any],
    routes: list[Any],
    tmp_path: Path,
    case: Case,
) -> None:
    (tmp_path / "file.bin").write_bytes(CONTENT)
    routes = [
        *routes,
        ("/tagged", Tagged),
        ("/old", tornado.web.RedirectHandler, {"url": "/echo"}),
        ("/static/(.*)", tornado.web.StaticFileHandler, {"path": str(tmp_path)}),
    ]

    def application() -> tornado.web.Application:
        return tornado.web.Application(routes, compress_response=True, log_function=lambda _: None)

    bare = exchange(serve(application()).url, case)
    watched = start_api(app=application())
    logged = exchange(watched.url, case)
    [event] = watched.events(1)
    assert logged == bare
    assert (bare[0], event["response"]["status"]) == (case.status, case.status)


def exchange(url: str, case: Case) -> tuple[int, list[tuple[str, str]], bytes]:
    """What the server answers: status, headers in order, and the bytes of the body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(case.method, case.path, headers=case.headers)
        answer = connection.getresponse()
        ours, dated = "X-Moesif-Transaction-Id", "Date"
        headers = [pair for pair in answer.getheaders() if pair[0] not in {ours, dated}]
        body = answer.read()
        if answer.headers["Content-Encoding"] == "gzip":  # its head tells the second (RFC 1952)
            body = body[:4] + bytes(4) + body[8:]
        return answer.status, headers, body
    finally:
        connection.close()
