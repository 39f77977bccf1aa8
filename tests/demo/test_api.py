"""The demo's API answers each of its calls as an API would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moesif_declarative.demo.api import make_api
from moesif_declarative.demo.traffic import CALLS, make_call


def test_every_call_is_answered_as_it_should(serve: Callable[..., Any]) -> None:
    app = make_api()
    app.settings["log_function"] = lambda handler: None
    api = serve(app)
    statuses = [(call.name, make_call(api.port, call)) for call in CALLS]
    assert statuses == [
        ("health check", 200),
        ("a list", 200),
        ("JSON", 201),
        ("password in JSON", 200),
        ("card in JSON", 201),
        ("user in the path", 200),
        ("bearer token", 200),
        ("basic credentials", 200),
        ("password in a form", 200),
        ("token in the query", 200),
        ("password in a JSON string", 202),
        ("password in gzip", 201),
        ("password in multipart", 200),
        ("API key", 200),
        ("cookies", 200),
        ("server error", 500),
        ("unknown path", 404),
        ("health check", 200),
    ]


def test_garbage_is_a_bad_request(
    serve: Callable[..., Any], request_http: Callable[..., Any]
) -> None:
    app = make_api()
    app.settings["log_function"] = lambda handler: None
    api = serve(app)
    for body, headers in (
        (b"", {}),
        (b"[]", {}),
        (b"[" * 100_000, {}),
        (b"\xff", {}),
        (b"{}", {"Content-Encoding": "gzip"}),
    ):
        assert request_http("POST", api.url + "/items", body, headers).status == 400
