"""moesifapi with an HTTP client of our own: the one module that knows it.

Flows in: batches. Flows out: requests as moesifapi makes them, but to this instance's address
with this instance's id, and answers.

moesifapi keeps both in class attributes of the process; here they are never written. Its
controller logs answers with their headers and raw body, which may quote events: ours does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moesifapi.api_helper import APIHelper
from moesifapi.configuration import Configuration
from moesifapi.controllers.api_controller import ApiController
from moesifapi.exceptions.api_exception import APIException
from moesifapi.http.http_client import HttpClient
from moesifapi.http.http_context import HttpContext
from moesifapi.http.http_request import HttpRequest
from moesifapi.http.http_response import HttpResponse

from moesif_declarative.delivery.address import split_address
from moesif_declarative.delivery.compression import compressed
from moesif_declarative.delivery.connection import Connection
from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.delivery.policy import ACCEPTED, Answer
from moesif_declarative.delivery.reply import NoAnswerError


class Sender:
    """Posts batches to one collector with one application id; threads may share it.

    Args:
        base_uri: The collector's base address, without ``/v1``; ``user:password@`` in it becomes
            HTTP Basic credentials.
        application_id: The application id.
        timeout_s: Seconds that one request may take, from connecting to the answer's end.
        user_agent: What the collector is told of the client.
    """

    def __init__(
        self, base_uri: str, application_id: str, timeout_s: float, user_agent: str
    ) -> None:
        self._client = _Client(base_uri, application_id, timeout_s, user_agent)
        self._controller = _Controller(self._client)

    def send(self, batch: Sequence[bytes]) -> Answer:
        """Post events, each a JSON text, byte for byte as they are."""
        return self._post(self._controller.create_events_batch, list(batch))

    def send_profiles(self, kind: ProfileKind, documents: Sequence[Mapping[str, Any]]) -> Answer:
        """Post profiles of one kind."""
        post = {
            "user": self._controller.update_users_batch,
            "company": self._controller.update_companies_batch,
            "subscription": self._controller.update_subscriptions_batch,
            "action": self._controller.send_actions_batch,
        }[kind]
        return self._post(post, list(documents))

    def close(self) -> None:
        """Close the connections."""
        self._client.connection.close()

    def _post(self, post: Any, body: Any) -> Answer:
        try:
            headers = post(body)
        except APIException as refused:
            response = refused.context.response
            return Answer(response.status_code, headers=response.headers)
        except NoAnswerError as failure:
            return Answer(None, str(failure))
        return Answer(ACCEPTED.status, headers=headers or {})


class _Controller(ApiController):  # type: ignore[misc]  # moesifapi has no types
    """moesifapi's requests, with bodies that are encoded already, and without its log lines."""

    @classmethod
    def generate_post_payload(
        cls, body: Sequence[bytes], headers: dict[str, str]
    ) -> tuple[bytes, dict[str, str]]:
        payload = compressed(b"[" + b",".join(body) + b"]")
        return payload, {**headers, "Content-Encoding": "gzip"}

    def validate_response(self, context: Any) -> None:
        status = context.response.status_code
        if not Answer(status).accepted:
            raise APIException("The collector did not accept a batch.", context)

    def send_actions_batch(self, body: Any) -> None:
        """Post actions, for which moesifapi has no request of its own."""
        request = self.http_client.post(
            f"{Configuration.BASE_URI}/v1/actions/batch", parameters=APIHelper.json_serialize(body)
        )
        response = self.http_client.execute_as_string(request)
        self.validate_response(HttpContext(request, response))


class _Client(HttpClient):  # type: ignore[misc]  # moesifapi has no types
    """Sends moesifapi's requests where this instance's go."""

    def __init__(
        self, base_uri: str, application_id: str, timeout_s: float, user_agent: str
    ) -> None:
        self._base, credentials = split_address(base_uri)
        self._headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Moesif-Application-Id": application_id,
            "User-Agent": user_agent,
            "Accept-Encoding": "identity",
        }
        self.connection = Connection(timeout_s, credentials)

    def execute_as_string(self, request: HttpRequest) -> HttpResponse:
        # The address is built from a class attribute that others may have set: all that counts is
        # what stands behind the base.
        endpoint = request.query_url[request.query_url.rindex("/v1/") :]
        body = request.parameters
        encoding = (request.headers or {}).get("Content-Encoding")
        headers = {**self._headers, **({"Content-Encoding": encoding} if encoding else {})}
        reply = self.connection.exchange(
            request.http_method,
            self._base + endpoint,
            headers,
            body.encode() if isinstance(body, str) else body,
        )
        return HttpResponse(reply.status, reply.headers, "")
