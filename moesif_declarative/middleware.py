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

from moesif_declarative.call import Call, json_text
from moesif_declarative.capture import Capture
from moesif_declarative.delivery import (
    Delivery,
    Dropped,
    Encoded,
    Outcome,
    SampledOut,
    Skipped,
    open_sink,
    options_from,
)
from moesif_declarative.errors import Problems, SettingsError
from moesif_declarative.event import build_event
from moesif_declarative.explain import explain_entry
from moesif_declarative.faults import Faults
from moesif_declarative.hooks import Findings, Hooks
from moesif_declarative.schema.settings import Settings
from moesif_declarative.startup import start

_log = logging.getLogger("moesif_declarative")

Source: TypeAlias = "str | Path | Mapping[str, Any] | Any | None"
Profile: TypeAlias = "Mapping[str, Any] | str | bytes | Any"

_Item: TypeAlias = tuple[Call, Findings]


class _PlainApplication:
    """Stands for an application without a log function, so that Tornado's own access log runs."""

    settings: Mapping[str, Any] = {}


class MoesifMiddleware:
    """Sends the calls of Tornado applications to Moesif.

    Args:
        source: None: ``settings.toml`` and ``MOESIF_*`` variables. A path: that file in place
            of ``settings.toml``. A dict: the original package's way, values may be callables.
            A Dynaconf object: its values.
        **settings: Settings that win over every other layer: ``APPLICATION_ID="…"``.

    Raises:
        SettingsError: The settings are wrong; it lists every problem with its origin.
    """

    def __init__(self, source: Source = None, **settings: Any) -> None:
        problems = Problems()
        compiled = start(source, settings, problems)
        if compiled is None:
            raise SettingsError(problems)
        for warning in problems.warnings:
            _log.warning("%s", warning)
        self._settings: Settings = compiled.settings
        self._hooks: Hooks = compiled.hooks
        if self._settings.debug:
            _log.setLevel(logging.DEBUG)
        self._faults = Faults(_log)
        self._capture = Capture(self._settings.max_body_size)
        self._installed: dict[int, Any] = {}
        self._delivery: Delivery[_Item] = Delivery(
            encode=self._encode,
            sink=open_sink(self._settings),
            options=options_from(self._settings),
        )

    def __repr__(self) -> str:
        return f"<MoesifMiddleware environment={self._settings.environment!r}>"

    def log_event(self, handler: RequestHandler) -> None:
        """Log a finished request; given to Tornado as ``log_function``.

        Never raises, never waits. The first call arms the capture of response bodies, which
        `install` does before the first request.
        """
        self._record(handler)
        if self._settings.access_log:
            Application.log_request(_PlainApplication, handler)  # type: ignore[arg-type]

    def install(self, application: Application) -> None:
        """Log the requests of an application that exists, response bodies from the first one.

        A ``log_function`` that the application has is called after ours; without one, Tornado's
        access log goes on. Installing twice changes nothing.
        """
        if self._settings.enabled:
            self._capture.arm(application)
        found = application.settings.get("log_function")
        if found is None:
            application.settings["log_function"] = self.log_event
        elif not _leads_to(found, self):
            application.settings["log_function"] = _Both(self, found)

    def _record(self, handler: RequestHandler) -> None:
        if not self._settings.enabled:
            return
        try:
            if self._capture.arm(handler.application):
                _log.info("response bodies are captured from the next request on")
            call = Call(self._capture.take(handler), self._hooks.view, handler)
            findings = Findings()
            self._hooks.run_on_loop(call, findings)
            call.handler = None
            self._hand_over(call, findings)
        except Exception as error:  # noqa: BLE001 - Tornado would log twice, skip on_finish
            self._faults.note("capture", "", error)
            self._delivery.count("dropped", "capture failed")

    def _hand_over(self, call: Call, findings: Findings) -> None:
        if findings.skipped_by is not None:
            self._delivery.count("skipped", findings.skipped_by)
        elif findings.sampled_out:
            self._delivery.count("sampled_out")
        else:
            self._delivery.put((call, findings), _held_bytes(call))
            return
        self._faults.note_all(findings.faults)

    def _encode(self, item: _Item) -> Outcome:
        """Turn a captured call into what is sent; runs in the delivery's thread."""
        call, findings = item
        event = build_event(call, findings, self._hooks, remarks=self._settings.mask_remarks)
        self._faults.note_all(findings.faults)
        for rule, error in event.failures:
            self._faults.note("MASK_EVENT_MODEL", rule, error)
        if findings.skipped_by is not None:
            return Skipped(findings.skipped_by)
        if findings.sampled_out:
            return SampledOut()
        if event.document is None:
            return Dropped("masking failed")
        document = event.document
        return Encoded(
            json_text.encode(document),
            call.record.transaction_id,
            smaller=lambda: json_text.encode(_without_bodies(document)),
        )

    def explain(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Say what would be sent for a HAR 1.2 entry, and why; nothing is sent.

        Args:
            entry: One of ``log.entries``; ``_handler``, ``_route``, ``_path_args``,
                ``_remote_ip`` and ``_env`` give what HAR lacks.

        Returns:
            ``{"skipped": bool, "event": {…} | None, "trace": [{"hook", "rule", "origin",
            "outcome"}]}``.
        """
        return explain_entry(entry, self._settings, self._hooks)

    def update_user(self, profile: Profile) -> None:
        """Create or update a user, through the queue.

        Args:
            profile: A dict, a moesifapi ``UserModel`` or JSON text; ``user_id`` is required.

        Raises:
            ProfileError: A field is missing or of the wrong type; it names the field.
        """
        self._delivery.put_profiles("user", [profile])

    def update_users_batch(self, profiles: Sequence[Profile] | str | bytes) -> None:
        """Create or update users; see `update_user`."""
        self._delivery.put_profiles("user", profiles)

    def update_company(self, profile: Profile) -> None:
        """Create or update a company; ``company_id`` is required; see `update_user`."""
        self._delivery.put_profiles("company", [profile])

    def update_companies_batch(self, profiles: Sequence[Profile] | str | bytes) -> None:
        """Create or update companies; see `update_company`."""
        self._delivery.put_profiles("company", profiles)

    def update_subscription(self, profile: Profile) -> None:
        """Create or update a subscription; see `update_user`.

        ``subscription_id``, ``company_id`` and ``status`` are required.
        """
        self._delivery.put_profiles("subscription", [profile])

    def update_subscriptions_batch(self, profiles: Sequence[Profile] | str | bytes) -> None:
        """Create or update subscriptions; see `update_subscription`."""
        self._delivery.put_profiles("subscription", profiles)

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
        return self._delivery.close(timeout)

    def stats(self) -> dict[str, Any]:
        """Count what became of the calls so far.

        Returns:
            ``captured``, ``skipped``, ``sampled_out``, ``queued``, ``spooled``, ``sent``,
            ``retried``, ``dropped`` (reason to count) and more, all of one moment: captured =
            skipped + sampled_out + queued + spooled + sent + all dropped.
        """
        return {**self._delivery.stats(), "hook_failures": self._faults.counts()}


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


def _held_bytes(call: Call) -> int:
    """About how much memory a captured call holds."""
    record = call.record
    return 2_000 + len(record.request_body or b"") + len(record.response_body or b"")


def _without_bodies(document: Mapping[str, Any]) -> dict[str, Any]:
    small = dict(document)
    for side in ("request", "response"):
        unwanted = {"body", "transfer_encoding"}
        small[side] = {
            key: value for key, value in small.get(side, {}).items() if key not in unwanted
        }
    return small
