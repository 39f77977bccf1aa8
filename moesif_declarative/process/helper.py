"""The helper process: it builds, masks, encodes and sends what the application captured.

Flows in: settings and captured calls, over a socket. Flows out: batches to the sink; counts, log
lines and the collector's tags, back over the socket.

It ends when the application closes the channel, or dies: what it holds is delivered before that,
or stays in the spool.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any

from moesif_declarative.delivery import Delivery, open_sink, options_from
from moesif_declarative.errors import Problems
from moesif_declarative.faults import Faults
from moesif_declarative.item import Item, encode_item, held_bytes
from moesif_declarative.process.frame import receive, send
from moesif_declarative.process.parcel import call_of, unpack
from moesif_declarative.settings import Loaded
from moesif_declarative.startup import Compiled, compile_loaded

_TELL_EVERY_S = 0.05
_ORPHAN_S = 30.0
"""How long a helper goes on when the application has died."""


class Helper:
    """The helper's side of the channel.

    Args:
        channel: The connected socket.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._writing = threading.Lock()
        self._faults = Faults(logging.getLogger("moesif_declarative"))
        self._compiled: Compiled | None = None
        self._delivery: Delivery[Item] | None = None
        self._told: dict[str, Any] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        """Serve the channel until its end."""
        threading.Thread(target=self._tell_on, daemon=True).start()
        while (message := receive(self._channel)) is not None:
            kind, value = message
            if kind == "settings":
                self._take_settings(pickle.loads(value))  # noqa: S301 - our own process's
            elif kind == "items":
                self._put(value)
            elif kind == "flush":
                threading.Thread(target=self._flush, args=value, daemon=True).start()
            elif kind == "close":
                self._close(*value)
                return
        self._close(0, _ORPHAN_S)

    def write(self, kind: str, value: Any) -> None:
        """Tell the application something; it may be gone."""
        try:
            with self._writing:
                send(self._channel, kind, value)
        except OSError:
            self._ended.set()

    def _take_settings(self, loaded: Loaded) -> None:
        compiled = self._compiled = compile_loaded(loaded, Problems())
        if self._delivery is None:
            settings = compiled.settings
            self._delivery = Delivery(
                encode=encode_item,
                sink=open_sink(settings, on_answer=self._relay_answer),
                options=options_from(settings),
            )

    def _relay_answer(self, headers: Mapping[str, str]) -> None:
        tags = {name: text for name, text in headers.items() if "moesif" in name.lower()}
        self.write("answer", tags)

    def _put(self, parcels: list[Any]) -> None:
        delivery, compiled = self._delivery, self._compiled
        if delivery is None or compiled is None:
            return
        for parcel in parcels:
            record, given, findings = unpack(parcel)
            outgoing = record.direction == "Outgoing"
            view = (compiled.outgoing if outgoing else compiled.hooks).view
            call = call_of(record, given, view)
            delivery.put(Item(call, findings, compiled, self._faults), held_bytes(call))

    def _flush(self, number: int, timeout: float | None) -> None:
        done = self._delivery is None or self._delivery.flush(timeout)
        self._tell()
        self.write("done", (number, done))

    def _close(self, number: int, timeout: float | None) -> None:
        done = self._delivery is None or self._delivery.close(timeout)
        self._ended.set()
        self._tell()
        self.write("done", (number, done))

    def _tell_on(self) -> None:
        while not self._ended.wait(_TELL_EVERY_S):
            self._tell()

    def _tell(self) -> None:
        if self._delivery is None:
            return
        stats = {**self._delivery.stats(), "hook_failures": self._faults.counts()}
        if stats != self._told:
            self._told = stats
            self.write("stats", stats)


class _Relay(logging.Handler):
    """Hands the helper's log lines to the application, whose logging is set up as it wants."""

    def __init__(self, helper: Helper) -> None:
        super().__init__()
        self._helper = helper

    def emit(self, record: logging.LogRecord) -> None:
        self._helper.write("log", (record.name, record.levelno, record.getMessage()))


def main(descriptor: int) -> None:
    """Serve as the helper of the process that started this one.

    Args:
        descriptor: The number of the inherited socket.
    """
    helper = Helper(socket.socket(fileno=descriptor))
    log = logging.getLogger("moesif_declarative")
    log.addHandler(_Relay(helper))
    log.setLevel(logging.INFO)
    log.propagate = False
    helper.run()
    sys.stdout.flush()
    os._exit(0)  # all is delivered or counted: nothing is left for the interpreter's own end
