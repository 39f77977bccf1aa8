"""Where requests pass on their way to their handlers, so that governance can answer first.

Flows in: the requests of an application. Flows out: the application's own handler, or one that
answers for the rule that blocks the request; and the headers that other rules add.

An application's `find_handler` gives, for each request, what will make and run the handler, when
the body is there or, for handlers that take it as a stream, when the head is. The decision falls
in that moment. When anything here fails, the request goes its way.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import Application, OutputTransform, RequestHandler

from moesif_declarative.call import Call, Record
from moesif_declarative.capture import Capture
from moesif_declarative.faults import Faults
from moesif_declarative.hooks import Findings
from moesif_declarative.served.arrival import Arrival
from moesif_declarative.served.blocked import BlockedHandler
from moesif_declarative.served.governance import Verdict
from moesif_declarative.served.passage import Passage, examine
from moesif_declarative.served.source import Served
from moesif_declarative.startup import Compiled

_serial = itertools.count()
_log = logging.getLogger(__name__)

# An application may have set these too, with more than one value; what it set stays.
_ADDED = frozenset({"set-cookie", "vary"})


class Gate:
    """Lets governance look at the requests of the applications that it guards.

    Args:
        served: Knows the rules.
        compiled: Gives the settings and hooks of the moment.
        capture: Knows routes, and captures the responses.
        faults: Counts what goes wrong here.
    """

    def __init__(
        self, served: Served, compiled: Callable[[], Compiled], capture: Capture, faults: Faults
    ) -> None:
        self._served = served
        self._compiled = compiled
        self._capture = capture
        self._faults = faults
        self._attribute = f"_moesif_declarative_passage_{next(_serial)}"
        self._guarded: WeakKeyDictionary[Application, bool] = WeakKeyDictionary()
        self._warned = False
        self._transform = _transform_class(self._attribute)

    def guard(self, application: Application) -> None:
        """Look at the requests of an application from now on; twice is once."""
        if application in self._guarded:
            return
        self._guarded[application] = True
        found = application.find_handler

        def find_handler(request: HTTPServerRequest, **options: Any) -> Any:
            return self._watch(application, request, found(request, **options))

        application.find_handler = find_handler  # type: ignore[method-assign]

    def warn_unless_guarding(self) -> None:
        """Say, once, that ``GOVERNANCE`` is without effect where no application is guarded."""
        if self._warned or self._guarded or not self._compiled().settings.governance:
            return
        self._warned = True
        _log.warning(
            "GOVERNANCE has no effect: a log_function alone cannot block requests; "
            "call install(application)"
        )

    def resume(
        self, handler: RequestHandler, record: Record, compiled: Compiled
    ) -> tuple[Call, Findings]:
        """Make the call of a finished request, with what was found about it before.

        Args:
            handler: The handler as Tornado gives it to the log function.
            record: What was captured.
            compiled: The hooks of the moment.

        Returns:
            The call, and its findings so far.
        """
        passage: Passage | None = getattr(handler.request, self._attribute, None)
        if passage is None:
            return Call(record, compiled.hooks.view, handler), Findings()
        return passage.resume(record, compiled.hooks, handler)

    def _watch(self, application: Application, request: HTTPServerRequest, delegate: Any) -> Any:
        try:
            if not hasattr(delegate, "handler_class"):  # no handler of Tornado's: decide now
                kind = type(delegate)
                verdict = self.examine(Arrival(application, request, kind), lambda: None)
                if verdict is None or verdict.blocking is None:
                    return delegate
                answer = _answer(verdict, kind)
                return application.get_handler_delegate(request, BlockedHandler, answer)
            if not _passes(delegate.handler_class, self):
                delegate.handler_class = _Choice(self, application, delegate)
        except Exception as error:  # noqa: BLE001 - the request goes its way
            self._faults.note("GOVERNANCE", "", error)
        return delegate

    def examine(self, arrival: Arrival, make_handler: Callable[[], Any]) -> Verdict | None:
        """Find out what governance says of a request; never raises.

        Args:
            arrival: The request.
            make_handler: Makes the handler that would run.

        Returns:
            The verdict; None where there are no rules to be asked, or something failed.
        """
        try:
            compiled = self._compiled()
            self._served.begin()
            rules = self._served.rules
            if not compiled.settings.governance or rules is None or not rules.rules:
                return None
            route = self._capture.route(arrival.application, arrival.kind, arrival.request)
            record = arrival.record(route, compiled.settings.max_body_size)
            passage = examine(record, compiled.hooks, rules, self._served.config, make_handler)
            setattr(arrival.request, self._attribute, passage)
            self._see_out(arrival.application, passage.verdict)
        except Exception as error:  # noqa: BLE001 - the request goes its way
            self._faults.note("GOVERNANCE", "", error)
            return None
        return passage.verdict

    def _see_out(self, application: Application, verdict: Verdict) -> None:
        """Prepare the way of the response; Tornado asks for the transforms after this."""
        if verdict.blocking is not None:
            self._capture.arm(application)
        elif verdict.headers and self._transform not in application.transforms:
            application.transforms.insert(0, self._transform)


class _Choice:
    """Stands where a delegate has its handler's class, and chooses when the handler is made."""

    def __init__(self, gate: Gate, application: Application, delegate: Any) -> None:
        self.gate = gate
        self.original = delegate.handler_class
        self.kind: type = getattr(self.original, "kind", self.original)
        self._application = application
        self._delegate = delegate

    def __call__(
        self, application: Application, request: HTTPServerRequest, **options: Any
    ) -> RequestHandler:
        made: list[RequestHandler] = []

        def make() -> RequestHandler:
            if not made:
                made.append(self.original(application, request, **options))
            return made[0]

        path_args, path_kwargs = self._delegate.path_args, self._delegate.path_kwargs
        arrival = Arrival(application, request, self.kind, path_args, path_kwargs)
        verdict = self.gate.examine(arrival, make)
        blocked_before = bool(made) and isinstance(made[0], BlockedHandler)
        if verdict is None or verdict.blocking is None or blocked_before:
            return make()
        # The application that is guarded logs it, whichever inside it has the route.
        return BlockedHandler(self._application, request, **_answer(verdict, self.kind))


def _passes(handler_class: Any, gate: Gate) -> bool:
    """Whether a request passes this gate already: an application may be guarded inside another."""
    while isinstance(handler_class, _Choice):
        if handler_class.gate is gate:
            return True
        handler_class = handler_class.original
    return False


def _answer(verdict: Verdict, stands_for: type) -> dict[str, Any]:
    return {"blocking": verdict.blocking, "headers": verdict.headers, "stands_for": stands_for}


def _transform_class(attribute: str) -> type[OutputTransform]:
    class RuleHeaders(OutputTransform):
        """Adds the headers of rules to a response, errors and streams included."""

        def __init__(self, request: HTTPServerRequest) -> None:
            self._passage: Passage | None = getattr(request, attribute, None)

        def transform_first_chunk(
            self,
            status_code: int,
            headers: HTTPHeaders,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002 - Tornado's signature
        ) -> tuple[int, HTTPHeaders, bytes]:
            try:
                for name, value in self._passage.verdict.headers if self._passage else ():
                    if name.lower() in _ADDED:
                        headers.add(name, value)
                    else:
                        headers[name] = value
            except Exception:  # noqa: BLE001 - raising here would break the client's connection
                _log.exception("the headers of governance rules could not be added")
            return status_code, headers, chunk

    return RuleHeaders
