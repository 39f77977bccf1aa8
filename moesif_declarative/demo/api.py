"""A small API, as an application may have one; all it knows is made up."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tornado.web import Application, HTTPError, RequestHandler

from moesif_declarative.demo.secret import SECRETS


class _Health(RequestHandler):
    def get(self) -> None:
        self.write({"status": "ok"})


class _Items(RequestHandler):
    def get(self) -> None:
        self.write({"items": [{"id": 1, "name": "Lamp", "price": 19.9}, {"id": 2, "name": "Rug"}]})

    def post(self) -> None:
        self.set_status(201)
        self.write({"id": 3, "name": _read_object(self).get("name", "")})


class _Login(RequestHandler):
    def post(self) -> None:
        email = _read_object(self).get("email", "")
        self.set_cookie("session", SECRETS["session cookie"], httponly=True)
        self.write({"email": email, "access_token": SECRETS["issued token"], "expires_in": 3600})


class _Payments(RequestHandler):
    def post(self) -> None:
        payment = _read_object(self)
        self.set_status(201)
        self.write({"id": "pay_1", "card_number": payment.get("card_number"), "state": "paid"})


class _User(RequestHandler):
    def get(self, user_id: str) -> None:
        self.write({"id": user_id, "plan": "pro"})


class _Form(RequestHandler):
    def post(self) -> None:
        self.write({"saved": self.get_body_argument("name", "")})


class _Upload(RequestHandler):
    def post(self) -> None:
        names = [
            upload["filename"] for uploads in self.request.files.values() for upload in uploads
        ]
        self.write({"stored": names})


class _Webhook(RequestHandler):
    def post(self) -> None:
        self.set_status(202)
        self.write({"accepted": "payload" in _read_object(self)})


class _Search(RequestHandler):
    def get(self) -> None:
        self.write({"query": self.get_query_argument("q", ""), "hits": []})


class _Fail(RequestHandler):
    def get(self) -> None:
        raise HTTPError(500)


def make_api() -> Application:
    """Make the demo's API."""
    return Application(
        [
            (r"/health", _Health),
            (r"/items", _Items),
            (r"/login", _Login),
            (r"/payments", _Payments),
            (r"/users/(?P<user_id>[^/]+)", _User),
            (r"/form", _Form),
            (r"/upload", _Upload),
            (r"/webhook", _Webhook),
            (r"/search", _Search),
            (r"/admin/fail", _Fail),
        ]
    )


def _read_object(handler: RequestHandler) -> dict[str, Any]:
    """Read the JSON object of a request's body, 400 for anything else."""
    body = handler.request.body
    try:
        if handler.request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        value = json.loads(body)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise HTTPError(400) from error
    if not isinstance(value, dict):
        raise HTTPError(400)
    return value
