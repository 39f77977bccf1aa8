"""The served documents: fetched in the background, kept through outages.

Flows in: the settings' account, and the headers of answers to events. Flows out: the config and
the governance rules as they are known now; never a wait, and never an error.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar

from moesif_declarative.delivery import Fetched, NoAnswerError, fetch
from moesif_declarative.schema.settings import Settings
from moesif_declarative.served.config import ServedConfig, read_config
from moesif_declarative.served.governance import GovernanceRules, read_rules
from moesif_declarative.served.refresh import Intervals, Refresh
from moesif_declarative.served.text import UnreadableError, parse_served, told_in_one

_log = logging.getLogger(__name__)

_QUIET_S: Final = 60.0
_CONFIG_TAGS: Final = ("x-moesif-config-etag",)
_RULES_TAGS: Final = ("x-moesif-rules-tag", "x-moesif-rules-etag")

T = TypeVar("T")
Fetch: TypeAlias = Callable[[Settings, str, str | None], Fetched]
Clock: TypeAlias = Callable[[], float]


class Served:
    """What Moesif serves to one account.

    Nothing is fetched before the first `begin`; then a thread of its own fetches, in each process
    that begins. Without Moesif as the sink there is nothing to fetch.

    Args:
        settings: Whose account, and whether rules are wanted too.
        intervals: How often is fetched.
        fetch: Reads a document from the collector.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        settings: Settings,
        intervals: Intervals = Intervals(),  # noqa: B008 - frozen
        fetch: Fetch = fetch,
        clock: Clock = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._active = settings.enabled and settings.sink == "moesif"
        self._config = _Document("/v1/config", _CONFIG_TAGS, read_config, intervals, fetch, clock)
        self._rules = _Document("/v1/rules", _RULES_TAGS, read_rules, intervals, fetch, clock)
        self._documents: list[_Document[Any]] = [self._config]
        if settings.governance:
            self._documents.append(self._rules)
        self._ended = False
        self._process: int | None = None
        self._wake = threading.Event()

    @property
    def config(self) -> ServedConfig | None:
        """The config as it is known; None before the first answer."""
        return self._config.value

    @property
    def rules(self) -> GovernanceRules | None:
        """The governance rules as they are known; None before the first answer."""
        return self._rules.value

    def begin(self) -> None:
        """Start fetching, in the process that calls this first; again after a fork."""
        if not self._active or self._ended or self._process == os.getpid():
            return
        self._process = os.getpid()
        # A lock that a thread of the parent held at the fork would stay locked here for ever.
        self._wake = threading.Event()
        # Where no thread can be had any more, the interpreter ends.
        with contextlib.suppress(RuntimeError):
            threading.Thread(
                target=self._run, args=(self._wake,), name="moesif-served", daemon=True
            ).start()

    def end(self) -> None:
        """Fetch nothing more; what is known stays."""
        self._ended = True
        self._wake.set()

    def note_answer(self, headers: Mapping[str, str]) -> None:
        """Note the tags in the headers of an answer to events; from any thread.

        Args:
            headers: Names in lower case.
        """
        config, rules = _first(headers, _CONFIG_TAGS), _first(headers, _RULES_TAGS)
        if rules is not None:
            self._rules.tagged = True
        elif not self._rules.tagged:
            rules = config  # whoever has no tag for the rules changes that of the config with them
        news = [self._config.saw(config), self._rules.saw(rules)]
        if any(news):
            self._wake.set()

    def look(self) -> None:
        """Fetch what is due, in this thread."""
        for document in self._documents:
            if not self._ended and document.refresh.due_at() <= self._clock():
                document.fetch(self._settings)

    def _run(self, wake: threading.Event) -> None:
        while not self._ended:
            try:
                self.look()
                due_at = min(document.refresh.due_at() for document in self._documents)
                pause = max(due_at - self._clock(), 0.01)
            except Exception:  # noqa: BLE001 - the next look may bring what this one did not
                _log.exception("what Moesif serves could not be looked at")
                pause = _QUIET_S
            wake.wait(pause)
            wake.clear()


class _Document(Generic[T]):
    """One document, as it is known, and its fetching.

    Attributes:
        value: The document; None before the first answer.
        refresh: When it is to be fetched.
        tagged: Whether answers bear a tag that is its own.
    """

    def __init__(
        self,
        path: str,
        tags: tuple[str, ...],
        read: Callable[[Any, list[str]], T | None],
        intervals: Intervals,
        fetch: Fetch,
        clock: Clock,
    ) -> None:
        self.value: T | None = None
        self.refresh = Refresh(intervals)
        self.tagged = False
        self._path = path
        self._tags = tags
        self._read = read
        self._fetch = fetch
        self._clock = clock
        self._etag: str | None = None
        self._complained_at: float | None = None

    def saw(self, tag: str | None) -> bool:
        """Note a tag that an answer bore; whether there is something new."""
        if tag is None or tag == self.refresh.seen:
            return False
        self.refresh.seen = tag
        return self.refresh.changed

    def fetch(self, settings: Settings) -> None:
        """Fetch it; when that fails, what is known stays."""
        self.refresh.tried(self._clock())
        try:
            answer = self._fetch(settings, self._path, self._etag)
        except NoAnswerError as error:
            self._complain(str(error))
            return
        if answer.status == 200:
            self._take(answer)
        elif answer.status == 304:
            self._succeed(answer)
        else:
            self._complain(f"status {answer.status}")

    def _succeed(self, answer: Fetched) -> None:
        tag = _first(answer.headers, self._tags)
        if tag is not None and not self.tagged:
            self.tagged = True
            self.refresh.seen = None  # that was no tag of this document
        self.refresh.succeeded(tag)

    def _take(self, answer: Fetched) -> None:
        told: list[str] = []
        try:
            value = self._read(parse_served(answer.body), told)
        except UnreadableError as error:
            told, value = [str(error)], None
        if value is None:
            self._complain(told_in_one(told))
            return
        self.value = value
        self._etag = _first(answer.headers, ("etag", *self._tags))
        self._succeed(answer)
        if told:
            _log.warning("%s was served with faults: %s", self._path, told_in_one(told))

    def _complain(self, why: str) -> None:
        now = self._clock()
        if self._complained_at is None or now - self._complained_at >= _QUIET_S:
            self._complained_at = now
            stays = "what is known stays" if self.value is not None else "nothing is known yet"
            _log.warning("%s could not be fetched (%s): %s", self._path, why, stays)


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((headers[name] for name in names if headers.get(name)), None)
