"""The endpoints that tell the collector what to serve and what to do wrong."""

from __future__ import annotations

from moesif_declarative.collector.chaos import ChaosError, Plan, plan_from_json
from moesif_declarative.collector.handler import CollectorHandler
from moesif_declarative.collector.payload import RefusedError, parse
from moesif_declarative.collector.served import Served


class ServedControlHandler(CollectorHandler):
    """Sets what ``/v1/config`` or ``/v1/rules`` serves."""

    async def get(self, name: str) -> None:
        """Answer with the present document."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        await self.finish(self._served(name).text)

    def put(self, name: str) -> None:
        """Serve the JSON document of the body from now on; any is taken, wrong ones too."""
        text = _text(self.request.body)
        parse(text)
        self._served(name).set(text)
        self.write_json({"tag": self._served(name).tag})

    def delete(self, name: str) -> None:
        """Serve the default again."""
        self._served(name).reset()
        self.set_status(204)

    def _served(self, name: str) -> Served:
        return self.collector.config if name == "config" else self.collector.rules


class ChaosControlHandler(CollectorHandler):
    """Sets what the collector does wrong."""

    def get(self) -> None:
        """Answer with the plan and its hits."""
        self.write_json(self.collector.chaos.describe())

    def put(self) -> None:
        """Follow the plan in the body: ``{"mode": "500", "times": 2}``."""
        try:
            plan = plan_from_json(parse(_text(self.request.body)))
        except ChaosError as error:
            raise RefusedError(400, str(error)) from error
        self.collector.chaos.follow(plan)
        self.write_json(self.collector.chaos.describe())

    def delete(self) -> None:
        """Do nothing wrong any more."""
        self.collector.chaos.follow(Plan())
        self.set_status(204)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(406, "the body is not JSON: it is not UTF-8") from error
