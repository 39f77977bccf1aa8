"""The counts of a middleware as Prometheus metrics.

Flows in: a middleware's `stats`. Flows out: the same numbers, whenever Prometheus asks::

    from prometheus_client import REGISTRY
    from moesif_declarative.metrics import PrometheusCollector

    REGISTRY.register(PrometheusCollector(moesif))

This needs the extra ``prometheus``: ``pip install "moesif-declarative[prometheus]"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ImportError as error:
    raise ImportError(
        "moesif_declarative.metrics needs prometheus-client: install it with "
        'pip install "moesif-declarative[prometheus]"'
    ) from error

Stats: TypeAlias = Mapping[str, Any]

_COUNTERS = (
    ("captured", "events_captured", "Calls that were captured."),
    ("sampled_out", "events_sampled_out", "Calls that sampling left out."),
    ("sent", "events_sent", "Events that arrived."),
    ("retried", "events_retried", "How often an event was sent again."),
    ("unspooled", "events_unspooled", "How often the spool could not take an event."),
    ("batches", "batches_sent", "Batches that arrived, those of profiles included."),
    ("bytes_sent", "sent_bytes", "JSON bytes that arrived, before compression."),
)
_GAUGES = (
    ("queued", "events_queued", "Events that are held in memory."),
    ("spooled", "events_spooled", "Events that are held on disk."),
    ("in_flight", "in_flight", "Events and profiles that are being sent, or wait for a retry."),
    ("queued_bytes", "queued_bytes", "Bytes that are held in memory."),
    ("oldest_age_s", "oldest_age_seconds", "Age of the oldest that is held."),
)
_BY_LABEL = (
    ("skipped_by_rule", "events_skipped", "Calls that a rule skipped.", "rule"),
    ("dropped", "events_dropped", "Events that were lost.", "reason"),
    ("hook_failures", "hook_failures", "Hooks that failed.", "hook"),
)
_OTHERS = (
    ("profiles", "profiles", "captured", "Profiles"),
    ("recovered", "recovered_events", "found", "Events that an earlier run left in the spool"),
)


class HasStats(Protocol):
    """What has counts: a `MoesifMiddleware`."""

    def stats(self) -> dict[str, Any]:
        """Count what became of everything so far, all at one moment."""


class PrometheusCollector(Collector):
    """Gives a middleware's counts to Prometheus, all of one moment.

    Several middlewares in one process need several prefixes, or registries.

    Args:
        moesif: The middleware.
        prefix: What the metrics' names begin with.
    """

    def __init__(self, moesif: HasStats, prefix: str = "moesif") -> None:
        self._moesif = moesif
        self._prefix = prefix

    def collect(self) -> Iterator[Metric]:
        """Read the counts."""
        return self._metrics(self._moesif.stats())

    def describe(self) -> Iterator[Metric]:
        """Name the metrics, without reading anything."""
        return self._metrics({})

    def _metrics(self, stats: Stats) -> Iterator[Metric]:
        for key, name, text in _COUNTERS:
            yield self._counter(name, text, stats.get(key, 0))
        for key, name, text in _GAUGES:
            yield GaugeMetricFamily(f"{self._prefix}_{name}", text, stats.get(key, 0))
        for key, name, text, label in _BY_LABEL:
            yield self._by(name, text, label, stats.get(key, {}))
        for key, name, all_of_them, what in _OTHERS:
            counts = stats.get(key, {})
            waiting = counts.get("queued", counts.get("spooled", 0))
            yield self._counter(f"{name}_{all_of_them}", f"{what}.", counts.get(all_of_them, 0))
            yield self._counter(f"{name}_sent", f"{what}, arrived.", counts.get("sent", 0))
            yield self._by(f"{name}_dropped", f"{what}, lost.", "reason", counts.get("dropped", {}))
            yield GaugeMetricFamily(f"{self._prefix}_{name}_waiting", f"{what}, waiting.", waiting)

    def _counter(self, name: str, text: str, value: float) -> Metric:
        return CounterMetricFamily(f"{self._prefix}_{name}", text, value)

    def _by(self, name: str, text: str, label: str, counts: Mapping[Any, int]) -> Metric:
        family = CounterMetricFamily(f"{self._prefix}_{name}", text, labels=[label])
        for value, count in counts.items():
            family.add_metric([str(value)], count)
        return family
