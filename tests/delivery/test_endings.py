"""Ends and forks of whole processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

PREAMBLE = """
import logging, os, sys, threading
from moesif_declarative.delivery import Delivery, DeliveryOptions, Encoded, MoesifSink

logging.basicConfig(format="%(message)s")
uri = sys.argv[1]

def made(**others):
    return Delivery(
        encode=lambda text: Encoded(text.encode()),
        sink=MoesifSink(uri, "id"),
        options=DeliveryOptions(**others),
    )

delivery = made()

def put(*numbers):
    for number in numbers:
        delivery.put(str(number), 10)
"""


def run(code: str, uri: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PREAMBLE + code, uri],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@dataclass(frozen=True)
class End:
    id: str
    code: str
    status: int = 0


ENDS = [
    End("main_returns", "put(*range(60))"),
    End("sys_exit", "put(*range(60)); sys.exit(3)", 3),
    End("put_by_another_thread", "threading.Thread(target=put, args=range(60)).start()"),
    End("put_at_exit", "import atexit; atexit.register(put, *range(60))"),
    End(
        "the_loop_stops",
        """
from tornado.ioloop import IOLoop
loop = IOLoop.current()
loop.add_callback(put, *range(60))
loop.add_callback(loop.stop)
loop.start()
""",
    ),
]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("case", ENDS, ids=lambda case: case.id)
def test_events_are_sent_at_every_normal_end(collector: Any, case: End) -> None:
    done = run(case.code, collector.uri)
    assert (done.returncode, done.stderr) == (case.status, "")
    assert sorted(collector.events) == [*range(60)]


def test_the_end_does_not_wait_long_for_a_dead_collector_and_says_what_was_lost(
    dead_uri: str,
) -> None:
    code = """
from moesif_declarative.delivery import endings
endings.EXIT_S = 0.3
put(*range(60))
"""
    done = run(code, dead_uri)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].endswith(
        "60 items were not delivered: 60 not delivered before close"
    )


def test_forked_children_send_their_own_and_nothing_twice(collector: Any) -> None:
    code = """
put(*range(10))
assert delivery.flush(20)
put(*range(10, 20))
children = []
for child in (1, 2):
    pid = os.fork()
    if not pid:
        assert delivery.stats()["captured"] == 0
        put(*range(child * 100, child * 100 + 30))
        sys.exit(0)
    children.append(pid)
statuses = [os.waitpid(pid, 0)[1] for pid in children]
assert statuses == [0, 0], statuses
assert delivery.stats()["captured"] == 20
put(*range(20, 25))
"""
    done = run(code, collector.uri)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(collector.events) == [*range(25), *range(100, 130), *range(200, 230)]


def test_a_child_forked_in_the_middle_of_the_work_does_not_hang(collector: Any) -> None:
    code = """
delivery = made(queue_size=60)
logging.disable()
stop = threading.Event()
def keep_putting():
    while not stop.is_set():
        put(1)
threads = [threading.Thread(target=keep_putting, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for _ in range(5):
    pid = os.fork()
    if not pid:
        put(2)
        os._exit(0 if delivery.flush(20) else 1)
    assert os.waitpid(pid, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
"""
    done = run(code, collector.uri)
    assert (done.returncode, done.stderr) == (0, "")
    assert collector.events.count(2) == 5


def test_no_request_is_made_and_no_thread_started_before_the_first_put(dead_uri: str) -> None:
    code = "print(threading.active_count(), delivery.flush(None), delivery.close(None))"
    done = run(code, dead_uri)
    assert (done.stdout, done.stderr) == ("1 True True\n", "")
