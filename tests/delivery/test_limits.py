"""Memory and disk that run out, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MIB = 2**20

PREAMBLE = """
import json, logging, resource, signal, sys
from moesif_declarative.delivery import Delivery, DeliveryOptions, Encoded, MoesifSink

logging.disable()
uri, spool_dir = sys.argv[1], sys.argv[2] or None

def made(**options):
    return Delivery(
        encode=lambda item: Encoded(b'{"x":"%s"}' % item),
        sink=MoesifSink(uri, "id", 2.0),
        options=DeliveryOptions(batch_timeout_s=0.1, spool_dir=spool_dir, **options),
    )

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
"""

MANY = """
delivery = made(queue_size=1_000_000, queue_bytes=20 * 2**20, spool_max_bytes=20 * 2**20)
delivery.put(b"first", 300)  # so that everything is imported
delivery.flush(1)
before, most = resident(), 0
for number in range(200_000):
    delivery.put(b"%0300d" % number, 300)
    if number % 1_000 == 0:
        most = max(most, resident() - before)
        held = delivery.stats()["queued_bytes"]
        assert held <= 20 * 2**20, held
stats = delivery.stats()
delivery.close(0)
print(json.dumps({"most": most, "stats": stats}))
"""

DISK_FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
delivery = made(batch_size=25)
for number in range(200):
    delivery.put(b"%0300d" % number, 300)
delivered = delivery.flush(20)
print(json.dumps({"delivered": delivered, "stats": delivery.stats()}))
delivery.close(5)
"""


def run(code: str, uri: str, spool_dir: Path | str = "") -> Any:
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + code, uri, str(spool_dir)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def add_up(stats: Any) -> bool:
    ends = stats["skipped"] + stats["sampled_out"] + stats["sent"] + sum(stats["dropped"].values())
    return bool(stats["captured"] == ends + stats["queued"] + stats["spooled"])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_200000_events_for_a_dead_collector_keep_to_20_mebibytes(
    dead_uri: str, tmp_path: Path, spooled: bool
) -> None:
    spool_dir = tmp_path / "spool" if spooled else ""
    done = run(MANY, dead_uri, spool_dir)
    stats = done["stats"]
    assert stats["captured"] == 200_001
    assert add_up(stats)
    assert stats["dropped"].keys() <= {"queue full", "spool full"}
    # What Python needs beside the bytes that are counted: objects, the spool's list of files.
    assert done["most"] < 60 * MIB
    if spooled:
        on_disk = [path.stat().st_size for path in tmp_path.glob("spool/*/*.events")]
        assert sum(on_disk) <= 20 * MIB
        assert stats["queued_bytes"] <= 20 * MIB


def test_a_disk_that_is_full_leaves_events_in_memory_and_they_arrive(
    collector: Any, tmp_path: Path
) -> None:
    """A bound on the size of files stands for the full disk."""
    done = run(DISK_FULL, collector.uri, tmp_path / "spool")
    assert done["delivered"]
    stats = done["stats"]
    assert (stats["captured"], stats["sent"], stats["dropped"]) == (200, 200, {})
    assert stats["unspooled"] > 0
    assert sorted(int(event["x"]) for event in collector.events) == [*range(200)]
    assert list(tmp_path.glob("spool/*/*.events")) == []
