"""The API under /sim/ by which whoever runs the exchange makes things go wrong; for this machine alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chalicelib.errors import BadInput
from trader.sim.answers import Serve
from trader.sim.fault_kinds import FAULT_KINDS
from trader.sim.faults import FaultPlan, RequestedFault, duration_of

MOST_TIMES = 1_000_000
Asked: TypeAlias = Mapping[str, object]


def admin_routes(plan: FaultPlan) -> list[Route]:
    """The routes of /sim/faults: POST asks for one, GET lists them, DELETE takes back what has not struck yet."""
    return [
        Route("/sim/faults", guarded(lambda asked: _ask(plan, asked)), methods=["POST"]),
        Route("/sim/faults", guarded(lambda asked: _list(plan)), methods=["GET"]),
        Route("/sim/faults", guarded(lambda asked: _take_back(plan)), methods=["DELETE"]),
    ]


def guarded(answer: Callable[[Asked], object]) -> Serve:
    """Serves an answer to this machine alone; 400 and one line for what is asked wrongly."""

    async def serve(request: Request) -> Response:
        if request.client is None or not ip_address(request.client.host).is_loopback:
            return _said({"error": "/sim/ is for requests of this machine alone"}, 403)
        try:
            return _said(answer(_body(await request.body())), 200)
        except BadInput as error:
            return _said({"error": str(error)}, 400)

    return serve


def refuse_unknown(asked: Asked, known: tuple[str, ...]) -> None:
    """Raises BadInput for a field that is none of these."""
    for name in asked:
        if name not in known:
            raise BadInput(f"{name!r} is no field here; there are {', '.join(known)}")


def _ask(plan: FaultPlan, asked: Asked) -> object:
    refuse_unknown(asked, ("kind", "endpoint", "times", "duration"))
    kind, times, endpoint = asked.get("kind"), asked.get("times", 1), asked.get("endpoint", "")
    if not isinstance(kind, str) or kind not in FAULT_KINDS:
        raise BadInput(f"kind {kind!r}: give one of {', '.join(FAULT_KINDS)}")
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        raise BadInput(f"times {times!r}: give a whole number from 1 to {MOST_TIMES}")
    if not isinstance(endpoint, str) or (endpoint and not endpoint.partition(" ")[2].startswith("/")):
        raise BadInput(f"endpoint {endpoint!r}: give METHOD /path, such as POST /api/v3/order")
    duration_s = FAULT_KINDS[kind].default_s or 0.0
    if "duration" in asked:
        duration_s = duration_of(str(asked["duration"]), kind, f"duration {asked['duration']!r}")
    plan.request(RequestedFault(kind, endpoint, times, duration_s))
    return _list(plan)


def _list(plan: FaultPlan) -> object:
    waiting = [
        {"kind": each.kind, "endpoint": each.endpoint, "times": each.times, "duration_s": each.duration_s}
        for each in plan.requested
    ]
    return {"waiting": waiting, "kinds": {name: kind.says for name, kind in FAULT_KINDS.items()}}


def _take_back(plan: FaultPlan) -> object:
    plan.requested.clear()
    return _list(plan)


def _body(sent: bytes) -> Asked:
    if not sent:
        return {}
    try:
        found = json.loads(sent)
    except ValueError as error:
        raise BadInput("the body is no JSON") from error
    if not isinstance(found, dict):
        raise BadInput("the body is no JSON object")
    return found


def _said(body: object, status: int) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
