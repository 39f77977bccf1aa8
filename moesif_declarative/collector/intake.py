"""Moesif's own endpoints: what clients post, and what they fetch.

Flows in: HTTP requests as `moesifapi` and its siblings send them. Flows out: documents into the
store, and answers as Moesif gives them, or worse where chaos is ordered.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from moesif_declarative.collector.chaos import Blow
from moesif_declarative.collector.handler import Collector, CollectorHandler
from moesif_declarative.collector.kinds import KINDS
from moesif_declarative.collector.payload import RefusedError, decompress, read_documents
from moesif_declarative.collector.served import Served


class ApiHandler(CollectorHandler):
    """The base of Moesif's endpoints: asks for an application id, and suffers chaos."""

    application_id = ""

    def initialize(self, collector: Collector) -> None:
        """Take the state, and be ready for a client that goes away."""
        super().initialize(collector)
        self._gone = asyncio.Event()

    def prepare(self) -> None:
        """Refuse requests without an application id."""
        super().prepare()
        self.application_id = self.request.headers.get("X-Moesif-Application-Id", "").strip()
        if not self.application_id:
            raise RefusedError(401, "the header X-Moesif-Application-Id is missing or empty")

    def on_connection_close(self) -> None:
        """Wake a request that hangs on purpose."""
        self._gone.set()

    def on_finish(self) -> None:
        """Count the answer."""
        self.collector.answers[str(self.get_status())] += 1

    async def suffer(self, blow: Blow) -> bool:
        """Deal a blow to this request.

        Returns:
            Whether the request is still to be answered as usual.
        """
        match blow.kind:
            case "status":
                if blow.retry_after is not None:
                    self.set_header("Retry-After", blow.retry_after)
                self.set_status(blow.status)
                self.write_json({"error": "chaos: this collector was told to answer so"})
            case "slow":
                await self._wait(blow.seconds)
                return not self._gone.is_set()
            case "hang":
                await self._wait(blow.seconds)
                self._break_off(b"", reset=False)
            case "reset":
                self._break_off(b"", reset=True)
            case "half":
                self._break_off(
                    b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{", reset=False
                )
        return False

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._gone.wait(), seconds)
        except TimeoutError:
            return

    def _break_off(self, part: bytes, *, reset: bool) -> None:
        """Close the connection after a part of an answer, or none."""
        self.collector.answers["none"] += 1
        if self._gone.is_set():
            return
        stream = self.detach()
        if reset and stream.socket is not None:
            # Lingering for no time makes the kernel send RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if part:
            stream.write(part).add_done_callback(lambda _: stream.close())
        else:
            stream.close()


class PostHandler(ApiHandler):
    """Takes documents of one kind, one or a batch."""

    async def post(self, plural: str, batch: str | None) -> None:
        """Check, keep and answer 201, as Moesif does."""
        kind = KINDS[plural]
        content_type = self.request.headers.get("Content-Type", "application/json")
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(406, f"Content-Type must be application/json, not {content_type!r}")
        encoding = self.request.headers.get("Content-Encoding", "")
        body = decompress(self.request.body, encoding)
        documents = read_documents(body, kind, batch=batch is not None)
        blow = self.collector.chaos.strike(body)
        if blow is None or blow.keep:
            self.collector.store.add(plural, self.application_id, documents)
        if blow is not None and not await self.suffer(blow):
            return
        if plural == "events":
            self.set_header("X-Moesif-Config-ETag", self.collector.config.tag)
            self.set_header("X-Moesif-Rules-Tag", self.collector.rules.tag)
        self.set_status(201)
        self.write_json({"received": len(documents)})


class ReadHandler(ApiHandler):
    """Serves the config or the governance rules, with the tag that makes 304 possible."""

    async def get(self, name: str) -> None:
        """Answer 200 with the document, or 304 to whoever has it."""
        blow = self.collector.chaos.strike(None)
        if blow is not None and not await self.suffer(blow):
            return
        served: Served = getattr(self.collector, name)
        header = "X-Moesif-Config-ETag" if name == "config" else "X-Moesif-Rules-Tag"
        self.set_header("ETag", f'"{served.tag}"')
        self.set_header(header, served.tag)
        if served.is_current(self.request.headers.get("If-None-Match", "")):
            self.set_status(304)
            await self.finish()
            return
        self.set_header("Content-Type", "application/json; charset=utf-8")
        await self.finish(served.text)
