"""From any request to a response: who asks, for what, with what; and nothing of an error's inside gets out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.api.authorizer import TokenSource, authorize
from chalicelib.api.desk import OpenDesk
from chalicelib.api.given import refuse_unknown
from chalicelib.api.messages import HttpRefusal, HttpRequest, Response, error_body
from chalicelib.api.routes import ROUTES, OpenRoute, Route
from chalicelib.errors import Conflict, Unavailable

LARGEST_BODY_BYTES = 4096
RETRY_AFTER_S = 5
READ, READ_WITHOUT_BODY = "GET", "HEAD"
"""Whoever serves the second sends the headers of the first alone: monitors ask so."""


@dataclass(frozen=True, slots=True)
class Api:
    """`report` hears of every error that is not the client's, with all its details."""

    tokens: TokenSource
    open_desk: OpenDesk
    report: Callable[[Exception], None]

    def answer(self, request: HttpRequest) -> Response:
        """The response, whatever the request and whatever goes wrong. Never raises."""
        try:
            return self._answer(request)
        except HttpRefusal as refused:
            return refused.response
        except (Unavailable, Conflict) as error:
            self._report(error)
            text = "something this needs does not answer: nothing is known of the outcome, ask again"
            return Response(503, error_body(text), headers={"Retry-After": str(RETRY_AFTER_S)})
        except Exception as error:
            self._report(error)
            return Response(500, error_body("an error of ours; it was recorded"))

    def _answer(self, request: HttpRequest) -> Response:
        route = _route(request.method, request.path)
        if route.scope is not None:
            authorize(request.header("authorization"), route.scope, self.tokens)
        if len(request.body) > LARGEST_BODY_BYTES:
            raise HttpRefusal(413, f"the body must not be larger than {LARGEST_BODY_BYTES} bytes")
        refuse_unknown(request.query, request.repeated, route.parameters)
        if isinstance(route, OpenRoute):
            return route.run()
        with self.open_desk() as desk:
            return route.run(desk, request)

    def _report(self, error: Exception) -> None:
        with suppress(Exception):  # a log that fails costs no answer
            self.report(error)


def _route(method: str, path: str) -> Route | OpenRoute:
    """The route of the table. Refused with 404 for an unknown path, 405 for another method."""
    here = [route for route in ROUTES if route.path == path]
    if not here:
        raise HttpRefusal(404, "no such route")
    for route in here:
        if route.method == (READ if method == READ_WITHOUT_BODY else method):
            return route
    allowed = ", ".join(f"{READ}, {READ_WITHOUT_BODY}" if route.method == READ else route.method for route in here)
    raise HttpRefusal(405, f"this route takes {allowed} only", {"Allow": allowed})
