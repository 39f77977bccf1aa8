"""What the tests of rules share: calls made of plain values, and a bench to compile rules on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record, View
from moesif_declarative.errors import Origin, Place, Problems
from moesif_declarative.rules.compiled import Condition, Scope, Source
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.metadata import compile_metadata
from moesif_declarative.rules.source import compile_chain

ORIGIN = Origin("file", "settings.toml", 7, 3, "default")

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


def _headers(headers: Headers) -> HTTPHeaders:
    built = HTTPHeaders()
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        built.add(name, value)
    return built


def _make_call(
    *,
    method: str = "GET",
    scheme: str = "https",
    host: str = "api.example.test",
    target: str = "/v1/items",
    remote_ip: str = "203.0.113.9",
    headers: Headers = (),
    body: bytes | None = b"",
    status: int = 200,
    reason: str = "OK",
    response_headers: Headers = (),
    response_body: bytes | None = b"",
    started_at: float = 1_714_558_830.25,
    duration_s: float = 0.0125,
    route: str | None = None,
    path_args: tuple[Any, ...] = (),
    path_kwargs: Mapping[str, Any] | None = None,
    handler_class: str = "shop.handlers.ItemHandler",
    handler: Any | None = None,
) -> Call:
    record = Record(
        method=method,
        scheme=scheme,
        host=host,
        target=target,
        remote_ip=remote_ip,
        request_headers=_headers(headers),
        request_body=body,
        request_size=len(body or b""),
        status=status,
        reason=reason,
        response_headers=_headers(response_headers),
        response_body=response_body,
        response_size=len(response_body or b""),
        response_encoding="",
        started_at=started_at,
        duration_s=duration_s,
        route=route,
        path_args=path_args,
        path_kwargs=path_kwargs or {},
        handler_class=handler_class,
        transaction_id="6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11",
    )
    return Call(record, View(), handler)


@dataclass(frozen=True)
class Bench:
    """Compiles rules under one scope and keeps what was wrong with them."""

    variables: Mapping[str, str] = field(default_factory=dict)
    environment: str = "development"
    authorization_headers: tuple[str, ...] = ("authorization",)
    user_id_field: str = "sub"
    problems: Problems = field(default_factory=Problems)

    @property
    def scope(self) -> Scope:
        return Scope(
            problems=self.problems,
            variables=self.variables,
            environment=self.environment,
            authorization_headers=self.authorization_headers,
            user_id_field=self.user_id_field,
        )

    @property
    def place(self) -> Place:
        return Place(("RULE",), {("RULE",): ORIGIN})

    @property
    def found(self) -> list[tuple[str, str]]:
        """Code and key of every problem."""
        return [(problem.code, problem.key) for problem in self.problems]

    def source(self, spec: Any) -> Source:
        compiled = compile_chain(spec, self.place, self.scope)
        assert compiled is not None, list(map(str, self.problems))
        return compiled

    def condition(self, spec: Any) -> Condition:
        compiled = compile_condition(spec, self.place, self.scope)
        assert compiled is not None, list(map(str, self.problems))
        return compiled

    def metadata(self, table: Any) -> Source:
        compiled = compile_metadata(table, self.place, self.scope)
        assert compiled is not None, list(map(str, self.problems))
        return compiled

    def faults(self, compile_one: Callable[..., Any], spec: Any) -> list[tuple[str, str, str]]:
        """Code, key and message of the errors that keep a rule from being compiled."""
        assert compile_one(spec, self.place, self.scope) is None
        return [(problem.code, problem.key, problem.message) for problem in self.problems.errors]


@pytest.fixture(scope="session")
def make_call() -> Callable[..., Call]:
    """Builds a finished call out of plain values."""
    return _make_call


@pytest.fixture(scope="session")
def make_bench() -> Callable[..., Bench]:
    """Builds a bench on which rules are compiled."""
    return Bench


@pytest.fixture
def bench() -> Bench:
    """A bench with the defaults of a fresh installation."""
    return Bench()
