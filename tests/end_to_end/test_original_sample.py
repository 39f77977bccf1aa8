"""The original package's README sample, with BASE_URI alone changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import tornado.web

from moesif_declarative import MoesifMiddleware


class MainHandler(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write(json.dumps({"msg": "Hello, world"}))

    def post(self) -> None:
        self.write(json.dumps({"msg": "Hello, world"}))


def identify_user(handler: Any) -> str:
    return "my_user_id"


def identify_company(handler: Any) -> str:
    return "my_company_id"


def get_token(handler: Any) -> str:
    return "XXXXXXXXXXXXXX"


def should_skip(handler: Any) -> bool:
    return "health/probe" in handler.request.full_url()


def mask_event(event_model: Any) -> Any:
    if "password" in event_model.request.body:
        event_model.request.body["password"] = None
    return event_model


def get_metadata(handler: Any) -> dict[str, str]:
    return {
        "datacenter": "westus",
        "deployment_version": "v1.2.3",
    }


def test_the_sample_works_as_it_stands(
    collector: Any, serve: Callable[..., Any], request_http: Callable[..., Any]
) -> None:
    moesif_config = {
        "APPLICATION_ID": "Your Moesif Application Id",
        "LOG_BODY": True,
        "DEBUG": False,
        "IDENTIFY_USER": identify_user,
        "IDENTIFY_COMPANY": identify_company,
        "GET_SESSION_TOKEN": get_token,
        "SKIP": should_skip,
        "MASK_EVENT_MODEL": mask_event,
        "GET_METADATA": get_metadata,
        "BASE_URI": collector.url,
    }
    middleware = MoesifMiddleware(moesif_config)
    application = tornado.web.Application(
        [(r"/.*", MainHandler)], log_function=middleware.log_event
    )
    serving = serve(application)

    assert request_http("GET", serving.url + "/").json() == {"msg": "Hello, world"}
    request_http("GET", serving.url + "/health/probe")
    body = json.dumps({"name": "x", "password": "hunter2"})
    request_http("POST", serving.url + "/login?a=1", body, {"Content-Type": "application/json"})
    serving.settle()
    assert middleware.close(10)

    first, second = collector.events(2)
    assert first["request"]["uri"] == serving.url + "/"
    assert "body" not in first["request"]
    assert second["request"]["body"] == {"name": "x", "password": None}
    assert second["request"]["transfer_encoding"] == "json"
    assert second["response"]["body"] == {"msg": "Hello, world"}
    for event in (first, second):
        assert event["user_id"] == "my_user_id"
        assert event["company_id"] == "my_company_id"
        assert event["session_token"] == "XXXXXXXXXXXXXX"
        assert event["metadata"] == {"datacenter": "westus", "deployment_version": "v1.2.3"}
        assert event["direction"] == "Incoming"
        assert event["weight"] == 1
    stats = middleware.stats()
    assert (stats["captured"], stats["skipped"], stats["sent"]) == (3, 1, 2)
    assert collector.records()[0]["application_id"] == "Your Moesif Application Id"
