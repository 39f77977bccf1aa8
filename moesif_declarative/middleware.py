"""The composition root: settings in, a log function for Tornado out.

Flows in: settings from files, variables, a dict or keyword arguments; finished requests from
Tornado. Flows out: events, by way of every stage of this package, to Moesif.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tornado.web import Application, RequestHandler

from moesif_declarative.call import Call
from moesif_declarative.capture import Capture
from moesif_declarative.delivery import Delivery, open_sink, options_from
from moesif_declarative.errors import Problems, SettingsError
from moesif_declarative.faults import Faults
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.item import Item, encode_item, held_bytes
from moesif_declarative.outgoing import Exchange, MadeCall, Observation, record_from_exchange
from moesif_declarative.process import add, beside
from moesif_declarative.profiles import ProfileUpdates
from moesif_declarative.reloading import Watch
from moesif_declarative.schema.settings import Settings
from moesif_declarative.served import Gate, Intervals, Served, prepare
from moesif_declarative.startup import Compiled, import_libraries, start
from moesif_declarative.waiting import Rounds

import_libraries()

_log = logging.getLogger("moesif_declarative")

Source: TypeAlias = "str | Path | Mapping[str, Any] | Any | None"


class _PlainApplication:
    """Stands for an application without a log function, so that Tornado's own access log runs."""

    settings: Mapping[str, Any] = {}


class MoesifMiddleware(ProfileUpdates):
    """Sends the calls of Tornado applications to Moesif.

    Args:
        source: None: ``settings.toml`` and ``MOESIF_*`` variables. A path: that file in place
            of ``settings.toml``. A dict: the original package's way, values may be callables.
            A Dynaconf object: its values.
        **settings: Settings that win over every other layer: ``APPLICATION_ID="…"``.

    Raises:
        SettingsError: The settings are wrong; it lists every problem with its origin.
    """

    _served_intervals = Intervals()

    def __init__(self, source: Source = None, **settings: Any) -> None:
        self._source = source
        self._overrides = settings
        self._compiled = self._compile()
        first = self._compiled.settings
        if first.debug:
            _log.setLevel(logging.DEBUG)
        self._faults = Faults(_log)
        self._capture = Capture(
            first.max_body_size, self._record, transaction_ids=_names_calls(first)
        )
        self._served = Served(first, self._served_intervals)
        self._gate = Gate(self._served, lambda: self._compiled, self._capture, self._faults)
        delivery = Delivery(
            encode=encode_item,
            sink=open_sink(first, self._served.note_answer),
            options=options_from(first),
        )
        super().__init__(delivery)
        self._delivery = beside(delivery, first, self._served.note_answer)
        self._flushes, self._closes = Rounds(self.flush), Rounds(self.close)
        self._watch = Watch(first.reload, self._files, self._reload_changed)
        self._outgoing = Observation(self._record_outgoing)
        self._outgoing.switch(on=_captures_outgoing(first))

    def __repr__(self) -> str:
        return f"<MoesifMiddleware environment={self._compiled.settings.environment!r}>"

    def _compile(self) -> Compiled:
        problems = Problems()
        compiled = start(self._source, self._overrides, problems)
        if compiled is None:
            raise SettingsError(problems)
        for warning in problems.warnings:
            _log.warning("%s", warning)
        return compiled

    def log_event(self, handler: RequestHandler) -> None:
        """Log a finished request; given to Tornado as ``log_function``.

        Never raises, never waits. The first call arms the capture of response bodies, which
        `install` does before the first request.
        """
        self._record(handler)
        if self._compiled.settings.access_log:
            Application.log_request(_PlainApplication, handler)  # type: ignore[arg-type]

    def install(self, application: Application) -> None:
        """Log the requests of an application that exists, response bodies from the first one.

        A ``log_function`` that the application has is called after ours; without one, Tornado's
        access log goes on. Installing twice changes nothing.
        """
        if self._compiled.settings.enabled:
            self._capture.arm(application)
            if self._compiled.settings.governance:
                self._gate.guard(application)
        found = application.settings.get("log_function")
        if found is None:
            application.settings["log_function"] = self.log_event
        elif not _leads_to(found, self):
            application.settings["log_function"] = _Both(self, found)

    def _record(self, handler: RequestHandler) -> None:
        compiled = self._compiled
        if not compiled.settings.enabled:
            return
        try:
            if self._capture.arm(handler.application):
                _log.info("response bodies are captured from the next request on")
                self._gate.warn_unless_guarding()
            self._watch.begin()
            self._served.begin()
            record = self._capture.take(handler)
            if record is None:  # its client had left, and that was logged
                return
            call, findings = self._gate.resume(handler, record, compiled)
            self._decide_early(compiled, compiled.hooks, call, findings)
            compiled.hooks.run_on_loop(call, findings)
            call.handler = None
            self._hand_over(Item(call, findings, compiled, self._faults))
        except Exception as error:  # noqa: BLE001 - Tornado would log twice, skip on_finish
            self._faults.note("capture", "", error)
            self._delivery.count("dropped", "capture failed")

    def _record_outgoing(self, exchange: Exchange) -> None:
        compiled = self._compiled
        try:
            self._watch.begin()
            self._served.begin()
            record = record_from_exchange(exchange, compiled.settings.max_body_size)
            call = Call(record, compiled.outgoing.view)
            call.handler = MadeCall(call)
            findings = Findings()
            self._decide_early(compiled, compiled.outgoing, call, findings)
            compiled.outgoing.run_on_loop(call, findings)
            call.handler = None
            self._hand_over(Item(call, findings, compiled, self._faults))
        except Exception as error:  # noqa: BLE001 - the application's own call must not fail of it
            self._faults.note("capture", "", error)
            self._delivery.count("dropped", "capture failed")

    def _decide_early(
        self, compiled: Compiled, hooks: Hooks, call: Call, findings: Findings
    ) -> None:
        elsewhere = compiled.settings.worker == "process"
        prepare(self._served.config, hooks, call, findings, at_once=elsewhere)

    def _hand_over(self, item: Item) -> None:
        findings = item.findings
        if not findings.unwanted:
            self._delivery.put(item, held_bytes(item.call))
            return
        self._faults.note_all(findings.faults)
        if findings.skipped_by is not None:
            self._delivery.count("skipped", findings.skipped_by)
        else:
            self._delivery.count("sampled_out")

    def explain(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Say what would be sent for a HAR 1.2 entry, and why; nothing is sent.

        Args:
            entry: One of ``log.entries``; ``_handler``, ``_route``, ``_path_args``,
                ``_remote_ip``, ``_env`` and ``_direction`` give what HAR lacks.

        Returns:
            ``{"skipped": bool, "event": {…} | None, "trace": [{"hook", "rule", "origin",
            "outcome"}]}``.
        """
        from moesif_declarative.explain import explain_entry  # HAR: a start needs none of it

        return explain_entry(entry, self._compiled.settings, self._compiled.hooks)

    def reload(self) -> bool:
        """Read the settings again and take them over, all hooks at once.

        When they are wrong, the old ones go on and the problems are logged. Calls that were
        captured before keep the hooks they were captured with. What concerns delivery (the
        sink, the queue, the batches) is taken over at the next start.

        Returns:
            Whether the settings were right.
        """
        try:
            compiled = self._compile()
        except SettingsError as error:
            _log.error("the settings were not reloaded: %s", error)
            return False
        wishes = self._capture.wishes
        wishes.max_body_bytes = compiled.settings.max_body_size
        wishes.transaction_ids = _names_calls(compiled.settings)
        self._compiled = compiled
        self._outgoing.switch(on=_captures_outgoing(compiled.settings))
        _log.info("the settings were reloaded")
        return True

    def _files(self) -> Sequence[str]:
        return self._compiled.loaded.files

    def _reload_changed(self) -> None:
        self.reload()

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Wait until all that was logged so far is delivered.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes.

        Returns:
            Whether everything was delivered, or finally dropped and counted, in time.
        """
        return self._delivery.flush(timeout)

    def close(self, timeout: float | None = 10.0) -> bool:
        """Deliver what is left, then stop; later requests are counted as dropped.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether everything was delivered in time.
        """
        self._watch.end()
        self._served.end()
        self._outgoing.end()
        return self._delivery.close(timeout)

    async def flush_async(self, timeout: float | None = 10.0) -> bool:
        """Await what `flush` waits for; the loop stays free."""
        return await self._flushes.join(timeout)

    async def close_async(self, timeout: float | None = 10.0) -> bool:
        """Await what `close` waits for; the loop stays free."""
        return await self._closes.join(timeout)

    def stats(self) -> dict[str, Any]:
        """Count what became of the calls so far.

        Returns:
            ``captured``, ``skipped``, ``sampled_out``, ``queued``, ``spooled``, ``sent``,
            ``retried``, ``dropped`` (reason to count) and more, all of one moment: captured =
            skipped + sampled_out + queued + spooled + sent + all dropped.
        """
        return add(self._delivery.stats(), {"hook_failures": self._faults.counts()})


def _captures_outgoing(settings: Settings) -> bool:
    return settings.enabled and settings.capture_outgoing_requests


def _names_calls(settings: Settings) -> bool:
    return settings.enabled and not settings.disabled_transaction_id


class _Both:
    """Our log function, then the one that the application had."""

    def __init__(self, middleware: MoesifMiddleware, found: Any) -> None:
        self.middleware = middleware
        self.found = found

    def __call__(self, handler: RequestHandler) -> None:
        self.middleware._record(handler)
        self.found(handler)


def _leads_to(log_function: Any, middleware: MoesifMiddleware) -> bool:
    if isinstance(log_function, _Both):
        return log_function.middleware is middleware or _leads_to(log_function.found, middleware)
    return bool(log_function == middleware.log_event)
