from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from moesif_declarative.delivery import DeliveryOptions
from moesif_declarative.metrics import PrometheusCollector


def samples(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_the_metrics_are_the_counts(world: Any) -> None:
    delivery = world.delivery(DeliveryOptions(queue_size=4))
    for item in "abcdef":
        delivery.put(item, 10)
    delivery.count("skipped", "health")
    delivery.count("sampled_out")
    delivery.put_profile("user", {"user_id": "u"})
    delivery.flush(5)
    delivery.put("waits", 7)
    registry = CollectorRegistry()
    registry.register(PrometheusCollector(delivery))
    found = samples(generate_latest(registry).decode())
    stats = delivery.stats()
    assert found == {
        "moesif_events_captured_total": stats["captured"],
        'moesif_events_skipped_total{rule="health"}': 1,
        "moesif_events_sampled_out_total": 1,
        "moesif_events_sent_total": stats["sent"],
        "moesif_events_retried_total": 0,
        "moesif_events_unspooled_total": 0,
        'moesif_events_dropped_total{reason="queue full"}': stats["dropped"]["queue full"],
        "moesif_batches_sent_total": stats["batches"],
        "moesif_sent_bytes_total": stats["bytes_sent"],
        "moesif_events_queued": 1,
        "moesif_events_spooled": 0,
        "moesif_in_flight": 0,
        "moesif_queued_bytes": 7,
        "moesif_oldest_age_seconds": 0,
        "moesif_profiles_captured_total": 1,
        "moesif_profiles_sent_total": 1,
        "moesif_profiles_waiting": 0,
        "moesif_recovered_events_found_total": 0,
        "moesif_recovered_events_sent_total": 0,
        "moesif_recovered_events_waiting": 0,
    }


def test_several_middlewares_have_a_prefix_each(world: Any) -> None:
    registry = CollectorRegistry()
    registry.register(PrometheusCollector(world.delivery()))
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        registry.register(PrometheusCollector(world.delivery()))
    registry.register(PrometheusCollector(world.delivery(), prefix="other"))
    assert registry.get_sample_value("other_events_captured_total") == 0


def test_without_the_library_the_extra_is_named() -> None:
    code = """
import sys
sys.modules["prometheus_client"] = None
import moesif_declarative.metrics
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: moesif_declarative.metrics needs prometheus-client: install it with "
        'pip install "moesif-declarative[prometheus]"'
    )
