"""The application that is measured: ``python -m tests.benchmarks.server CANDIDATE COLLECTOR``.

Flows in: requests with 1 KB of JSON. Flows out: answers with 1 KB of JSON; on standard output
what it has used so far.
"""

from __future__ import annotations

import json
import sys

from tornado.web import Application, RequestHandler

from tests.benchmarks.candidates import CANDIDATES
from tests.benchmarks.machine import stay_on
from tests.benchmarks.realistic import HEALTH, ORDERS, RESPONSE_BODY
from tests.benchmarks.serving import serve
from tests.benchmarks.usage import own_usage


class Orders(RequestHandler):
    """Answers 1 KB of JSON to 1 KB of JSON."""

    def post(self) -> None:
        json.loads(self.request.body)
        self.set_status(201)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write(RESPONSE_BODY)


def main() -> None:
    """Serve until standard input ends."""
    name, url = sys.argv[1:]
    stay_on("application")
    application = Application([(ORDERS.partition("?")[0], Orders), (HEALTH, Orders)])
    installed = CANDIDATES[name].install(application, url)
    serve(
        application,
        {
            "flush": lambda: bool(installed.flush()),
            "counts": installed.counts,
            "usage": own_usage,
        },
    )


if __name__ == "__main__":
    main()
