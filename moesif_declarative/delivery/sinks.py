"""Where batches go: Moesif, standard output, a file, nowhere.

Flows in: batches of encoded events, and of profile documents. Flows out: answers, which the
policy reads. A local sink answers like a collector.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from moesif_declarative.call import json_text
from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.delivery.moesif import MoesifSink, OnAnswer
from moesif_declarative.delivery.policy import ACCEPTED, SINK_CLOSED, Answer
from moesif_declarative.schema.settings import Settings

try:
    import fcntl
except ImportError:  # Windows, where whole lines of several processes may mix
    fcntl = None  # type: ignore[assignment]


class Sink(Protocol):
    """Takes batches. Several threads may call it at once; it may block, and should not raise."""

    def send(self, batch: Sequence[bytes]) -> Answer:
        """Take a batch of events, each a JSON text in UTF-8."""

    def send_profiles(self, kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> Answer:
        """Take a batch of profiles of one kind, in order."""

    def close(self) -> None:
        """Let go of connections; nothing more is sent."""


class NullSink:
    """Takes everything and keeps nothing."""

    def send(self, batch: Sequence[bytes]) -> Answer:  # noqa: ARG002 - the sinks' signature
        """Accept a batch."""
        return ACCEPTED

    def send_profiles(
        self,
        kind: ProfileKind,  # noqa: ARG002 - the sinks' signature
        documents: Sequence[Mapping[str, Any]],  # noqa: ARG002
    ) -> Answer:
        """Accept profiles."""
        return ACCEPTED

    def close(self) -> None:
        """Do nothing."""


class StdoutSink:
    """Writes one JSON event a line to standard output; a profile as ``{"user": {…}}``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def send(self, batch: Sequence[bytes]) -> Answer:
        """Write a batch of events."""
        return self._write(_lines(batch))

    def send_profiles(self, kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> Answer:
        """Write profiles."""
        return self._write(_profile_lines(kind, documents))

    def close(self) -> None:
        """Do nothing: standard output is not ours to close."""

    def _write(self, data: bytes) -> Answer:
        try:
            with self._lock:
                out = sys.stdout
                # Events are UTF-8 whatever the terminal's encoding; a stand-in has no bytes.
                if hasattr(out, "buffer"):
                    out.flush()
                    out.buffer.write(data)
                else:
                    out.write(data.decode())
                out.flush()
        except (BrokenPipeError, ValueError, AttributeError):  # closed, or there is none
            return Answer(None, SINK_CLOSED)
        except OSError as error:
            return Answer(None, _strerror(error))
        return ACCEPTED


class FileSink:
    """Appends one JSON event a line to a file; a profile as ``{"user": {…}}``.

    The file is made when the first batch comes, its folder too where there is none, readable by
    its owner alone, and opened anew for each batch, so that it may be rotated. A batch is written
    whole or not at all.

    Args:
        path: The file.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()

    def send(self, batch: Sequence[bytes]) -> Answer:
        """Append a batch of events."""
        return self._append(_lines(batch))

    def send_profiles(self, kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> Answer:
        """Append profiles."""
        return self._append(_profile_lines(kind, documents))

    def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _append(self, data: bytes) -> Answer:
        try:
            with self._lock:
                descriptor = self._open()
                try:
                    _write_whole(descriptor, data)
                finally:
                    os.close(descriptor)
        except OSError as error:
            return Answer(None, _strerror(error))
        return ACCEPTED

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            return os.open(self._path, flags, 0o600)
        except FileNotFoundError:  # asked for only then: a folder is there nearly always
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._path, flags, 0o600)


def _write_whole(descriptor: int, data: bytes) -> None:
    """Append all of the data, or none: a disk that fills up must not leave half a line."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # let go by closing
    start = os.fstat(descriptor).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        if len(rest) < len(data):
            os.ftruncate(descriptor, start)
        raise


def _lines(batch: Sequence[bytes]) -> bytes:
    return b"".join(event + b"\n" for event in batch)


def _profile_lines(kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> bytes:
    return _lines([json_text.encode({kind: document}) for document in documents])


def _strerror(error: OSError) -> str:
    return error.strerror or type(error).__name__


def open_sink(settings: Settings, on_answer: OnAnswer | None = None) -> Sink:
    """Make the sink that the settings name; nothing is opened, sent or imported yet.

    A middleware that is switched off gets one that takes everything and keeps nothing.

    Args:
        settings: The settings.
        on_answer: Given the headers of Moesif's answers to events (see `MoesifSink`); the other
            sinks get none.
    """
    if not settings.enabled or settings.sink == "null":
        return NullSink()
    if settings.sink == "stdout":
        return StdoutSink()
    if settings.sink == "file":
        return FileSink(settings.sink_path or "moesif.jsonl")
    return MoesifSink(
        settings.base_uri,
        settings.application_id,
        settings.request_timeout,
        on_answer=on_answer,
    )
