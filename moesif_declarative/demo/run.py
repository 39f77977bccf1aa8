"""The demo from start to end.

Flows in: how to run it. Flows out: text on a console, and the exit status.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from moesif_declarative import MoesifMiddleware
from moesif_declarative.collector import MAX_BODY_BYTES, Collector, make_app
from moesif_declarative.collector.kinds import KINDS
from moesif_declarative.collector.store import Store
from moesif_declarative.demo.api import make_api
from moesif_declarative.demo.isolation import isolated_settings
from moesif_declarative.demo.outcome import Row, make_row, render_rows
from moesif_declarative.demo.secret import SECRETS, reached
from moesif_declarative.demo.serving import Serving, serving
from moesif_declarative.demo.traffic import CALLS, make_call

_FLUSH_TIMEOUT_S: Final = 15.0


def run_demo(
    console: Console,
    *,
    once: bool,
    collector_port: int = 0,
    api_port: int = 0,
    settings_file: str | None = None,
    environment: str | None = None,
) -> int:
    """Run the demo: collector, API, traffic, and what became of it.

    Args:
        console: Where it is told.
        once: End after the traffic; otherwise go on serving until SIGINT or SIGTERM.
        collector_port: The collector's port, 0 for any that is free.
        api_port: The API's port, 0 for any that is free.
        settings_file: Settings to run instead of the example; their surroundings (variables,
            files beside them) count then.
        environment: The settings environment.

    Returns:
        The exit status: 1 when an event was lost or a secret reached the collector, else 0.

    Raises:
        OSError: A port cannot be listened on.
        SettingsError: The settings are wrong.
    """
    with ExitStack() as stack:
        source = settings_file or stack.enter_context(isolated_settings())
        store = Store()
        stack.callback(store.close)
        collector = stack.enter_context(
            serving(make_app(Collector(store)), collector_port, max_body_size=MAX_BODY_BYTES)
        )
        moesif = stack.enter_context(_middleware(source, environment, collector.url))
        application = make_api()
        moesif.install(application)
        api = stack.enter_context(serving(application, api_port))
        rows = _run_traffic(moesif, api, collector, store)
        console.print(render_rows(rows))
        status = _print_proof(console, rows, collector, store)
        if not once:
            _serve_on(console, api, collector)
    return status


@contextmanager
def _middleware(
    source: str | Path, environment: str | None, base_uri: str
) -> Iterator[MoesifMiddleware]:
    if environment is not None:
        os.environ["MOESIF_ENV"] = environment
    # The traffic has errors on purpose; its access log would stand between the demo's lines.
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    moesif = MoesifMiddleware(
        source,
        APPLICATION_ID="demo-application-id",
        BASE_URI=base_uri,
        MASK_REMARKS=True,
        ENABLED=True,
        SINK="moesif",
    )
    try:
        yield moesif
    finally:
        moesif.close(_FLUSH_TIMEOUT_S)


def _run_traffic(
    moesif: MoesifMiddleware, api: Serving, collector: Serving, store: Store
) -> list[Row]:
    """Make the calls one by one, each followed to its end."""
    moesif.update_user({"user_id": "ada", "company_id": "acme", "metadata": {"plan": "pro"}})
    moesif.update_company({"company_id": "acme", "company_domain": "acme.example"})
    rows = []
    for call in CALLS:
        before, arrived = moesif.stats(), len(_documents(collector, store, "events"))
        status = make_call(api.port, call)
        api.settle()
        moesif.flush(_FLUSH_TIMEOUT_S)
        events = _documents(collector, store, "events")
        event: dict[str, Any] | None = json.loads(events[0]) if len(events) > arrived else None
        rows.append(make_row(call, status, event, before, moesif.stats()))
    return rows


def _print_proof(console: Console, rows: list[Row], collector: Serving, store: Store) -> int:
    """Say what was lost and which secrets got through.

    Returns:
        1 where there is any of either, else 0.
    """
    documents = [text for plural in KINDS for text in _documents(collector, store, plural)]
    leaked = reached(documents, SECRETS)
    lost = sum(row.fate == "lost" for row in rows)
    sent = sum(row.fate == "sent" for row in rows)
    masked = sum(sum(row.masked.values()) for row in rows)
    console.print(
        f"{len(rows)} calls: {sent} sent, {len(rows) - sent - lost} left out by rules, "
        f"{lost} lost. {masked} values masked, counted by rule."
    )
    style = "bold red" if leaked else "bold green"
    proof = f"{len(leaked)} of {len(SECRETS)} secrets that were sent reached the collector."
    console.print(Text(proof, style=style))
    for name in sorted(leaked):
        console.print(Text(f"  {name}", style=style))
    return 1 if leaked or lost else 0


def _documents(collector: Serving, store: Store, plural: str) -> list[str]:
    """Read the collector's documents of a kind, newest first, in the thread that owns them."""
    return collector.call(lambda: [kept.document for kept in store.newest(plural, None)])


def _serve_on(console: Console, api: Serving, collector: Serving) -> None:
    """Wait for SIGINT or SIGTERM while the API and the collector go on."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    console.print()
    console.print(f"API:       {api.url}   try: curl {api.url}/users/7 -H 'X-Tenant: acme'")
    console.print(f"Collector: {collector.url}   open it in a browser")
    console.print("Ctrl-C ends both.")
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
