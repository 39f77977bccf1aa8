"""Requests and calls to judge, and who they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record, View


def _make_call(
    method: str = "GET",
    target: str = "/v1/orders?page=2",
    status: int = 200,
    body: str = "",
    headers: Mapping[str, str] | None = None,
    remote_ip: str = "198.51.100.7",
) -> Call:
    usual = {"User-Agent": "curl/8.5.0", **({"Content-Type": "application/json"} if body else {})}
    data = body.encode()
    record = Record(
        method=method,
        scheme="https",
        host="api.example.com",
        target=target,
        remote_ip=remote_ip,
        request_headers=HTTPHeaders({**usual, **(headers or {})}),
        request_body=data,
        request_size=len(data),
        status=status,
        reason="",
        response_headers=HTTPHeaders(),
        response_body=b"",
        response_size=0,
        response_encoding="",
        started_at=1_700_000_000.0,
        duration_s=0.01,
        route=None,
        path_args=(),
        path_kwargs={},
        handler_class="app.Orders",
        transaction_id="5f0c1b1e-6d5c-4b8e-9d51-0f2b8a4f6a10",
    )
    return Call(record, View())


@pytest.fixture(scope="session")
def make_call() -> Callable[..., Call]:
    """Makes a finished call; with ``status=0``, a request that has no response yet."""
    return _make_call


@pytest.fixture(scope="session")
def identities() -> Callable[..., Callable[[str], str | None]]:
    """Says whose a request is: ``identities(user="ann")``."""

    def make(user: str | None = None, company: str | None = None) -> Any:
        return {"IDENTIFY_USER": user, "IDENTIFY_COMPANY": company}.get

    return make
