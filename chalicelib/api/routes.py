"""All routes in one table: whoever serves them, and their description in docs/openapi.json, follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.api import reads, switch
from chalicelib.api.agents import agents
from chalicelib.api.authorizer import Scope
from chalicelib.api.desk import Desk
from chalicelib.api.messages import HttpRequest, Response
from chalicelib.api.metrics import metrics


@dataclass(frozen=True, slots=True)
class Route:
    """`scope` is what the token must allow; `parameters` are the names that the query may have."""

    method: str
    path: str
    scope: Scope
    parameters: frozenset[str]
    run: Callable[[Desk, HttpRequest], Response]


@dataclass(frozen=True, slots=True)
class OpenRoute:
    """A route that needs no token, and so is given nothing that could leak."""

    method: str
    path: str
    run: Callable[[], Response]
    parameters: frozenset[str] = frozenset()
    scope: None = None


def health() -> Response:
    """That requests are answered, and no more: whether trading goes well is for those who have a token."""
    return Response(200, '{"status":"ok"}')


_PAGED = frozenset({"agent", "limit", "before"})
_AGENT = frozenset({"agent"})

ROUTES: tuple[Route | OpenRoute, ...] = (
    OpenRoute("GET", "/health", health),
    Route("GET", "/agents", Scope.VIEWER, frozenset(), agents),
    Route("GET", "/status", Scope.VIEWER, _AGENT, reads.status),
    Route("GET", "/positions", Scope.VIEWER, _AGENT, reads.positions),
    Route("GET", "/trades", Scope.VIEWER, _PAGED, reads.trades),
    Route("GET", "/equity", Scope.VIEWER, _PAGED | {"from", "to"}, reads.equity),
    Route("GET", "/decisions", Scope.VIEWER, _PAGED, reads.decisions),
    Route("GET", "/why", Scope.VIEWER, _AGENT | {"trade"}, reads.why),
    Route("GET", "/metrics", Scope.VIEWER, _AGENT, metrics),
    Route("POST", "/halt", Scope.OPERATOR, _AGENT, switch.halt),
    Route("POST", "/resume", Scope.OPERATOR, _AGENT, switch.resume),
)
