"""What is measured in one Tornado application: nothing, this package, and its peers.

Flows in: the application, before its first request, and where the collector is. Flows out: an
application that is logged or traced, and a way to have everything sent that is still held.

Each peer runs at its defaults, traces every request, and is told of the collector alone.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tornado.web import Application, RequestHandler

from tests.benchmarks.machine import leave_to_all_but
from tests.benchmarks.original import original_settings
from tests.benchmarks.realistic import APPLICATION_ID, HEALTH, ORDERS, RULES
from tests.benchmarks.usage import descendants

FLUSH_S: Final = 60.0


def _nothing() -> None:
    """Send nothing: there is nothing held, or no way to ask for it."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A candidate in its application.

    Attributes:
        flush: Waits until all that was logged so far is sent.
        counts: What it counted itself.
    """

    flush: Callable[[], object] = _nothing
    counts: Callable[[], Mapping[str, Any]] = field(default=dict)


Install: TypeAlias = Callable[[Application, str], Installed]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run the application.

    Attributes:
        install: Puts it into an application, for a collector at a URL.
        package: What it needs, as PyPI names it; ``""``: nothing.
        needs: The module by which one sees that the package is installed.
        target: What the client asks for.
        sends: Whether each request gives an event.
    """

    install: Install
    package: str = ""
    needs: str = ""
    target: str = ORDERS
    sends: bool = True

    @property
    def missing(self) -> bool:
        """Whether its package is not installed."""
        return bool(self.needs) and importlib.util.find_spec(self.needs) is None


def module(name: str) -> Any:
    """Import a peer's module; peers have no types that could be relied on."""
    return importlib.import_module(name)


def bare(application: Application, url: str) -> Installed:
    """Leave the application as it is."""
    return Installed()


def capture_alone(application: Application, url: str) -> Installed:
    """Take what an event is made of, and drop it."""
    capture = module("moesif_declarative.capture").Capture(102_400)
    capture.arm(application)
    kept: deque[object] = deque(maxlen=1_000)
    access_log = Application().log_request

    def log(handler: RequestHandler) -> None:
        kept.append(capture.take(handler))
        access_log(handler)

    application.settings["log_function"] = log
    return Installed()


def ours(**settings: Any) -> Install:
    """Log with this package, under the realistic rules and further settings."""

    def install(application: Application, url: str) -> Installed:
        middleware = module("moesif_declarative").MoesifMiddleware(
            {"APPLICATION_ID": APPLICATION_ID, "BASE_URI": url, **RULES, **settings}
        )
        middleware.install(application)
        return Installed(lambda: middleware.flush(FLUSH_S), middleware.stats)

    return install


def beside(application: Application, url: str) -> Installed:
    """Log with this package, events built by its helper process, on another core."""
    installed = ours(WORKER="process")(application, url)

    def flush() -> object:
        for helper in descendants(os.getpid()):  # it inherits the application's one core
            leave_to_all_but(helper, min(os.sched_getaffinity(0)))
        return installed.flush()

    return Installed(flush, installed.counts)


def original(application: Application, url: str) -> Installed:
    """Log with the original package, under the same rules as Python functions.

    It heeds ``BASE_URI`` only when it debugs, which is not what is to be measured.
    """
    module("moesifapi.configuration").Configuration.BASE_URI = url
    settings = {"APPLICATION_ID": APPLICATION_ID, **original_settings()}
    middleware = module("moesiftornado").MoesifMiddleware(settings)
    application.settings["log_function"] = middleware.log_event
    return Installed()


def elastic(application: Application, url: str) -> Installed:
    """Trace with Elastic APM."""
    agent = module("elasticapm.contrib.tornado").ElasticAPM(
        application, SERVICE_NAME="orders", SERVER_URL=url
    )
    return Installed(agent.client._transport.flush)


def opentelemetry(application: Application, url: str) -> Installed:
    """Trace with OpenTelemetry, over HTTP."""
    exporter = module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    provider = module("opentelemetry.sdk.trace").TracerProvider()
    provider.add_span_processor(
        module("opentelemetry.sdk.trace.export").BatchSpanProcessor(
            exporter.OTLPSpanExporter(endpoint=f"{url}/v1/traces")
        )
    )
    module("opentelemetry.trace").set_tracer_provider(provider)
    module("opentelemetry.instrumentation.tornado").TornadoInstrumentor().instrument()
    return Installed(provider.force_flush)


def sentry(application: Application, url: str) -> Installed:
    """Trace with Sentry."""
    sdk = module("sentry_sdk")
    sdk.init(dsn=f"{url.replace('://', '://key@')}/1", traces_sample_rate=1.0)
    return Installed(lambda: sdk.flush(FLUSH_S))


CANDIDATES: Final[Mapping[str, Candidate]] = {
    "bare": Candidate(bare, sends=False),
    "capture alone": Candidate(capture_alone, sends=False),
    "ours": Candidate(ours()),
    "ours (helper process)": Candidate(beside),
    "ours (skipped)": Candidate(ours(), target=HEALTH, sends=False),
    "ours (sampled out)": Candidate(ours(SAMPLE={"none": {"rate": 0}}), sends=False),
    "original": Candidate(original, "moesiftornado", "moesiftornado"),
    "Elastic APM": Candidate(elastic, "elastic-apm", "elasticapm"),
    "OpenTelemetry": Candidate(
        opentelemetry,
        "opentelemetry-instrumentation-tornado",
        "opentelemetry.instrumentation.tornado",
    ),
    "Sentry": Candidate(sentry, "sentry-sdk", "sentry_sdk"),
}
PEERS: Final = tuple(name for name, candidate in CANDIDATES.items() if candidate.needs)
