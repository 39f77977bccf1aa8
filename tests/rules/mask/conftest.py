"""What the tests of masks share: settings by the way that startup takes, and calls to mask."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from tornado.httputil import HTTPHeaders

from moesif_declarative.call import Call, Record, View, json_text
from moesif_declarative.errors import Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask import Masked, Masks, MaskTrace, compile_masks
from moesif_declarative.schema import shapes, validate
from moesif_declarative.settings import load

UNLIMITED = 1 << 26


def _call(
    *,
    uri: str = "/v1/items",
    headers: Any = (),
    body: bytes | str = b"",
    response_headers: Any = (),
    response_body: bytes | str = b"",
    status: int = 200,
    route: str | None = None,
    handler: Any = None,
) -> Call:
    raw = body.encode() if isinstance(body, str) else body
    response_raw = response_body.encode() if isinstance(response_body, str) else response_body
    record = Record(
        method="POST",
        scheme="https",
        host="api.example.test",
        target=uri,
        remote_ip="203.0.113.9",
        request_headers=_headers(headers),
        request_body=raw,
        request_size=len(raw),
        status=status,
        reason="OK",
        response_headers=_headers(response_headers),
        response_body=response_raw,
        response_size=len(response_raw),
        response_encoding="",
        started_at=1_714_558_830.25,
        duration_s=0.0125,
        route=route,
        path_args=(),
        path_kwargs={},
        handler_class="shop.handlers.ItemHandler",
        transaction_id="6d3f0f6a-53a3-4bd5-9b4f-0b6c9f2a7e11",
    )
    return Call(record, View(UNLIMITED), handler)


def _headers(given: Any) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in given.items() if isinstance(given, Mapping) else given:
        headers.add(name, value)
    return headers


@dataclass(frozen=True)
class Bench:
    """Masks, and what was wrong with their settings."""

    masks: Masks
    problems: Problems

    def apply(self, call: Call, trace: MaskTrace | None = None, **members: Any) -> Masked:
        """Decide and mask; `members` are put into the event document first."""
        decisions = self.masks.decide(call)
        document = call.document
        document.update(members)
        return self.masks.apply(document, call, decisions, trace)


def _bench(
    rules: Any = None, /, *, variables: Mapping[str, str] | None = None, **options: Any
) -> Bench:
    source = {"APPLICATION_ID": "an-application-id", **options}
    if rules is not None:
        source["MASK_EVENT_MODEL"] = rules
    problems = Problems()
    loaded = load(source, shapes=shapes(), problems=problems, environ=dict(variables or {}))
    settings = validate(loaded, problems)
    key = settings.mask_hash_key.encode() if settings.mask_hash_key else None
    scope = Scope(problems, settings.variables, settings.environment, hash_key=key)
    return Bench(compile_masks(settings, scope), problems)


def _leaks(value: Any, secret: str) -> bool:
    """Whether a secret stands anywhere in a value: plain, in base64, compressed, or escaped."""
    stack = [json_text.dump(value)]
    seen = set()
    while stack:
        text = stack.pop()
        if text in seen:
            continue
        seen.add(text)
        if secret in text or secret in text.replace("\x00", ""):
            return True
        stack += _readings(text)
    return False


def _readings(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, str):
            yield item
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return
    yield raw.decode("latin-1")
    for bits in (31, 15, -15):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(bits).decompress(raw).decode("latin-1")


@pytest.fixture(scope="session")
def leaks() -> Callable[[Any, str], bool]:
    """Give a function that looks for a secret in an event, in every encoding."""
    return _leaks


@pytest.fixture(scope="session")
def make_call() -> Callable[..., Call]:
    """Give a function that makes a call of plain values."""
    return _call


@pytest.fixture(scope="session")
def bench() -> Callable[..., Bench]:
    """Give a function that compiles masks by the way that startup takes."""
    return _bench
